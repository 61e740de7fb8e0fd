import { expect, test } from "vitest";
import { openStore } from "../../src/gate/store";

const SCAN = {
  code: "Y1:A B ",
  gate: "g",
  direction: "entry",
  scanned_at: "2026-11-21T01:00:00Z",
  clock: { monotonic_ms: 1, offset_ms: 0 },
  device_verdict: null,
} as const;

test("numbers go on from the higher of server and device", async () => {
  const first = await openStore({ device: "numbers", lastSeq: 17 });
  expect((await first.add(SCAN)).seq).toBe(18);
  const reopened = await openStore({ device: "numbers", lastSeq: 3 });
  expect((await reopened.add(SCAN)).seq).toBe(19);
});

test("two tabs at once never give the same number", async () => {
  const tabs = await Promise.all([1, 2].map(() => openStore({ device: "tabs", lastSeq: 0 })));
  const added = await Promise.all(Array.from({ length: 40 }, (_, index) => tabs[index % 2]!.add(SCAN)));
  expect(added.map((scan) => scan.seq).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
});

test("scans outlive the page until they are removed, blanks included", async () => {
  const page = await openStore({ device: "reload", lastSeq: 0 });
  const kept = [await page.add(SCAN), await page.add(SCAN)];
  const reloaded = await openStore({ device: "reload", lastSeq: 0 });
  expect(await reloaded.pending()).toEqual(kept);
  await reloaded.remove([1]);
  expect(await page.pending()).toEqual([{ ...SCAN, seq: 2 }]);
});

test("devices in one browser keep their queues apart", async () => {
  await (await openStore({ device: "north", lastSeq: 0 })).add(SCAN);
  expect(await (await openStore({ device: "south", lastSeq: 0 })).pending()).toEqual([]);
});

test("a scan that the storage refuses is still there to be sent", async () => {
  const store = await openStore({ device: "full", lastSeq: 5 });
  const add = IDBObjectStore.prototype.add;
  IDBObjectStore.prototype.add = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  const inMemory = await store.add(SCAN);
  IDBObjectStore.prototype.add = add;
  expect(store.safe()).toBe(false);
  expect(await store.pending()).toEqual([inMemory]);
  expect((await store.add(SCAN)).seq).toBeGreaterThan(inMemory.seq);
  await store.remove([inMemory.seq]);
  expect(store.safe()).toBe(true);
});
