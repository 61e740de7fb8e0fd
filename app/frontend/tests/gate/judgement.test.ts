import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { Heard } from "../../src/gate/contact";
import { judgeCode, warmUp } from "../../src/gate/engine/judge";
import { Moves } from "../../src/gate/engine/moves";
import { readPack, succeed } from "../../src/gate/engine/pack";
import { openJudgement, type Judgement } from "../../src/gate/judgement";
import type { Scan } from "../../src/gate/scan";
import { codeOf, ENTRY, GATE, packFile, recordOf, signer, VECTOR, type Signer, type Writing } from "./engine/writer";

const AT = "2026-11-21T01:00:00Z";
let key: Signer;
let code: string;
beforeAll(async () => {
  key = await signer("11".repeat(32));
  code = await codeOf({ ...ENTRY, serial: 1n }, await signer(VECTOR.seed));
});
beforeEach(() => {
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(AT) });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** A server with one list, which can be exchanged; counts how often it is asked. */
function server(by: Signer, written: Writing) {
  const state = { by, written, asked: 0 };
  vi.stubGlobal("fetch", async (url: string) => {
    state.asked += 1;
    const number = state.written.number ?? 0;
    if (url.endsWith(`since=${number}`)) return new Response(null, { status: 304 });
    const records = [await recordOf({ serial: 1n, code })];
    return new Response(await packFile(state.by, { records, ...state.written }));
  });
  return state;
}

async function opened(): Promise<Judgement> {
  return openJudgement({
    ...{ gate: GATE.id, device: "own", packUrl: "/pack", proof: {}, language: "en" },
    ...{ toServerTime: (at: number) => at, isTrusted: () => true, onChange: () => undefined },
  });
}

function told(packNumber: number, more: Partial<Heard> = {}): Heard {
  return { packNumber, inside: null, capacity: null, moves: [], cursor: `${packNumber}-0`, at: AT, ...more };
}

function scan(seq: number): Scan {
  const clock = { monotonic_ms: 0, offset_ms: 0 };
  return { seq, code, gate: GATE.id, direction: "entry", scanned_at: AT, clock, device_verdict: null };
}

test("a server that was set back is noticed, and its list is taken when the gate is chosen anew", async () => {
  const state = server(key, { number: 1000 });
  const judgement = await opened();
  await judgement.hear(told(1000));
  expect([judgement.list().number, judgement.list().refused]).toEqual([1000, false]);
  state.written = { number: 7 };
  for (let contact = 0; contact < 4; contact++) {
    vi.setSystemTime(Date.now() + (contact === 0 ? 61_000 : 3_000));
    await judgement.hear(told(7));
  }
  expect([judgement.list().number, judgement.list().refused, judgement.list().tickets]).toEqual([1000, true, 1]);
  const asked = state.asked;
  await judgement.hear(told(7));
  expect(state.asked, "a list that is refused is not fetched every three seconds").toBe(asked);
  await judgement.renew();
  expect([judgement.list().number, judgement.list().refused, judgement.cursor()]).toEqual([7, false, null]);
  expect((await opened()).list().number, "and it stays so").toBe(7);
});

test("a server with other keys is noticed", async () => {
  const state = server(key, { number: 1000 });
  const judgement = await opened();
  await judgement.hear(told(1000));
  const other = await signer("44".repeat(32));
  Object.assign(state, { by: other, written: { number: 1001, kid: 9, pack_keys: [{ kid: 9, public: other.public }] } });
  for (let contact = 0; contact < 3; contact++) await judgement.hear(told(1001));
  expect([judgement.list().number, judgement.list().refused]).toEqual([1000, true]);
  await judgement.renew();
  expect([judgement.list().number, judgement.list().refused]).toEqual([1001, false]);
});

test("a server that does not answer, or is a little behind, is no reason to choose anew", async () => {
  const state = server(key, { number: 1000 });
  const judgement = await opened();
  await judgement.hear(told(1000));
  for (let contact = 0; contact < 9; contact++) await judgement.hear(told(999));
  expect([judgement.list().refused, state.asked]).toEqual([false, 1]);
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
  for (let contact = 0; contact < 9; contact++) await judgement.hear(told(1001));
  expect(judgement.list().refused).toBe(false);
});

test("the number that comes with a receipt is enough to fetch a newer list", async () => {
  const state = server(key, { number: 1000 });
  const judgement = await opened();
  await judgement.hear(told(1000));
  state.written = { number: 1005 };
  judgement.learn(0);
  judgement.learn(1000);
  expect(state.asked).toBe(1);
  judgement.learn(1005);
  await vi.waitFor(() => expect(judgement.list().number).toBe(1005));
});

test("a scan of this phone that a lead took back counts no more, also after the page was closed", async () => {
  server(key, { number: 1000 });
  const judgement = await opened();
  await judgement.hear(told(1000));
  const first = await judgement.judge(scan(1));
  first?.remember("admitted");
  expect((await judgement.judge(scan(2)))?.opinion.reason).toBe("already_admitted");
  const pack = succeed(null, await readPack(await packFile(key, { records: [await recordOf({ serial: 1n, code })] }), null));
  const { tag } = await judgeCode(code, {
    ...{ pack, moves: new Moves(), direction: "entry", at: AT, device: "own", seq: 3 },
    ...{ clockTrusted: true, confirmedAt: null, venue: null },
  });
  const undone = { tag: tag ?? "", direction: "entry", at: AT, gate: GATE.id, undone: true, device: "own", seq: 1 } as const;
  await judgement.hear(told(1000, { moves: [undone] }));
  expect((await judgement.judge(scan(4)))?.opinion.verdict).toBe("admitted");
  expect((await (await opened()).judge(scan(5)))?.opinion.verdict).toBe("admitted");
});

test("the first guest does not wait for keys that the browser has yet to prepare", async () => {
  const fresh = await signer("55".repeat(32));
  const keys = [{ scope: 2026, kid: 1, public: fresh.public }];
  const text = await codeOf({ ...ENTRY, serial: 1n }, fresh);
  const pack = succeed(null, await readPack(await packFile(key, { keys, records: [await recordOf({ serial: 1n, code: text })] }), null));
  const now = {
    ...{ pack, moves: new Moves(), direction: "entry", at: AT, device: "own", seq: 1 } as const,
    ...{ clockTrusted: true, confirmedAt: null, venue: null },
  };
  const prepared = vi.spyOn(crypto.subtle, "importKey");
  const ofTickets = (): number => prepared.mock.calls.filter(([, , algorithm]) => algorithm === "Ed25519").length;
  await warmUp(now);
  expect(ofTickets()).toBe(1);
  expect((await judgeCode(text, now)).verdict).toBe("admitted");
  expect(ofTickets()).toBe(1);
});

test("opening a gate warms the engine up", async () => {
  const fresh = await signer("66".repeat(32));
  server(key, { number: 1000, keys: [{ scope: 2026, kid: 1, public: fresh.public }] });
  const prepared = vi.spyOn(crypto.subtle, "importKey");
  const judgement = await opened();
  await judgement.hear(told(1000));
  const isOurs = (data: unknown): boolean => data instanceof Uint8Array && Buffer.from(data).toString("hex") === fresh.public;
  await vi.waitFor(() => expect(prepared.mock.calls.some(([, data]) => isOurs(data))).toBe(true));
});
