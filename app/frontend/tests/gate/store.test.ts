import { IDBFactory } from "fake-indexeddb";
import { afterEach, expect, test, vi } from "vitest";
import { openStore } from "../../src/gate/store";

const SCAN = {
  code: "Y1:A B ",
  gate: "g",
  direction: "entry",
  scanned_at: "2026-11-21T01:00:00Z",
  clock: { monotonic_ms: 1, offset_ms: 0 },
  device_verdict: null,
} as const;

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Every store opened from now on is one of another browser: it shares nothing with those before. */
function anotherBrowser(): void {
  vi.stubGlobal("indexedDB", new IDBFactory());
}

test("numbers go on after the page is closed, without a gap", async () => {
  const first = await (await openStore("numbers")).add(SCAN);
  const reopened = await openStore("numbers");
  expect((await reopened.add(SCAN)).seq).toBe(first.seq + 1);
});

test("two browsers signed in under one device never give the same number", async () => {
  const numbers: number[] = [];
  for (let browser = 0; browser < 20; browser++) {
    anotherBrowser();
    const store = await openStore("shared");
    for (let n = 0; n < 10; n++) numbers.push((await store.add(SCAN)).seq);
  }
  expect(new Set(numbers).size).toBe(200);
});

test("a browser goes on in its own numbers, whatever another has sent meanwhile", async () => {
  const ours = await openStore("apart");
  const [before, ourStorage] = [(await ours.add(SCAN)).seq, indexedDB];
  anotherBrowser();
  await (await openStore("apart")).add(SCAN);
  vi.stubGlobal("indexedDB", ourStorage);
  expect((await (await openStore("apart")).add(SCAN)).seq).toBe(before + 1);
});

test.each([
  ["lowest", 0, 1],
  ["highest", 0xffffffff, 2 ** 52],
])("the %s number a browser may begin with is one that the server accepts", async (device, word, seq) => {
  vi.spyOn(crypto, "getRandomValues").mockImplementation((array) => {
    (array as unknown as Uint32Array).fill(word);
    return array;
  });
  expect((await (await openStore(device)).add(SCAN)).seq).toBe(seq);
});

test("two tabs at once never give the same number", async () => {
  const tabs = await Promise.all([1, 2].map(() => openStore("tabs")));
  const added = await Promise.all(Array.from({ length: 40 }, (_, index) => tabs[index % 2]!.add(SCAN)));
  const numbers = added.map((scan) => scan.seq).sort((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: 40 }, (_, index) => numbers[0]! + index));
});

test("scans outlive the page until they are removed, blanks included", async () => {
  const page = await openStore("reload");
  const [first, second] = [await page.add(SCAN), await page.add(SCAN)];
  const reloaded = await openStore("reload");
  expect(await reloaded.pending()).toEqual([first, second]);
  await reloaded.remove([first.seq]);
  expect(await page.pending()).toEqual([{ ...SCAN, seq: second.seq }]);
});

test("devices in one browser keep their queues apart", async () => {
  await (await openStore("north")).add(SCAN);
  expect(await (await openStore("south")).pending()).toEqual([]);
});

test("a scan that the storage refuses is still there to be sent", async () => {
  const store = await openStore("full");
  const add = IDBObjectStore.prototype.add;
  IDBObjectStore.prototype.add = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  const [inMemory, next] = [await store.add(SCAN), await store.add(SCAN)];
  IDBObjectStore.prototype.add = add;
  expect(store.safe()).toBe(false);
  expect(await store.pending()).toEqual([inMemory, next]);
  expect(new Set([inMemory.seq, next.seq, (await store.add(SCAN)).seq]).size).toBe(3);
  await store.remove([inMemory.seq, next.seq]);
  expect(store.safe()).toBe(true);
});

test("what the phone decided goes with the scan, after a reload too", async () => {
  const store = await openStore("decided");
  const scan = await store.add(SCAN);
  const verdict = { verdict: "admitted", reason: null } as const;
  expect(await store.decide(scan, verdict)).toEqual({ ...scan, device_verdict: verdict });
  expect(await (await openStore("decided")).pending()).toEqual([{ ...scan, device_verdict: verdict }]);
});

test("a decision on a scan that the server has answered meanwhile puts it back into the queue", async () => {
  const store = await openStore("late");
  const scan = await store.add(SCAN);
  await store.remove([scan.seq]);
  await store.decide(scan, { verdict: "refused", reason: "blocked" });
  expect((await store.pending()).map(({ seq }) => seq)).toEqual([scan.seq]);
});
