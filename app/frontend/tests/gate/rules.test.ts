import { describe, expect, test } from "vitest";
import { backoff } from "../../src/gate/backoff";
import { createClock } from "../../src/gate/clock";
import { faceOf, type Words } from "../../src/gate/panel";
import { cleanCode, type Receipt } from "../../src/gate/scan";
import { createSightings } from "../../src/gate/sightings";

describe("sightings", () => {
  test("a code held up is seen once, and again after three quiet seconds", () => {
    const isNew = createSightings();
    expect([0, 400, 3_300, 6_200, 9_200].map((now) => isNew("A", now))).toEqual([true, false, false, false, true]);
  });

  test("twenty people 0.77 s apart are all seen", () => {
    const isNew = createSightings();
    const people = Array.from({ length: 20 }, (_, index) => isNew(`code ${index}`, index * 770));
    expect(people.every(Boolean)).toBe(true);
  });
});

test.each([[0, 0, 500], [0, 1, 1_000], [3, 1, 8_000], [6, 1, 60_000], [400, 0, 30_000]])(
  "retry %i with luck %d waits %i ms",
  (attempt, random, expected) => {
    expect(backoff(attempt, random)).toBe(expected);
  },
);

test("the clock learns the server's time in the middle of the way", () => {
  let now = 1_000_000;
  const clock = createClock(() => now, () => 42.4);
  const sentAt = now;
  now += 200;
  clock.learn(new Date(1_000_100 + 5_000).toISOString(), sentAt);
  expect(clock.read()).toEqual({
    scanned_at: new Date(1_000_200).toISOString(),
    clock: { monotonic_ms: 42, offset_ms: 5_000 },
  });
  clock.learn(null, sentAt);
  expect(clock.read().clock.offset_ms).toBe(5_000);
});

test("a code keeps its blanks and loses line ends and full-width letters", () => {
  expect(cleanCode("Ｙ１：A B \r\n")).toBe("Y1:A B ");
});

describe("face of a receipt", () => {
  const words: Words = (key, n) => (n === undefined ? `<${key}>` : `<${key} ${n}>`);
  const base: Receipt = { seq: 1, status: "stored", verdict: "admitted", reason: null, warnings: [], ticket: null };

  test("admitted with a party and a warning", () => {
    const ticket = { name: "林", ticket_type: "Citywide pass", party: 3, inside: true };
    expect(faceOf({ ...base, warnings: ["stale_pack"], ticket }, words)).toEqual({
      kind: "admitted", word: "<admitted>", reason: "", who: "林 · Citywide pass · <party 3>", warnings: ["<stale_pack>"],
    });
  });

  test("refused says why", () => {
    const face = faceOf({ ...base, verdict: "refused", reason: "wrong_day" }, words);
    expect([face.kind, face.word, face.reason]).toEqual(["refused", "<refused>", "<wrong_day>"]);
  });

  test("quarantined never looks admitted", () => {
    expect(faceOf({ ...base, status: "quarantined" }, words)).toMatchObject({
      kind: "warning", word: "<quarantined>", reason: "<quarantined_reason>",
    });
  });
});
