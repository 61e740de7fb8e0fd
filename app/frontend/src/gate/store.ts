import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { DeviceVerdict, Scan } from "./scan";

interface GateDatabase extends DBSchema {
  scans: { key: number; value: Scan };
  counters: { key: string; value: number };
}

export interface Store {
  /** Gives the scan the next sequence number of this browser and keeps it. */
  readonly add: (scan: Omit<Scan, "seq">) => Promise<Scan>;
  /** Writes down what the phone itself decided, so that it goes with the next upload of this scan, after a crash too. */
  readonly decide: (scan: Scan, verdict: DeviceVerdict) => Promise<Scan>;
  /** Every scan without a receipt, oldest first. */
  readonly pending: () => Promise<readonly Scan[]>;
  readonly remove: (seqs: readonly number[]) => Promise<void>;
  /** False once a scan had to be kept in memory, because the browser's storage refused it. */
  readonly safe: () => boolean;
}

/**
 * Opens the queue of one device. Several browsers may be signed in under it, so each counts on from a random number of
 * its own, which its storage remembers; what others have sent does not matter to it.
 *
 * Number and scan are written in one transaction, which the browser runs one after the other for all tabs, so two tabs
 * never give the same number. When the storage refuses (full, private window), scans are kept in memory, numbered on
 * from a random number of this page, and sent from there.
 */
export async function openStore(device: string): Promise<Store> {
  const database = await open(device).catch(() => null);
  const memory = new Map<number, Scan>();
  let lastInMemory = randomStart();

  async function keep(db: IDBPDatabase<GateDatabase>, scan: Omit<Scan, "seq">): Promise<Scan> {
    const transaction = db.transaction(["scans", "counters"], "readwrite", { durability: "strict" });
    const counters = transaction.objectStore("counters");
    const seq = ((await counters.get("last")) ?? randomStart()) + 1;
    const kept = { ...scan, seq };
    await Promise.all([transaction.objectStore("scans").add(kept), counters.put(seq, "last"), transaction.done]);
    return kept;
  }

  async function add(scan: Omit<Scan, "seq">): Promise<Scan> {
    const kept = database ? await keep(database, scan).catch(() => null) : null;
    if (kept) return kept;
    lastInMemory += 1;
    const inMemory = { ...scan, seq: lastInMemory };
    memory.set(inMemory.seq, inMemory);
    return inMemory;
  }

  async function decide(scan: Scan, verdict: DeviceVerdict): Promise<Scan> {
    const decided = { ...scan, device_verdict: verdict };
    if (memory.has(scan.seq)) memory.set(scan.seq, decided);
    else await database?.put("scans", decided).catch(() => memory.set(scan.seq, decided));
    return decided;
  }

  async function remove(seqs: readonly number[]): Promise<void> {
    seqs.forEach((seq) => memory.delete(seq));
    if (!database) return;
    const transaction = database.transaction("scans", "readwrite");
    await Promise.all([...seqs.map((seq) => transaction.store.delete(seq)), transaction.done]);
  }

  /** What is in memory stands for what the storage may still hold of the same scan: it is the newer one. */
  async function pending(): Promise<readonly Scan[]> {
    const stored = (await database?.getAll("scans").catch(() => [])) ?? [];
    return [...stored.filter((scan) => !memory.has(scan.seq)), ...memory.values()];
  }

  return { add, decide, remove, pending, safe: () => memory.size === 0 };
}

/**
 * A number below 2^52: the server takes numbers below 2^53, so there is always room to count on. Two browsers that scan
 * 10,000 codes each meet with a chance of 1 in 200,000 million.
 */
function randomStart(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return (high >>> 12) * 2 ** 32 + low;
}

function open(device: string): Promise<IDBPDatabase<GateDatabase>> {
  return openDB<GateDatabase>(`machigurumi-gate:${device}`, 1, {
    upgrade(db) {
      db.createObjectStore("scans", { keyPath: "seq" });
      db.createObjectStore("counters");
    },
  });
}
