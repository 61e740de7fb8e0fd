import { beforeAll, expect, test } from "vitest";
import type { Bytes } from "../../../src/gate/engine/bytes";
import { judgeCode, type Situation } from "../../../src/gate/engine/judge";
import { Moves } from "../../../src/gate/engine/moves";
import { find, readPack, succeed, type Pack } from "../../../src/gate/engine/pack";
import { openPacks } from "../../../src/gate/engine/packs";
import { codeOf, ENTRY, GATE, packFile, recordOf, seeded, signer, VECTOR, type Signer } from "./writer";

const TICKETS = 100_000;
let key: Signer;
let file: Bytes;
let code: string;
beforeAll(async () => {
  key = await signer("11".repeat(32));
  code = await codeOf({ ...ENTRY, serial: 1n }, await signer(VECTOR.seed));
  const guest = await recordOf({ serial: 1n, code, party: 4_000_000_000 });
  const random = seeded(100_000);
  const records = Array.from({ length: TICKETS - 1 }, () => {
    const words = Uint32Array.from({ length: 16 }, random);
    return new Uint8Array(words.buffer);
  });
  file = await packFile(key, { records: [...records, guest] });
}, 60_000);

/** The middle one of five times, in milliseconds. */
async function median(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times.sort((one, other) => one - other)[2] ?? Infinity;
}

function situation(pack: Pack): Situation {
  return {
    ...{ pack, moves: new Moves(), direction: "entry", at: "2026-11-21T01:00:00Z", device: "d", seq: 1 },
    ...{ clockTrusted: true, confirmedAt: null, venue: null },
  };
}

test("100,000 tickets are 7 MB at most, in the file and in memory, with a change below 20 MB", async () => {
  const pack = succeed(null, await readPack(file, null));
  expect(pack.records.length / 64).toBe(TICKETS);
  expect(file.length).toBeLessThan(7_000_000);
  const change = await readPack(await packFile(key, { number: 1001, since: 1000, records: [file.slice(-64)] }), null);
  const next = succeed(pack, change);
  const buffers = new Set([file.buffer, pack.records.buffer, next.records.buffer, next.others.buffer]);
  const held = [...buffers].reduce((sum, buffer) => sum + buffer.byteLength, 0);
  expect(held).toBeLessThan(20_000_000);
  expect([next.records.buffer.byteLength, next.records.length]).toEqual([next.records.length, TICKETS * 64]);
});

test("a pack is proved, kept and opened again within 300 ms", async () => {
  const packs = await openPacks("size");
  expect(await median(() => readPack(file, null))).toBeLessThan(300);
  let pack = await packs.take(GATE.id, null, file);
  for (let number = 1001; number <= 1050; number++) {
    const records = [file.slice(file.length - 64 * (number - 1000)).slice(0, 64)];
    pack = await packs.take(GATE.id, pack, await packFile(key, { number, since: number - 1, records }));
  }
  let opened: Pack | null = null;
  expect(await median(async () => (opened = await packs.read(GATE.id)))).toBeLessThan(300);
  expect((opened as Pack | null)?.head.number).toBe(1050);
  expect(Buffer.compare((opened as Pack | null)?.records ?? new Uint8Array(), pack.records)).toBe(0);
}, 30_000);

test("a ticket is found within 1 ms, a code judged within 20 ms", async () => {
  const pack = succeed(null, await readPack(file, null));
  const random = seeded(3);
  const tags = Array.from({ length: 1_000 }, () => {
    const at = (random() % TICKETS) * 64;
    return pack.records.slice(at, at + 8);
  });
  const findAll = (): Promise<boolean> => Promise.resolve(tags.every((tag) => find(pack, tag) !== null));
  expect(await findAll()).toBe(true);
  expect((await median(findAll)) / tags.length).toBeLessThan(1);
  const now = situation(pack);
  expect((await judgeCode(code, now)).verdict).toBe("admitted");
  expect(await median(() => judgeCode(code, now))).toBeLessThan(20);
});
