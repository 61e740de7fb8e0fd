import { describe, expect, test } from "vitest";
import * as codes from "../../../src/gate/engine/codes";
import * as fold from "../../../src/gate/engine/fold";
import * as moments from "../../../src/gate/engine/moments";
import * as verdict from "../../../src/gate/engine/verdict";
import { foldedBy, judgedBy, readingOf, readVectors, stateOf } from "./vectors";

const ENGINE = { ...codes, ...fold, ...moments, ...verdict };
const VECTORS = readVectors();

/** Each vector with its situation and its name in front. */
function named<V extends { situation: string; name: string }>(vectors: readonly V[]): [string, string, V][] {
  return vectors.map((vector) => [vector.situation, vector.name, vector]);
}

test("there are at least 400 vectors, and every situation is in them", () => {
  const all = [...VECTORS.codes, ...VECTORS.cases, ...VECTORS.folds];
  expect(all.length).toBeGreaterThanOrEqual(400);
  expect(new Set(all.map(({ situation }) => situation))).toEqual(new Set(VECTORS.situations));
});

describe("codes", () => {
  test.each(named(VECTORS.codes))("%s: %s", async (_s, _n, vector) => {
    expect(await readingOf(ENGINE, vector)).toEqual(vector.expect);
  });
});

describe("cases", () => {
  test.each(named(VECTORS.cases))("%s: %s", (_s, _n, vector) => {
    expect(judgedBy(ENGINE, vector)).toEqual([vector.expect, vector.case.seen]);
  });
});

describe("folds", () => {
  test.each(named(VECTORS.folds))("%s: %s", (_s, _n, vector) => {
    const expected = stateOf(vector.expect);
    expect(foldedBy(ENGINE, vector)).toEqual([[expected, expected, expected, expected], vector.verdicts]);
  });
});
