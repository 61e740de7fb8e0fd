import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { hex, type Bytes } from "../../../src/gate/engine/bytes";
import { judgeCode, moveOf, type Situation } from "../../../src/gate/engine/judge";
import type { Move } from "../../../src/gate/engine/moves";
import { find, PackRefused, tagOf, type Pack } from "../../../src/gate/engine/pack";
import { openPacks } from "../../../src/gate/engine/packs";
import { codeOf, ENTRY, GATE, packFile, recordOf, signer, SOUTH, VECTOR, type Signer, type Writing } from "./writer";

let key: Signer;
beforeAll(async () => {
  key = await signer("11".repeat(32));
});
beforeEach(() => vi.stubGlobal("indexedDB", new IDBFactory()));
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

async function record(serial: number, name = "林"): Promise<Bytes> {
  return recordOf({ serial: BigInt(serial), code: `code ${serial}`, name });
}

async function file(written: Writing, serials: readonly number[] = []): Promise<Bytes> {
  return packFile(key, { records: await Promise.all(serials.map((serial) => record(serial))), ...written });
}

/** Its number, and which of the serials from 1 to 9 it holds. */
async function contents(pack: Pack | null): Promise<[number, number[]] | null> {
  if (!pack) return null;
  const held: number[] = [];
  for (let serial = 1; serial < 10; serial++) if (find(pack, await tagOf(BigInt(serial)))) held.push(serial);
  return [pack.head.number, held];
}

/** What a page finds that is opened now. */
async function kept(gate = GATE.id): Promise<[number, number[]] | null> {
  const packs = await openPacks();
  const pack = await packs.read(gate);
  packs.close();
  return contents(pack);
}

test("there is nothing before the first pack", async () => {
  expect(await kept()).toBeNull();
});

test("a pack and its changes are there after the page was closed", async () => {
  const packs = await openPacks();
  let pack = await packs.take(GATE.id, null, await file({ number: 10 }, [1, 2]));
  expect(await kept()).toEqual([10, [1, 2]]);
  pack = await packs.take(GATE.id, pack, await file({ number: 12, since: 10, gone: [await tagOf(1n)] }, [3]));
  pack = await packs.take(GATE.id, pack, await file({ number: 12, since: 12 }, [4]));
  expect(await contents(pack)).toEqual([12, [2, 3, 4]]);
  expect(await kept()).toEqual([12, [2, 3, 4]]);
});

test("each gate has its own", async () => {
  const packs = await openPacks();
  await packs.take(GATE.id, null, await file({ number: 10 }, [1]));
  await packs.take(SOUTH, null, await file({ number: 9, gate: { ...GATE, id: SOUTH } }, [2]));
  await packs.forget(GATE.id);
  expect([await kept(), await kept(SOUTH)]).toEqual([null, [9, [2]]]);
});

test("a pack that is refused leaves the one before", async () => {
  const packs = await openPacks();
  const pack = await packs.take(GATE.id, null, await file({ number: 10 }, [1]));
  const forger = await signer("22".repeat(32));
  for (const refused of [await file({ number: 9 }, [2]), await packFile(forger, { number: 11 })]) {
    await expect(packs.take(GATE.id, pack, refused)).rejects.toBeInstanceOf(PackRefused);
  }
  expect(await kept()).toEqual([10, [1]]);
});

test("an old pack is refused also by a page that does not know the new one", async () => {
  const packs = await openPacks();
  await packs.take(GATE.id, null, await file({ number: 10 }, [1]));
  const older = packs.take(GATE.id, null, await file({ number: 9 }, [2]));
  await expect(older).rejects.toMatchObject({ fault: "older_pack" });
});

test("more changes than are kept apart become one base, and nothing gets lost", async () => {
  const packs = await openPacks();
  let pack = await packs.take(GATE.id, null, await file({ number: 0 }, [9]));
  for (let number = 1; number <= 230; number++) {
    const change = await file({ number, since: number - 1 }, number <= 8 ? [number] : []);
    pack = await packs.take(GATE.id, pack, change);
  }
  expect(await kept()).toEqual([230, [1, 2, 3, 4, 5, 6, 7, 8, 9]]);
  const changes = await rowsOf("changes");
  expect(changes.length).toBeGreaterThan(0);
  expect(changes.length).toBeLessThanOrEqual(100);
});

