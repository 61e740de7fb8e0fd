import { beforeAll, describe, expect, test } from "vitest";
import { judgeCode, moveOf, type Judged, type Situation } from "../../../src/gate/engine/judge";
import { Moves, type Move } from "../../../src/gate/engine/moves";
import { readPack, succeed, type DatedKey, type Pack } from "../../../src/gate/engine/pack";
import type { Product } from "../../../src/gate/engine/rules";
import {
  codeOf, ENTRY, FAR, GATE, otherOf, packFile, PRODUCTS, recordOf, signer, SOUTH, VECTOR, type Signer, type Ticket,
  type Writing,
} from "./writer";

const AT = "2026-11-21T01:00:00Z";
const [DAILY, THERE] = PRODUCTS as [Product, Product];
let key: Signer;
let packKey: Signer;
const codes = new Map<number, string>();
beforeAll(async () => {
  key = await signer(VECTOR.seed);
  packKey = await signer("11".repeat(32));
  for (const serial of [1, 2, 3, 4]) codes.set(serial, await codeOf({ ...ENTRY, serial: BigInt(serial) }, key));
});

function code(serial: number): string {
  return codes.get(serial) ?? "";
}

function ticket(serial: number, more: Partial<Ticket> = {}): Ticket {
  return { serial: BigInt(serial), code: code(serial), name: "林", language: "ja", party: serial, ...more };
}

async function packOf(tickets: readonly Ticket[], written: Writing = {}): Promise<Pack> {
  const records = await Promise.all(tickets.map(recordOf));
  return succeed(null, await readPack(await packFile(packKey, { records, ...written }), null));
}

function at(pack: Pack, more: Partial<Situation> = {}): Situation {
  return {
    ...{ pack, moves: new Moves(), direction: "entry", at: AT, device: "own", seq: 1 },
    ...{ clockTrusted: true, confirmedAt: null, venue: null, ...more },
  };
}

function heard(tag: string | null, direction: "entry" | "exit", when: string, gate = GATE.id): Move {
  return { tag: tag ?? "", direction, at: when, gate, device: "", seq: 0 };
}

function short({ verdict, reason, facts }: Judged): unknown[] {
  return [verdict, reason, facts];
}

test("a guest is let in, by name, language and ticket type", async () => {
  const judged = await judgeCode(code(1), at(await packOf([ticket(1)])));
  expect(judged).toEqual({
    ...{ verdict: "admitted", reason: null, facts: {}, warnings: [], unlisted: false },
    tag: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
    ticket: { name: "林", language: "ja", title: { en: "Pass", ja: "パス" }, party: 1, inside: 1 },
  });
});

test.each([
  [0, "admitted", null],
  [1, "refused", "canceled"],
  [2, "refused", "blocked"],
  [3, "refused", "unpaid"],
  [4, "refused", "unapproved"],
  [5, "refused", "revoked"],
  [6, "refused", "blocked"],
])("status %i: %s, %s", async (status, verdict, reason) => {
  const judged = await judgeCode(code(1), at(await packOf([ticket(1, { status })])));
  expect([judged.verdict, judged.reason]).toEqual([verdict, reason]);
});

test("what opens nothing here is refused by its place, without a name", async () => {
  const pack = await packOf([], { others: [await otherOf(ticket(1))] });
  const judged = await judgeCode(code(1), at(pack));
  expect(short(judged)).toEqual(["refused", "wrong_venue", { venues: [THERE.covers[0]?.venue] }]);
  expect(judged.ticket?.name).toBe("");
});

test("a genuine code that is not listed is refused, with the time of the list", async () => {
  const judged = await judgeCode(code(2), at(await packOf([ticket(1)])));
  expect(short(judged)).toEqual(["refused", "revoked", { listed: AT }]);
  expect([judged.unlisted, judged.ticket]).toEqual([true, null]);
});

test("a listed ticket that is revoked is not called unlisted", async () => {
  const judged = await judgeCode(code(1), at(await packOf([ticket(1, { status: 5 })])));
  expect([short(judged), judged.unlisted, judged.ticket]).toEqual([["refused", "revoked", {}], false, null]);
});

