import { expect, test } from "vitest";
import { matching, nameOf } from "../../src/gate/residence";

const CODES = ["AT", "AU", "CI", "DE", "FR", "GB", "JP", "KR", "TH", "TW", "US"];

test.each([
  ["ja", "ドイツ"],
  ["en", "Germany"],
  ["ko", "독일"],
])("a country is called in %s as people there call it", (tag, name) => {
  expect(nameOf("DE", tag)).toBe(name);
});

test.each([
  ["ger", ["en"], ["DE"]],
  ["Deutsch", ["de", "ja", "en"], ["DE"]],
  ["どいつ", ["ja", "en"], ["DE"]],
  ["ﾄﾞｲﾂ", ["ja", "en"], ["DE"]],
  ["cote d", ["en"], ["CI"]],
  ["österr", ["de", "en"], ["AT"]],
  ["osterr", ["de", "en"], ["AT"]],
  ["united", ["en"], ["GB", "US"]],
  ["us", ["en"], ["US", "AU", "AT"].sort()],
  ["kingdom", ["ja", "en"], ["GB"]],
  ["xyz", ["en"], []],
] as const)("%s", (typed, tags, found) => {
  expect(new Set(matching(typed, CODES, tags))).toEqual(new Set(found));
});

test("names that begin with what was typed come first", () => {
  expect(matching("us", CODES, ["en"])[0]).toBe("US");
  expect(matching("united", CODES, ["en"])).toEqual(["GB", "US"]);
});