test.each(["bases", "changes", "numbers"])("a crash while %s is written leaves the old of all", async (store) => {
  const packs = await openPacks();
  const pack = await packs.take(GATE.id, null, await file({ number: 10 }, [1]));
  const [put, add] = [IDBObjectStore.prototype.put, IDBObjectStore.prototype.add];
  const crashing = (write: typeof put): typeof put =>
    function (this: IDBObjectStore, ...values) {
      const request = write.apply(this, values);
      if (this.name === store) this.transaction.abort();
      return request;
    };
  vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(crashing(put));
  vi.spyOn(IDBObjectStore.prototype, "add").mockImplementation(crashing(add));
  const next = store === "bases" ? await file({ number: 11 }, [2]) : await file({ number: 11, since: 10 }, [2]);
  const taken = await packs.take(GATE.id, pack, next);
  expect((await contents(taken))?.[0]).toBe(11);
  expect(await kept()).toEqual([10, [1]]);
});

test("a page that goes on after such a crash keeps the whole again", async () => {
  const packs = await openPacks();
  let pack = await packs.take(GATE.id, null, await file({ number: 10 }, [1]));
  const add = vi.spyOn(IDBObjectStore.prototype, "add").mockImplementation(() => {
    throw new DOMException("full", "QuotaExceededError");
  });
  pack = await packs.take(GATE.id, pack, await file({ number: 11, since: 10 }, [2]));
  add.mockRestore();
  pack = await packs.take(GATE.id, pack, await file({ number: 12, since: 11 }, [3]));
  expect(await kept()).toEqual([12, [1, 2, 3]]);
});

test("two tabs that take the same changes keep them once", async () => {
  const [one, two] = [await openPacks(), await openPacks()];
  const first = await file({ number: 10 }, [1]);
  let pack = await one.take(GATE.id, null, first);
  let other = await two.take(GATE.id, null, first);
  const change = await file({ number: 11, since: 10 }, [2]);
  [pack, other] = await Promise.all([one.take(GATE.id, pack, change), two.take(GATE.id, other, change)]);
  expect(await rowsOf("changes")).toHaveLength(1);
  await two.take(GATE.id, other, await file({ number: 12, since: 11 }, [3]));
  expect(await kept()).toEqual([12, [1, 2, 3]]);
});

test("a tab that comes later with the same change writes nothing", async () => {
  const [one, two] = [await openPacks(), await openPacks()];
  const first = await file({ number: 10 }, [1]);
  const [pack, other] = [await one.take(GATE.id, null, first), await two.take(GATE.id, null, first)];
  const change = await file({ number: 11, since: 10 }, [2]);
  await one.take(GATE.id, pack, change);
  const before = await rowsOf("bases");
  expect(await contents(await two.take(GATE.id, other, change))).toEqual([11, [1, 2]]);
  expect([await rowsOf("changes"), await rowsOf("bases")]).toEqual([[expect.anything()], before]);
  expect(await kept()).toEqual([11, [1, 2]]);
});

test("a damaged storage is no pack, and never lets an older one in", async () => {
  const packs = await openPacks();
  await packs.take(GATE.id, null, await file({ number: 10 }, [1]));
  const database = await raw();
  const bases = database.transaction("bases", "readwrite").objectStore("bases");
  const base = (await promised(bases.get(GATE.id))) as { records: Bytes };
  base.records[20] = (base.records[20] ?? 0) ^ 1;
  await promised(bases.put(base, GATE.id));
  expect(await kept()).toBeNull();
  await expect(packs.take(GATE.id, null, await file({ number: 9 }))).rejects.toMatchObject({ fault: "older_pack" });
  await packs.take(GATE.id, null, await file({ number: 11 }, [1]));
  expect(await kept()).toEqual([11, [1]]);
});

test("without a storage a pack lives until the page is closed", async () => {
  vi.stubGlobal("indexedDB", {
    open: () => {
      throw new DOMException("private window", "SecurityError");
    },
  });
  const packs = await openPacks();
  const pack = await packs.take(GATE.id, null, await file({ number: 10 }, [1]));
  expect([await contents(pack), await packs.read(GATE.id)]).toEqual([[10, [1]], null]);
  expect((await packs.readMoves(GATE.id)).cursor).toBeNull();
});

const ENTERED: Move = {
  ...{ tag: "00ff00ff00ff00ff", direction: "entry", at: "2026-11-21T01:00:00Z" },
  ...{ gate: GATE.id, device: "d", seq: 1 },
};