test("a ticket type that the pack does not know opens nothing", async () => {
  const judged = await judgeCode(code(1), at(await packOf([ticket(1, { product: 99 })])));
  expect(short(judged)).toEqual(["refused", "not_entitled", {}]);
});

test("a missing residence is named", async () => {
  const judged = await judgeCode(code(1), at(await packOf([ticket(1, { residenceKnown: false })])));
  expect(short(judged)).toEqual(["refused", "residence_missing", {}]);
});

test("an older code of a ticket that was issued again is superseded", async () => {
  const judged = await judgeCode(code(1), at(await packOf([ticket(1, { generation: 1, code: "the newer one" })])));
  expect([judged.reason, judged.ticket]).toEqual(["superseded", null]);
});

test.each([
  ["no code at all", "https://example.org/", "bad_code"],
  ["nothing", "", "bad_code"],
])("%s", async (_name, text, reason) => {
  const judged = await judgeCode(text, at(await packOf([ticket(1)])));
  expect([judged.reason, judged.tag, judged.unlisted]).toEqual([reason, null, false]);
});

test("a code of another kind, another key or another convention", async () => {
  const pack = await packOf([ticket(1)]);
  const reasonOf = async (text: string): Promise<string | null> => (await judgeCode(text, at(pack))).reason;
  expect(await reasonOf(await codeOf({ ...ENTRY, kind: 3 as 1, serial: 1n }, key))).toBe("bad_code");
  expect(await reasonOf(await codeOf({ ...ENTRY, kid: 9 as 1, serial: 1n }, key))).toBe("unknown_key");
  expect(await reasonOf(await codeOf({ ...ENTRY, scope: 2027 as 2026, serial: 1n }, key))).toBe("wrong_convention");
  expect(await reasonOf(await codeOf({ ...ENTRY, serial: 1n }, packKey))).toBe("bad_signature");
});

test("a key of another convention that the phone knows opens nothing here", async () => {
  const keys = [{ scope: 2027, kid: 1, public: VECTOR.public }];
  const text = await codeOf({ ...ENTRY, scope: 2027 as 2026, serial: 1n }, key);
  const judged = await judgeCode(text, at(await packOf([ticket(1, { code: text })], { keys })));
  expect([judged.reason, judged.unlisted]).toEqual(["wrong_convention", false]);
});

describe("a key that leaked", () => {
  const leaked: DatedKey = { scope: 2026, kid: 1, public: VECTOR.public, distrust_after: AT };

  test.each([
    ["before it was distrusted", "2026-11-21T00:59:59Z", "revoked"],
    ["from then on", AT, "unknown_key"],
  ])("signs for nobody who is not listed, %s", async (_name, when, reason) => {
    const pack = await packOf([ticket(1)], { keys: [leaked] });
    expect((await judgeCode(code(2), at(pack, { at: when }))).reason).toBe(reason);
  });

  test("does no harm to the tickets that were issued", async () => {
    const pack = await packOf([ticket(1)], { keys: [leaked] });
    expect((await judgeCode(code(1), at(pack))).verdict).toBe("admitted");
  });

  test("makes no second code for a listed serial", async () => {
    const pack = await packOf([ticket(1, { generation: 1, code: "the newer one" })], { keys: [leaked] });
    const forged = await codeOf({ ...ENTRY, serial: 1n, generation: 1 as 0 }, key);
    expect((await judgeCode(forged, at(pack))).reason).toBe("unknown_key");
  });

  test("must have signed at all", async () => {
    const pack = await packOf([ticket(1)], { keys: [leaked] });
    expect((await judgeCode(await codeOf({ ...ENTRY, serial: 1n }, packKey), at(pack))).reason).toBe("bad_signature");
  });
});

