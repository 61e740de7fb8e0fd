import { describe, expect, test } from "vitest";
import {
  clockOf, dayAfter, fromTheWall, momentOf, momentText, onTheWall, WHOLE_DAY,
} from "../../../src/gate/engine/moments";
import { MICROSECONDS, WALLS } from "./walls";

const SECOND = Date.UTC(2026, 10, 21, 1, 2, 3) * 1000;

test.each(MICROSECONDS)("%s is so many microseconds after the second", (text, micros) => {
  expect(momentOf(text)).toBe(SECOND + micros);
});

test("a moment is told to the second, never rounded up", () => {
  expect(momentText(momentOf("2026-11-21T10:02:03.999999+09:00"))).toBe("2026-11-21T01:02:03Z");
});

test.each([
  ["00:00", 0],
  ["09:00:00", 9 * 3_600_000_000],
  ["23:59:59.999999", WHOLE_DAY - 1],
  ["00:01:01.5", 61_500_000],
])("clock %s", (text, micros) => {
  expect(clockOf(text)).toBe(micros);
});

test("days go over months, years and leap days", () => {
  expect([dayAfter("2026-03-31", 1), dayAfter("2027-01-01", -1), dayAfter("2028-03-01", -1)]).toEqual([
    "2026-04-01",
    "2026-12-31",
    "2028-02-29",
  ]);
});

describe.each(WALLS)("%s", (zone, wall, moment, seen) => {
  const [day, clock] = wall.split("T") as [string, string];

  test(`${wall} on the wall is ${moment}`, () => {
    expect(momentText(fromTheWall(zone, day, clockOf(clock)))).toBe(moment);
  });

  test(`${moment} is ${seen} on the wall`, () => {
    const [onDay, at] = seen.split("T") as [string, string];
    expect(onTheWall(zone, momentOf(moment))).toEqual({ day: onDay, clock: clockOf(at) });
  });
});

test("a span of more than a day ends on the next", () => {
  const late = fromTheWall("Asia/Tokyo", "2026-11-21", WHOLE_DAY + clockOf("02:00"));
  expect(momentText(late)).toBe("2026-11-21T17:00:00Z");
});