test("moves, undoing and the cursor are there after the page was closed", async () => {
  const packs = await openPacks();
  const [move, heard] = [ENTERED, { ...ENTERED, device: "", seq: 0 }];
  await packs.keepMoves([move, { ...move, seq: 2 }]);
  await packs.keepMoves([heard, heard, move], { gate: GATE.id, cursor: "77" });
  await packs.keepUndone("d", 2);
  packs.close();
  const { moves, cursor } = await (await openPacks()).readMoves(GATE.id);
  expect(moves.of(move.tag)).toEqual(expect.arrayContaining([move, heard]));
  expect([moves.of(move.tag).length, cursor]).toEqual([2, "77"]);
  expect((await (await openPacks()).readMoves(SOUTH)).cursor).toBeNull();
});

test("what another phone took back stays taken back, in whatever order it is heard", async () => {
  const entry = { ...ENTERED, device: "", seq: 0 };
  const undone = { ...entry, undone: true };
  for (const [i, heard] of [[entry, undone], [undone, entry], [undone, undone]].entries()) {
    const packs = await openPacks(`order ${i}`);
    const { moves } = await packs.readMoves(GATE.id);
    for (const move of heard) {
      moves.add(move);
      await packs.keepMoves([move], { gate: GATE.id, cursor: "1" });
    }
    expect(moves.of(entry.tag)).toEqual([]);
    expect((await packs.readMoves(GATE.id)).moves.of(entry.tag)).toEqual([]);
    expect(moves.add(undone)).toBe(false);
  }
});

test("a dump of everything that is kept holds no private key, no name, no code", async () => {
  const names = ["林", "李娜", "Alexandra Wörishofer", "สมชาย ใจดี", "김서연"];
  const owner = await signer(VECTOR.seed);
  const codes = await Promise.all(names.map((_, i) => codeOf({ ...ENTRY, serial: BigInt(i + 1) }, owner)));
  const guests = names.map((name, i) => ({ serial: BigInt(i + 1), code: codes[i] ?? "", name, party: 5 }));
  const packs = await openPacks();
  let pack = await packs.take(GATE.id, null, await file({ records: await Promise.all(guests.slice(1).map(recordOf)) }));
  const records = await Promise.all(guests.slice(0, 1).map(recordOf));
  pack = await packs.take(GATE.id, pack, await file({ number: 1001, since: 1000, records }));
  const { moves } = await packs.readMoves(GATE.id);
  for (const [seq, code] of codes.entries()) {
    const now: Situation = {
      ...{ pack, moves, direction: "entry", at: "2026-11-21T01:00:00Z", device: "d", seq, clockTrusted: true },
      ...{ confirmedAt: null, venue: null },
    };
    const judged = await judgeCode(code, now);
    expect(judged.ticket?.name).toBe(names[seq]);
    const move = moveOf(judged, now);
    if (move) await packs.keepMoves([move], { gate: GATE.id, cursor: "5" });
  }
  await packs.keepUndone("d", 0);
  const dump = await dumped();
  expect(dump).toContain(hex(await tagOf(1n)));
  const secrets = [VECTOR.seed, "11".repeat(32), ...names.map((name) => Buffer.from(name).toString("hex")), ...names];
  const codesAndSerials = [...codes, ...codes.map((code) => Buffer.from(code).toString("hex")), "0000000000000003"];
  expect([...secrets, ...codesAndSerials].filter((secret) => dump.includes(secret))).toEqual([]);
});

/** All keys and values of all stores, bytes in hexadecimal, both halves of every key object as well. */
async function dumped(): Promise<string> {
  const database = await raw();
  const lines: string[] = [];
  for (const store of Array.from(database.objectStoreNames)) {
    for (const row of await rowsOf(store)) lines.push(JSON.stringify([store, row], plain));
  }
  return lines.join("\n");
}

function plain(_key: string, value: unknown): unknown {
  if (value instanceof CryptoKey) throw new Error("no key object belongs here");
  return value instanceof Uint8Array ? hex(value) : value;
}

async function rowsOf(store: string): Promise<unknown[]> {
  const rows = (await raw()).transaction(store).objectStore(store);
  const [keys, values] = await Promise.all([promised(rows.getAllKeys()), promised(rows.getAll())]);
  return keys.map((row, i) => [row, values[i]]);
}

async function raw(): Promise<IDBDatabase> {
  return promised(indexedDB.open("machigurumi-packs"));
}

function promised<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("no answer"));
  });
}