test("two keys live at once, and a key whose time has not come yet verifies what it signed", async () => {
  const second = await signer("33".repeat(32));
  const keys = [
    { scope: 2026, kid: 1, public: VECTOR.public, not_after: "2026-11-01T00:00:00Z" },
    { scope: 2026, kid: 2, public: second.public, not_before: "2026-11-28T00:00:00Z" },
  ];
  const newer = await codeOf({ ...ENTRY, kid: 2 as 1, serial: 2n }, second);
  const pack = await packOf([ticket(1), ticket(2, { code: newer })], { keys });
  const verdicts = await Promise.all([code(1), newer].map((text) => judgeCode(text, at(pack))));
  expect(verdicts.map(({ verdict }) => verdict)).toEqual(["admitted", "admitted"]);
});

describe("who went in and out", () => {
  async function scans(steps: readonly ["entry" | "exit", string][]): Promise<unknown[]> {
    const pack = await packOf([ticket(1)]);
    const moves = new Moves();
    const shown: unknown[] = [];
    for (const [seq, [direction, when]] of steps.entries()) {
      const now = at(pack, { moves, direction, at: when, seq });
      const judged = await judgeCode(code(1), now);
      const move = moveOf(judged, now);
      if (move) moves.add(move);
      shown.push(judged.reason ?? judged.verdict);
    }
    return shown;
  }

  test("own scans: in, in again, out, out again, back", async () => {
    expect(
      await scans([
        ["entry", "2026-11-21T01:00:00Z"],
        ["entry", "2026-11-21T01:00:01Z"],
        ["exit", "2026-11-21T02:00:00Z"],
        ["exit", "2026-11-21T02:00:01Z"],
        ["entry", "2026-11-21T03:00:00Z"],
      ]),
    ).toEqual(["admitted", "already_admitted", "admitted", "not_inside", "admitted"]);
  });

  test("a new event-day in Yokohama begins at 15:00 UTC", async () => {
    expect(
      await scans([
        ["entry", "2026-11-21T14:59:58Z"],
        ["entry", "2026-11-21T14:59:59Z"],
        ["entry", "2026-11-21T15:00:00Z"],
      ]),
    ).toEqual(["admitted", "already_admitted", "admitted"]);
  });

  test("what other phones admitted counts, in whatever order it is heard", async () => {
    const pack = await packOf([ticket(1)]);
    const { tag } = await judgeCode(code(1), at(pack));
    const [inside, out, back] = [
      heard(tag, "entry", "2026-11-21T00:10:00Z", SOUTH),
      heard(tag, "exit", "2026-11-21T00:20:00Z"),
      heard(tag, "entry", "2026-11-21T00:30:00.000001Z", SOUTH),
    ];
    const first = ["refused", "already_admitted", { since: "2026-11-21T00:10:00Z", gate: SOUTH }];
    const last = ["refused", "already_admitted", { since: "2026-11-21T00:30:00Z", gate: SOUTH }];
    for (const [moves, expected] of [
      [[inside], first],
      [[inside, out], ["admitted", null, {}]],
      [[out, inside], ["admitted", null, {}]],
      [[inside, inside, out, out, back], last],
      [[back, out, inside], last],
      [[out, back, out, inside, back], last],
    ] as const) {
      expect(short(await judgeCode(code(1), at(pack, { moves: new Moves(moves) })))).toEqual(expected);
    }
  });

  test("somebody whom two phones let in came in when the second did", async () => {
    const pack = await packOf([ticket(1)]);
    const { tag } = await judgeCode(code(1), at(pack));
    const twice = [heard(tag, "entry", "2026-11-21T00:10:00Z"), heard(tag, "entry", "2026-11-21T00:20:00Z", SOUTH)];
    for (const moves of [twice, [...twice].reverse()]) {
      const judged = await judgeCode(code(1), at(pack, { moves: new Moves(moves) }));
      expect(judged.facts).toEqual({ since: "2026-11-21T00:20:00Z", gate: SOUTH });
    }
  });

  test("the small hours at a late door belong to the day before, at the others they do not", async () => {
    const pack = await packOf([ticket(1)]);
    const { tag } = await judgeCode(code(1), at(pack));
    const threeAtNight = "2026-11-21T18:00:00Z";
    for (const [door, verdict] of [
      [SOUTH, "admitted"],
      [GATE.id, "refused"],
    ] as const) {
      const moves = new Moves([heard(tag, "entry", threeAtNight, door)]);
      expect((await judgeCode(code(1), at(pack, { moves, at: "2026-11-22T01:00:00Z" }))).verdict).toBe(verdict);
    }
  });

  test("a place that a later scan of another phone has taken is not given again", async () => {
    const pack = await packOf([ticket(1)]);
    const { tag } = await judgeCode(code(1), at(pack));
    const moves = new Moves([heard(tag, "entry", "2026-11-21T01:00:05Z", SOUTH)]);
    expect((await judgeCode(code(1), at(pack, { moves }))).reason).toBe("already_admitted");
  });

  test("an undone scan counts no more, also when the undoing came first", async () => {
    const pack = await packOf([ticket(1)]);
    const move = moveOf(await judgeCode(code(1), at(pack)), at(pack));
    if (!move) throw new Error("was admitted");
    const later = { at: "2026-11-21T01:05:00Z", seq: 2 };
    const [before, after] = [new Moves(), new Moves([move])];
    before.undo("own", 1);
    expect(before.add(move)).toBe(true);
    expect((await judgeCode(code(1), at(pack, { moves: after, ...later }))).reason).toBe("already_admitted");
    after.undo("own", 1);
    for (const moves of [before, after]) {
      expect((await judgeCode(code(1), at(pack, { moves, ...later }))).verdict).toBe("admitted");
    }
  });

  test("inside another venue: left by entering here, or refused where the gate asks for that", async () => {
    const refuses = { ...GATE, elsewhere: "refuse" };
    const facts = { venue: THERE.covers[0]?.venue, since: "2026-11-21T00:10:00Z" };
    for (const [gate, expected] of [
      [GATE, ["admitted", null, {}]],
      [refuses, ["refused", "already_inside_elsewhere", facts]],
    ] as const) {
      const pack = await packOf([ticket(1)], { gate });
      const { tag } = await judgeCode(code(1), at(pack));
      const moves = new Moves([heard(tag, "entry", "2026-11-21T00:10:00Z", FAR)]);
      expect(short(await judgeCode(code(1), at(pack, { moves })))).toEqual(expected);
    }
  });

  test("a move at a door that is gone is left out", async () => {
    const pack = await packOf([ticket(1)]);
    const { tag } = await judgeCode(code(1), at(pack));
    const moves = new Moves([heard(tag, "entry", "2026-11-21T00:10:00Z", "gone")]);
    expect((await judgeCode(code(1), at(pack, { moves }))).verdict).toBe("admitted");
  });

  test("n times: every entry heard of is used up", async () => {
    const products = [{ ...DAILY, entry_rule: "times", entry_times: 2 }];
    const pack = await packOf([ticket(1)], { products });
    const { tag } = await judgeCode(code(1), at(pack));
    const moves = new Moves([heard(tag, "entry", "2026-11-21T00:10:00Z")]);
    expect((await judgeCode(code(1), at(pack, { moves }))).verdict).toBe("admitted");
    moves.add(heard(tag, "entry", "2026-11-21T00:20:00Z"));
    expect(short(await judgeCode(code(1), at(pack, { moves })))).toEqual(["refused", "already_admitted", { times: 2 }]);
  });

  test("a refused scan moves nobody", async () => {
    const pack = await packOf([ticket(1, { status: 1 })]);
    expect(moveOf(await judgeCode(code(1), at(pack)), at(pack))).toBeNull();
    expect(moveOf({ tag: null, verdict: "admitted" }, at(pack))).toBeNull();
  });
});

