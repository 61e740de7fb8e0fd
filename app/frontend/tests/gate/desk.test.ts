import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createClock } from "../../src/gate/clock";
import { createDesk, type Desk, type DeskState } from "../../src/gate/desk";
import type { DeviceVerdict, Receipt, Scan } from "../../src/gate/scan";
import { openStore, type Store } from "../../src/gate/store";

const ENTRY = { code: "Y1:A", direction: "entry" } as const;
const ADMITTED: DeviceVerdict = { verdict: "admitted", reason: null };

beforeEach(() => {
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("indexedDB", new IDBFactory());
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/** A server that says the same of every scan, when it is let; remembers what it was sent. */
function server(says: Receipt["verdict"]) {
  const sent: Scan[][] = [];
  const gates: (() => void)[] = [];
  const state = { held: false, dead: false };
  vi.stubGlobal("fetch", async (_url: string, { body }: { body: string }) => {
    const { scans } = JSON.parse(body) as { scans: Scan[] };
    sent.push(scans);
    if (state.held) await new Promise<void>((resolve) => gates.push(resolve));
    if (state.dead) throw new TypeError("no network");
    const receipts = scans.map(({ seq }) => ({ seq, status: "stored", verdict: says, reason: null, warnings: [], ticket: null }));
    return { ok: true, json: async () => ({ receipts }) };
  });
  return { sent, state, letGo: () => gates.splice(0).forEach((open) => open()) };
}

async function desk(now = Date.now): Promise<{ desk: Desk; store: Store; states: DeskState[] }> {
  const [store, states] = [await openStore("d"), [] as DeskState[]];
  const clock = createClock(now);
  const made = createDesk({ gate: "g", scansUrl: "/scans", proof: {}, store, clock, onState: (state) => states.push(state) });
  return { desk: made, store, states };
}

test("a late answer that agrees with what was shown ends the scan", async () => {
  const { sent, state, letGo } = server("admitted");
  const { desk: at, store } = await desk();
  state.held = true;
  const scan = await at.keep(ENTRY);
  const answer = at.send(scan);
  await at.decide(scan, ADMITTED);
  await vi.waitFor(() => expect(sent).toHaveLength(1));
  letGo();
  expect((await answer)?.verdict).toBe("admitted");
  expect(await store.pending()).toEqual([]);
});

test("a late answer that disagrees with what was shown is superseded by it", async () => {
  const { sent, state, letGo } = server("refused");
  const { desk: at, store } = await desk();
  state.held = true;
  const scan = await at.keep(ENTRY);
  const answer = at.send(scan);
  await at.decide(scan, ADMITTED);
  await vi.waitFor(() => expect(sent).toHaveLength(1));
  state.held = false;
  letGo();
  await answer;
  await vi.waitFor(async () => expect(await store.pending()).toEqual([]));
  expect(sent.map(([one]) => [one?.seq, one?.device_verdict])).toEqual([[scan.seq, null], [scan.seq, ADMITTED]]);
});

test("an answer that never comes leaves the scan with its verdict for the next upload", async () => {
  const { sent, state } = server("admitted");
  const { desk: at, store } = await desk();
  state.dead = true;
  const scan = await at.keep(ENTRY);
  expect(await at.send(scan)).toBeNull();
  await at.decide(scan, ADMITTED);
  state.dead = false;
  await at.flush();
  expect(sent.at(-1)).toEqual([{ ...scan, device_verdict: ADMITTED }]);
  expect(await store.pending()).toEqual([]);
});

test("a scan of this moment is left to the door, an older one goes without a verdict", async () => {
  const { sent } = server("admitted");
  const fresh = await desk();
  await fresh.desk.keep(ENTRY);
  await fresh.desk.flush();
  expect(sent).toEqual([]);
  const old = await desk(() => Date.now() - 60_000);
  const scan = await old.desk.keep({ ...ENTRY, code: "Y1:B" });
  await old.desk.flush();
  expect(sent.map((batch) => batch.map(({ seq }) => seq))).toEqual([[scan.seq]]);
});

test("the number of the newest list is heard with every answer", async () => {
  const numbers: number[] = [];
  vi.stubGlobal("fetch", async () => ({ ok: true, json: async () => ({ receipts: [], pack_number: 42 }) }));
  const [store, clock] = [await openStore("d"), createClock()];
  const onNumber = (number: number): void => void numbers.push(number);
  const at = createDesk({ gate: "g", scansUrl: "/scans", proof: {}, store, clock, onState: () => undefined, onNumber });
  await at.send(await at.keep(ENTRY));
  expect(numbers[0]).toBe(42);
});
