import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from "idb";
import { concat, hex, sha256, type Bytes } from "./bytes";
import { keyOf, Moves, type Move } from "./moves";
import { changedBy, PackRefused, readHead, readPack, succeed, type Head, type Pack, type SignedPack } from "./pack";

/** A whole pack, as it came or with the changes since put in. */
interface Base {
  readonly head: Bytes;
  readonly records: Bytes;
  readonly others: Bytes;
  /** SHA-256 of the three, so that damage of the storage is found. */
  readonly digest: string;
}

interface PacksDatabase extends DBSchema {
  bases: { key: string; value: Base };
  /** Changes as they were signed, by gate and number in the order of coming. */
  changes: { key: [string, number]; value: Bytes };
  /** The number of the pack that base and changes make together, by gate. */
  numbers: { key: string; value: number };
  moves: { key: string; value: Move };
  undone: { key: string; value: true };
  cursors: { key: string; value: string };
}

/** Changes are kept one by one, so that a few bytes do not rewrite megabytes; this many are put in at once. */
const MOST_CHANGES = 100;

export interface Packs {
  /** The pack kept for a gate, or null. */
  readonly read: (gate: string) => Promise<Pack | null>;
  /**
   * Proves a file, puts it upon `current` and keeps it. Throws `PackRefused`; a storage that refuses is no error, the
   * pack then lives until the page is closed.
   */
  readonly take: (gate: string, current: Pack | null, file: Bytes) => Promise<Pack>;
  /** Forgets a gate's pack, so that the next one is asked for whole. */
  readonly forget: (gate: string) => Promise<void>;
  /** Everything known of who went in and out, and the cursor up to which the gate has heard of it. */
  readonly readMoves: (gate: string) => Promise<{ moves: Moves; cursor: string | null }>;
  /** Keeps moves, and with them the cursor that came with them. */
  readonly keepMoves: (moves: readonly Move[], heard?: { gate: string; cursor: string }) => Promise<void>;
  readonly keepUndone: (device: string, seq: number) => Promise<void>;
  readonly close: () => void;
}

/** Opens what a phone keeps of its packs. Without a storage (private window, disk full) nothing outlives the page. */
export async function openPacks(name = "machigurumi-packs"): Promise<Packs> {
  const database = await open(name).catch(() => null);
  return {
    read: async (gate) => (database ? read(database, gate).catch(() => null) : null),
    take: async (gate, current, file) => {
      const signed = await readPack(file, current?.head.pack_keys ?? null);
      const kept = await database?.get("numbers", gate).catch(() => undefined);
      if (signed.head.number < (kept ?? 0)) throw new PackRefused("older_pack");
      const pack = succeed(current, signed);
      if (database) await keep(database, gate, signed, pack, file).catch(() => undefined);
      return pack;
    },
    forget: async (gate) => {
      if (database) await forget(database, gate).catch(() => undefined);
    },
    readMoves: async (gate) =>
      (database ? await readMoves(database, gate).catch(() => null) : null) ?? { moves: new Moves(), cursor: null },
    keepMoves: async (moves, heard) => {
      if (database) await keepMoves(database, moves, heard).catch(() => undefined);
    },
    keepUndone: async (device, seq) => {
      await database?.put("undone", true, `${device} ${seq}`).catch(() => undefined);
    },
    close: () => database?.close(),
  };
}

type Database = IDBPDatabase<PacksDatabase>;
const OF_A_PACK = ["bases", "changes", "numbers"] as const;

/** Base, changes and number are read in one transaction: another tab may be writing the next. */
async function read(database: Database, gate: string): Promise<Pack | null> {
  const transaction = database.transaction(OF_A_PACK);
  const [base, changes, number] = await Promise.all([
    transaction.objectStore("bases").get(gate),
    transaction.objectStore("changes").getAll(changesOf(gate)),
    transaction.objectStore("numbers").get(gate),
  ]);
  if (!base || (await digestOf(base)) !== base.digest) return null;
  const { records, others, head: headBytes } = base;
  const first: Pack = { head: readHead(headBytes), headBytes, records, others };
  const pack = changedBy(first, await provedInTurn(first.head, changes));
  return pack.head.number === number ? pack : null;
}

/** Each is proved by the keys of the one before, as it was when it came. */
async function provedInTurn(head: Head, files: readonly Bytes[]): Promise<SignedPack[]> {
  const proved: SignedPack[] = [];
  for (const file of files) proved.push(await readPack(file, (proved.at(-1)?.head ?? head).pack_keys));
  return proved;
}

/**
 * Writes pack and number in one transaction, so that a crash leaves the old of both or the new of both. What another
 * tab has brought further meanwhile stays.
 */