describe("a venue that is full", () => {
  const gate = { ...GATE, capacity: 2, inside: 1 };
  const venue = { inside: 2, capacity: 2, at: AT };

  test.each<[string, Situation["venue"], unknown]>([
    ["as the pack says", null, null],
    ["as the server told", venue, "venue_full"],
    ["one has left since", { ...venue, inside: 1 }, null],
    ["the limit is gone", { ...venue, capacity: null }, null],
    ["the limit is lower now", { inside: 1, capacity: 1, at: AT }, "venue_full"],
  ])("%s", async (_name, told, reason) => {
    const pack = await packOf([ticket(1)], { gate });
    expect((await judgeCode(code(1), at(pack, { venue: told }))).reason).toBe(reason);
  });

  test("own scans since the last word of the server count, those before it do not", async () => {
    const pack = await packOf([ticket(1), ticket(2), ticket(3)], { gate });
    const own = (tag: string, direction: "entry" | "exit", seq: number, when: string): Move => ({
      ...{ tag, direction, seq, at: when, gate: GATE.id, device: "own" },
    });
    const [early, late] = ["2026-11-21T00:59:00Z", "2026-11-21T01:01:00Z"];
    const now = { at: "2026-11-21T01:02:00Z", seq: 9, venue: { ...venue, inside: 1 } };
    const reasonWith = async (moves: Moves): Promise<string | null> =>
      (await judgeCode(code(3), at(pack, { ...now, moves }))).reason;
    expect(await reasonWith(new Moves([own("a", "entry", 1, early)]))).toBeNull();
    expect(await reasonWith(new Moves([own("a", "entry", 1, late)]))).toBe("venue_full");
    expect(await reasonWith(new Moves([{ ...own("a", "entry", 1, late), device: "another" }]))).toBeNull();
    expect(await reasonWith(new Moves([{ ...own("a", "entry", 1, late), gate: FAR }]))).toBeNull();
    const leaving = [own("a", "entry", 1, late), own("b", "exit", 2, late)];
    expect(await reasonWith(new Moves(leaving))).toBeNull();
    const undone = new Moves([own("a", "entry", 1, late)]);
    undone.undo("own", 1);
    expect(await reasonWith(undone)).toBeNull();
  });
});

