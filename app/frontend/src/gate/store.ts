import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { Scan } from "./scan";

interface GateDatabase extends DBSchema {
  scans: { key: number; value: Scan };
  counters: { key: string; value: number };
}

export interface Store {
  /** Gives the scan the next sequence number of the device and keeps it. */
  readonly add: (scan: Omit<Scan, "seq">) => Promise<Scan>;
  /** Every scan without a receipt, oldest first. */
  readonly pending: () => Promise<readonly Scan[]>;
  readonly remove: (seqs: readonly number[]) => Promise<void>;
  /** False once a scan had to be kept in memory, because the browser's storage refused it. */
  readonly safe: () => boolean;
}

/** The highest random gap that numbers given without storage leave, so that two tabs do not give the same one. */
const GAP = 1_000_000;

/**
 * Opens the queue of one device. Numbers start above `lastSeq`, the highest that the server knows.
 *
 * Number and scan are written in one transaction, which the browser runs one after the other for all tabs, so two tabs
 * never give the same number. When the storage refuses (full, private window), scans are kept in memory and sent from
 * there.
 */
export async function openStore({ device, lastSeq }: { device: string; lastSeq: number }): Promise<Store> {
  const database = await open(device).catch(() => null);
  const memory = new Map<number, Scan>();
  let highest = lastSeq;

  async function keep(db: IDBPDatabase<GateDatabase>, scan: Omit<Scan, "seq">): Promise<Scan> {
    const transaction = db.transaction(["scans", "counters"], "readwrite", { durability: "strict" });
    const counters = transaction.objectStore("counters");
    const seq = Math.max((await counters.get("seq")) ?? 0, highest) + 1;
    const kept = { ...scan, seq };
    await Promise.all([transaction.objectStore("scans").add(kept), counters.put(seq, "seq"), transaction.done]);
    return kept;
  }

  async function add(scan: Omit<Scan, "seq">): Promise<Scan> {
    const kept = database ? await keep(database, scan).catch(() => null) : null;
    const result = kept ?? { ...scan, seq: highest + 1 + Math.floor(Math.random() * GAP) };
    if (!kept) memory.set(result.seq, result);
    highest = Math.max(highest, result.seq);
    return result;
  }

  async function remove(seqs: readonly number[]): Promise<void> {
    seqs.forEach((seq) => memory.delete(seq));
    if (!database) return;
    const transaction = database.transaction("scans", "readwrite");
    await Promise.all([...seqs.map((seq) => transaction.store.delete(seq)), transaction.done]);
  }

  return {
    add,
    remove,
    pending: async () => [...((await database?.getAll("scans").catch(() => [])) ?? []), ...memory.values()],
    safe: () => memory.size === 0,
  };
}

function open(device: string): Promise<IDBPDatabase<GateDatabase>> {
  return openDB<GateDatabase>(`machigurumi-gate:${device}`, 1, {
    upgrade(db) {
      db.createObjectStore("scans", { keyPath: "seq" });
      db.createObjectStore("counters");
    },
  });
}
