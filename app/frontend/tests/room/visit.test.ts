import { expect, test } from "vitest";
import { newVisit, stateAfter, waitFor } from "../../src/room/visit";

test.each([
  [200, "recording"], [204, "recording"], [401, "ended"], [403, "ended"], [404, "ended"], [410, "ended"],
  [429, "interrupted"], [500, "interrupted"], [null, "interrupted"],
])("answer %s means %s", (status, state) => {
  expect(stateAfter(status)).toBe(state);
});

test("the rhythm is kept from start to start, a failure is tried again soon, an end is final", () => {
  expect(waitFor({ state: "recording", beatMs: 30_000, spentMs: 4_000 })).toBe(26_000);
  expect(waitFor({ state: "recording", beatMs: 30_000, spentMs: 40_000 })).toBe(0);
  expect(waitFor({ state: "interrupted", beatMs: 30_000, spentMs: 10_000 })).toBe(5_000);
  expect(waitFor({ state: "ended", beatMs: 30_000, spentMs: 1 })).toBeNull();
});

test("a visit is a random UUID of version 4", () => {
  expect(newVisit()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(Array.from({ length: 100 }, newVisit)).size).toBe(100);
});
