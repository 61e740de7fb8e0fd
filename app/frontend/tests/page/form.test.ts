import { expect, test } from "vitest";
import { applies } from "../../src/page/conditions";
import { asWords } from "../../src/page/countdown";

test("a question applies when one of its answers was given", () => {
  expect(applies("yes", ["yes"])).toBe(true);
  expect(applies("vegan halal", ["halal", "none"])).toBe(true);
  expect(applies("vegan", ["vegan-ish"])).toBe(false);
  expect(applies("vegan", [])).toBe(false);
});

test("what is left is said in words, nearly over in seconds", () => {
  expect([900, 841, 121, 120, 1].map((s) => asWords(s, "en"))).toEqual(["15 minutes", "15 minutes", "3 minutes", "120 seconds", "1 second"]);
  expect(asWords(900, "ja")).toBe("15 分");
});
