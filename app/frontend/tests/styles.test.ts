import { expect, test } from "vitest";
import guide from "../README.md?raw";

const styles = import.meta.glob<string>("../src/styles/*.css", { query: "?raw", import: "default", eager: true });
const modules = import.meta.glob<string>("../src/**/*.ts", { query: "?raw", import: "default", eager: true });
const sheet = Object.values(styles).join("\n").replace(/\/\*[\s\S]*?\*\/|url\([^)]*\)|@import[^;]*;/g, "");
const styled = new Set(Array.from(sheet.matchAll(/\.([a-z][\w-]*)/g), (match) => match[1]!));

test("every class of an example has a style", () => {
  expect(styled.size).toBeGreaterThan(100);
  const used = Array.from(guide.matchAll(/class="([^"]*)"/g), (match) => match[1]!.split(" ")).flat();
  expect(used.filter((name) => !styled.has(name))).toEqual([]);
});

test("every styled class is shown or named in the guide", () => {
  const named = new Set(Array.from(guide.matchAll(/[a-z][\w-]*/g), (match) => match[0]));
  const short = (name: string): string => name.replace(/^[\w-]*?(?=--)/, ""); // "`stack` (`--tight`)" names a variant
  expect([...styled].filter((name) => !named.has(name) && !guide.includes(`\`${short(name)}\``))).toEqual([]);
});

test("no example and no module sets a style", () => {
  expect(guide).not.toMatch(/ style="/);
  expect(Object.keys(modules).length).toBeGreaterThan(15);
  for (const source of Object.values(modules)) expect(source).not.toMatch(/\.style\b|innerHTML|setAttribute\("style/);
});
