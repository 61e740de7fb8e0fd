import { describe, expect, test } from "vitest";
import { backoff } from "../../src/gate/backoff";
import { createClock } from "../../src/gate/clock";
import { faceOf, faceOfOpinion, type Telling } from "../../src/gate/faces";
import { cleanCode, type Receipt } from "../../src/gate/scan";
import { createSightings } from "../../src/gate/sightings";
import { listAge } from "../../src/gate/status";
import { explain, factWriter } from "../../src/gate/words";

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
    clock: { monotonic_ms: 42, offset_ms: 5_000, anchor_ms: 1_000_158 },
  });
  clock.learn(null, sentAt);
  expect(clock.read().clock.offset_ms).toBe(5_000);
});

test("a code keeps its blanks and loses line ends and full-width letters", () => {
  expect(cleanCode("Ｙ１：A B \r\n")).toBe("Y1:A B ");
});

test("the difference to the server outlives the page", () => {
  let there: number | null = null;
  const kept = { read: () => there, write: (offset: number) => void (there = offset) };
  const clock = createClock(() => 1_000, () => 0, kept);
  expect(clock.isTrusted()).toBe(false);
  clock.learn(new Date(61_000).toISOString(), 1_000);
  const reloaded = createClock(() => 2_000, () => 0, kept);
  expect([reloaded.isTrusted(), reloaded.toServerTime(2_000)]).toEqual([true, 62_000]);
  expect(reloaded.read().clock.anchor_ms).toBeNull();
});

describe("words with facts", () => {
  const NOW = Date.parse("2026-11-21T03:00:00Z"); // 12:00 in Yokohama
  const names = new Map([["g1", { en: "North gate", ja: "北口" }]]);
  const write = factWriter("en", "Asia/Tokyo", names, () => NOW);
  const texts = {
    already_admitted: "Inside.",
    "already_admitted.gate.since": "Inside since {since}, {gate}",
    wrong_day: "Another day.",
    "wrong_day.days": "For {days}",
    "not_yet_valid.day": "From {from}",
    "not_yet_valid.from": "Opens at {from}",
  };

  test.each([
    ["already_admitted", { since: "2026-11-21T01:12:00Z", gate: "g1" }, "Inside since 10:12, North gate"],
    ["already_admitted", { since: "2026-11-20T01:12:00Z", gate: "g1" }, "Inside since Fri, Nov 20, 10:12, North gate"],
    ["already_admitted", { since: "2026-11-21T01:12:00Z", gate: "unknown" }, "Inside."],
    ["already_admitted", {}, "Inside."],
    ["wrong_day", { days: ["2026-11-22", "2026-11-23"] }, "For Sun, Nov 22 / Mon, Nov 23"],
    ["not_yet_valid", { from: "2026-11-22" }, "From Sun, Nov 22"],
    ["not_yet_valid", { from: "2026-11-21T08:00:00Z" }, "Opens at 17:00"],
    ["new_reason", {}, "new_reason"],
  ])("%s %j is told as %s", (reason, facts, expected) => {
    expect(explain(texts, reason, facts, write)).toBe(expected);
  });
});

test.each([
  [null, "<pack_none>"], [59_000, "<pack_current>"], [60_000, "<pack_minutes 1>"], [7_200_000, "<pack_hours 2>"],
])("a list of %s ms is %s", (age, expected) => {
  expect(listAge(age, (key, n) => (n === undefined ? `<${key}>` : `<${key} ${String(n)}>`))).toBe(expected);
});

describe("face of a verdict", () => {
  const words: Telling["words"] = (key, n) =>
    n === undefined ? `<${key}>` : `<${key} ${typeof n === "number" ? n : Object.values(n).join("/")}>`;
  const korean = { admitted: "입장", refused: "거부", wrong_day: "다른 날" };
  const telling: Telling = {
    language: "en",
    words,
    languages: { of: (tag) => (tag === "ko" ? korean : null) },
    names: () => new Map(),
    zone: () => "Asia/Tokyo",
  };
  const base: Receipt = { seq: 1, status: "stored", verdict: "admitted", reason: null, warnings: [], ticket: null };
  const guest = { name: "林", ticket_type: "Citywide pass", party: 3, inside: 2, language: "en" };

  test("admitted with a party and a warning", () => {
    expect(faceOf({ ...base, warnings: ["stale_pack"], ticket: guest }, telling)).toEqual({
      kind: "admitted", word: "<admitted>", reason: "", who: "林", type: "Citywide pass", warnings: ["<stale_pack>"],
      party: { inside: 2, size: 3, words: "<party_inside 2/3>" },
    });
  });

  test("refused says why, to the guest in his language and to the staff in theirs", () => {
    const ticket = { ...guest, party: 1, language: "ko" };
    expect(faceOf({ ...base, verdict: "refused", reason: "wrong_day", ticket }, telling)).toMatchObject({
      kind: "refused", word: "거부", reason: "다른 날", lang: "ko", staff: "<refused> – <wrong_day>",
    });
  });

  test("a code of nobody is refused in the language of the staff", () => {
    const face = faceOf({ ...base, verdict: "refused", reason: "bad_code" }, telling);
    expect([face.kind, face.word, face.reason, face.staff]).toEqual(["refused", "<refused>", "<bad_code>", undefined]);
  });

  test("who was let in although the rules said no is inside, and the rule is a warning", () => {
    const receipt = { ...base, reason: "already_admitted", warnings: ["admitted_offline_twice"] };
    expect(faceOf(receipt, telling)).toMatchObject({
      kind: "admitted", word: "<admitted>", reason: "", warnings: ["<admitted_offline_twice>", "<already_admitted>"],
    });
  });

  test("quarantined never looks admitted", () => {
    expect(faceOf({ ...base, status: "quarantined" }, telling)).toMatchObject({
      kind: "warning", word: "<quarantined>", reason: "<quarantined_reason>",
    });
  });

  test("the phone's own verdict looks like the server's", () => {
    const ticket = { name: "林", title: "Citywide pass", language: "en", party: 3, inside: 2 };
    const opinion = { verdict: "admitted", reason: null, facts: {}, warnings: [], unlisted: false, ticket } as const;
    expect(faceOfOpinion(opinion, telling)).toEqual(faceOf({ ...base, ticket: guest }, telling));
  });
});