test("a party shows how many of it are inside, whoever is asked", async () => {
  const pack = await packOf([1, 2, 3].map((serial) => ticket(serial, { party: 8 })).concat(ticket(4, { party: 9 })));
  const moves = new Moves();
  const seen: unknown[] = [];
  for (const [seq, serial] of [1, 4, 2, 2, 3].entries()) {
    const now = at(pack, { moves, seq });
    const judged = await judgeCode(code(serial), now);
    const move = moveOf(judged, now);
    if (move) moves.add(move);
    seen.push([judged.verdict, judged.ticket?.party, judged.ticket?.inside]);
  }
  expect(seen).toEqual([
    ["admitted", 3, 1],
    ["admitted", 1, 1],
    ["admitted", 3, 2],
    ["refused", 3, 2],
    ["admitted", 3, 3],
  ]);
  const leaving = await judgeCode(code(1), at(pack, { moves, seq: 9, direction: "exit", at: "2026-11-21T02:00:00Z" }));
  expect([leaving.verdict, leaving.ticket?.inside]).toEqual(["admitted", 2]);
});

describe("warnings", () => {
  test.each([
    ["fresh", "2026-11-21T01:15:00Z", null, []],
    ["older than 15 minutes", "2026-11-21T01:15:00.001Z", null, ["stale_pack"]],
    ["confirmed since", "2026-11-21T01:15:00.001Z", "2026-11-21T01:00:00.001Z", []],
    ["confirmed, long ago", "2026-11-21T02:00:00Z", "2026-11-21T01:44:59Z", ["stale_pack"]],
  ] as const)("a list that is %s", async (_name, when, confirmedAt, warnings) => {
    const judged = await judgeCode(code(1), at(await packOf([ticket(1)]), { at: when, confirmedAt }));
    expect([judged.verdict, judged.warnings]).toEqual(["admitted", warnings]);
  });

  test("a clock that nobody believes", async () => {
    const pack = await packOf([ticket(1)]);
    const late = at(pack, { clockTrusted: false, at: "2026-11-21T03:00:00Z" });
    expect((await judgeCode(code(1), late)).warnings).toEqual(["stale_pack", "clock_untrusted"]);
    expect((await judgeCode("?", late)).warnings).toEqual(["stale_pack", "clock_untrusted"]);
  });
});
