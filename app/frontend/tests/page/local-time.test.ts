import { expect, test } from "vitest";
import { offsetOf, readersTime, statedOffset } from "../../src/page/local-time";

test.each([
  ["2026-11-21T10:00+09:00", 540], ["2026-11-21T10:00:00-03:30", -210], ["2026-11-21T01:00Z", null], ["2026-11-21", null],
])("%s states %s", (datetime, minutes) => {
  expect(statedOffset(datetime)).toBe(minutes);
});

test("summer time belongs to the moment, not to the reader's today", () => {
  expect(offsetOf(new Date("2026-07-01T00:00Z"), "Europe/Berlin")).toBe(120);
  expect(offsetOf(new Date("2026-12-01T00:00Z"), "Europe/Berlin")).toBe(60);
  expect(offsetOf(new Date("2026-12-01T00:00Z"), "UTC")).toBe(0);
});

const AT = { datetime: "2026-11-21T10:00+09:00", language: "en", withDate: false };

test.each([
  ["Asia/Tokyo", null], ["Asia/Seoul", null], // another zone, the same clock
  ["Asia/Shanghai", "09:00 GMT+8"], ["Europe/Berlin", "02:00 GMT+1"],
  ["America/New_York", "Fri, Nov 20, 20:00 EST"], // another day there: the date is part of the answer
])("a reader in %s sees %s", (timeZone, expected) => {
  expect(readersTime({ ...AT, timeZone })).toBe(expected);
});
