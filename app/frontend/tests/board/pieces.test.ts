import { expect, test } from "vitest";
import { pauseAfter, timeIn } from "../../src/board/pieces";

test("time is that of the place, whatever the reader's clock says", () => {
  expect(timeIn("Asia/Tokyo", "2026-11-21T15:00:05Z")).toBe("00:00:05");
  expect(timeIn("Asia/Tokyo", "2026-11-21T01:00:00+00:00")).toBe("10:00:00");
});

test("pauses grow from one second to half a minute", () => {
  expect([0, 1, 2, 3, 4, 5, 99].map(pauseAfter)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});