async function keep(database: Database, gate: string, signed: SignedPack, pack: Pack, file: Bytes): Promise<void> {
  const { since, number } = signed.head;
  const { kept, last, count } = await held(database, gate);
  const fits = since !== null && since === kept;
  if (kept !== undefined && !fits && since !== null && number <= kept) return;
  const base = fits && count < MOST_CHANGES ? null : await baseOf(pack);
  const transaction = database.transaction(OF_A_PACK, "readwrite", { durability: "strict" });
  const numbers = transaction.objectStore("numbers");
  const write = async (): Promise<unknown> => {
    if ((await numbers.get(gate)) !== kept) return null;
    const written = base ? putBase(transaction, gate, base) : [addChange(transaction, gate, last + 1, file)];
    return together([...written, () => numbers.put(number, gate)]);
  };
  await Promise.all([write().catch(abort(transaction)), transaction.done]);
}

type Writing = IDBPTransaction<PacksDatabase, [...typeof OF_A_PACK], "readwrite">;
type Write = () => Promise<unknown>;

function putBase(transaction: Writing, gate: string, base: Base): Write[] {
  return [
    () => transaction.objectStore("bases").put(base, gate),
    () => transaction.objectStore("changes").delete(changesOf(gate)),
  ];
}

function addChange(transaction: Writing, gate: string, order: number, file: Bytes): Write {
  return () => transaction.objectStore("changes").add(file, [gate, order]);
}

/** A write that fails at once, before there is a request, fails like the others. */
function together(writes: readonly Write[]): Promise<unknown> {
  return Promise.all(writes.map(async (write) => write()));
}

/** What failed takes back what was written beside it. */
function abort(transaction: Writing): (error: unknown) => never {
  return (error) => {
    transaction.abort();
    throw error;
  };
}

/** The number that is kept, and how many changes stand behind the base, the last of them under `last`. */
async function held(
  database: Database,
  gate: string,
): Promise<{ kept: number | undefined; last: number; count: number }> {
  const transaction = database.transaction(["changes", "numbers"]);
  const [kept, changes] = await Promise.all([
    transaction.objectStore("numbers").get(gate),
    transaction.objectStore("changes").getAllKeys(changesOf(gate)),
  ]);
  return { kept, last: changes.at(-1)?.[1] ?? 0, count: changes.length };
}

async function forget(database: Database, gate: string): Promise<void> {
  const transaction = database.transaction(OF_A_PACK, "readwrite");
  await Promise.all([
    transaction.objectStore("bases").delete(gate),
    transaction.objectStore("changes").delete(changesOf(gate)),
    transaction.objectStore("numbers").delete(gate),
    transaction.done,
  ]);
}

function changesOf(gate: string): IDBKeyRange {
  return IDBKeyRange.bound([gate, 0], [gate, Infinity]);
}

/** The parts of a pack may be views of its file; only what they show is kept. */
async function baseOf({ headBytes, records, others }: Pack): Promise<Base> {
  const parts = { head: headBytes.slice(), records: records.slice(), others: others.slice() };
  return { ...parts, digest: await digestOf(parts) };
}

async function digestOf({ head, records, others }: Omit<Base, "digest">): Promise<string> {
  const parts = await Promise.all([sha256(head), whole(records), whole(others)]);
  return hex(await sha256(concat(...parts)));
}

/** A digest without a copy of megabytes. */
async function whole(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

async function readMoves(database: Database, gate: string): Promise<{ moves: Moves; cursor: string | null }> {
  const transaction = database.transaction(["moves", "undone", "cursors"]);
  const [moves, undone, cursor] = await Promise.all([
    transaction.objectStore("moves").getAll(),
    transaction.objectStore("undone").getAllKeys(),
    transaction.objectStore("cursors").get(gate),
  ]);
  return { moves: new Moves(moves, undone), cursor: cursor ?? null };
}

/** What was taken back is noted apart, so that it stays so when another tab writes what it heard before. */
async function keepMoves(
  database: Database,
  moves: readonly Move[],
  heard: { gate: string; cursor: string } | undefined,
): Promise<void> {
  const transaction = database.transaction(["moves", "undone", "cursors"], "readwrite");
  const undone = moves.filter((move) => move.undone);
  await Promise.all([
    ...moves.map((move) => transaction.objectStore("moves").put(move, keyOf(move))),
    ...undone.map((move) => transaction.objectStore("undone").put(true, keyOf(move))),
    heard && transaction.objectStore("cursors").put(heard.cursor, heard.gate),
    transaction.done,
  ]);
}

async function open(name: string): Promise<Database> {
  return openDB<PacksDatabase>(name, 1, {
    upgrade(database) {
      for (const store of ["bases", "changes", "numbers", "moves", "undone", "cursors"] as const) {
        database.createObjectStore(store);
      }
    },
  });
}
