/**
 * Gate packs: everything a phone needs to judge tickets alone. Bytes, never objects: a pack of 100,000 tickets stays as
 * small in memory as it came, and nothing in it is readable until a guest shows the code that opens the details.
 *
 * `b"YP1\0" | signature 64 | u32 length of the head | head (JSON) | body`, big endian. The body holds `records` of 64
 * bytes (tickets that open this gate's event), `others` of 16 (the convention's other tickets) and `gone` of 8 (tags
 * that are there no more), each part sorted by tag. A pack with a `since` holds what has changed since that number.
 */
import { concat, hex, sha256, utf8, type Bytes } from "./bytes";
import { verifySignature, type Verify } from "./ed25519";
import { firstFrom, merged, without, type Rows } from "./sorted";
import type { Gate, Product } from "./rules";

const MAGIC = "YP1\0";
const SIGNATURE_AT = 4;
const LENGTH_AT = 68;
const HEAD_AT = 72;
const DOMAIN = utf8("yt1.pack.v1\0");
const FORMAT = 1;
export const RECORD = 64;
export const OTHER = 16;
export const TAG = 8;

/** Text by language. */
export type Words = Readonly<Record<string, string>>;

export interface PackKey {
  readonly kid: number;
  /** 32 bytes in hexadecimal. */
  readonly public: string;
}

/** A public ticket key; moments in RFC 3339. `distrust_after`: from then on its signature alone opens nothing. */
export interface DatedKey extends PackKey {
  readonly scope: number;
  readonly not_before?: string | null;
  readonly not_after?: string | null;
  readonly distrust_after?: string | null;
}

/** A door of the convention. Its hours place the scans of other phones into event-days; null: open all day. */
export interface Door {
  readonly id: string;
  readonly name: Words;
  readonly venue: string;
  readonly event: string;
  readonly opens_at: string | null;
  readonly closes_at: string | null;
}

export interface Head {
  readonly format: number;
  readonly number: number;
  /** The number that this pack changes, null for a whole one. */
  readonly since: number | null;
  readonly made_at: string;
  readonly kid: number;
  readonly pack_keys: readonly PackKey[];
  readonly keys: readonly DatedKey[];
  readonly convention: {
    readonly number: number;
    readonly slug: string;
    readonly zone: string;
    readonly first_day: string;
    readonly last_day: string;
  };
  readonly gate: Gate;
  readonly gates: readonly Door[];
  readonly venues: readonly { readonly id: string; readonly name: Words }[];
  readonly events: readonly { readonly id: string; readonly title: Words }[];
  readonly products: readonly Product[];
  readonly records: number;
  readonly others: number;
  readonly gone: number;
  /** Of the body, in hexadecimal. */
  readonly sha256: string;
}

/** A pack as the server signed it. The parts are views of the file, sorted by tag. */
export interface SignedPack {
  readonly head: Head;
  readonly headBytes: Bytes;
  readonly records: Bytes;
  readonly others: Bytes;
  readonly gone: Bytes;
}

/** What a phone works with: the newest head, and all tickets. */
export type Pack = Omit<SignedPack, "gone">;

export type PackFault =
  | "bad_pack"
  | "unknown_pack_key"
  | "bad_pack_signature"
  | "damaged_pack"
  | "other_gate"
  | "older_pack"
  | "other_base";

/** A pack that must not be used; the one before stays in use. */
export class PackRefused extends Error {
  constructor(readonly fault: PackFault) {
    super(`The gate pack is refused: ${fault}.`);
  }
}

/**
 * Reads a file and proves that one of the `trusted` keys signed it. With null, for the first pack of a phone, which has
 * come from the server that enrolled it, the keys that it announces itself are trusted from then on.
 */
export async function readPack(
  file: Bytes,
  trusted: readonly PackKey[] | null,
  genuine: Verify = verifySignature,
): Promise<SignedPack> {
  const pack = takeApart(file);
  const key = (trusted ?? pack.head.pack_keys).find((candidate) => candidate.kid === pack.head.kid);
  if (!key) throw new PackRefused("unknown_pack_key");
  const signature = file.slice(SIGNATURE_AT, LENGTH_AT);
  if (!(await genuine(signature, concat(DOMAIN, pack.headBytes), key.public))) {
    throw new PackRefused("bad_pack_signature");
  }
  const body = file.subarray(HEAD_AT + pack.headBytes.length);
  if (hex(new Uint8Array(await crypto.subtle.digest("SHA-256", body))) !== pack.head.sha256) {
    throw new PackRefused("damaged_pack");
  }
  return pack;
}

/** Reads the JSON of a head; nothing in it may be believed before its signature. */
export function readHead(bytes: Uint8Array): Head {
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as Head;
}

function takeApart(file: Bytes): SignedPack {
  if (file.length < HEAD_AT || new TextDecoder().decode(file.subarray(0, SIGNATURE_AT)) !== MAGIC) {
    throw new PackRefused("bad_pack");
  }
  const bodyAt = HEAD_AT + new DataView(file.buffer, file.byteOffset).getUint32(LENGTH_AT);
  const headBytes = file.slice(HEAD_AT, bodyAt);
  const head = headOf(headBytes);
  const [othersAt, goneAt, end] = endsOf(head, bodyAt);
  if (head.format !== FORMAT || end !== file.length) throw new PackRefused("bad_pack");
  return {
    head,
    headBytes,
    records: file.subarray(bodyAt, othersAt),
    others: file.subarray(othersAt, goneAt),
    gone: file.subarray(goneAt, end),
  };
}

function headOf(bytes: Bytes): Head {
  try {
    const head = readHead(bytes);
    if (Array.isArray(head.pack_keys)) return head;
  } catch {
    // Not JSON, or not an object.
  }
  throw new PackRefused("bad_pack");
}

/** Where the records, the others and the gone end in the file. */
function endsOf(head: Head, bodyAt: number): [number, number, number] {
  const othersAt = bodyAt + head.records * RECORD;
  const goneAt = othersAt + head.others * OTHER;
  return [othersAt, goneAt, goneAt + head.gone * TAG];
}

/**
 * The pack that stands after `next` has come. Refused: one for another gate, one with a lower number or an earlier
 * making (so that no old pack is played back), and a change of another number than ours.
 */
export function succeed(current: Pack | null, next: SignedPack): Pack {
  if (current && next.head.since !== null) return changedBy(current, [next]);
  if (next.head.since !== null) throw new PackRefused("other_base");
  if (current) refuse(current.head, next.head);
  const { head, headBytes, records, others } = next;
  return { head, headBytes, records, others };
}

/** The pack after some changes in their order. They are put together first: each alone would copy all tickets. */
export function changedBy(pack: Pack, changes: readonly SignedPack[]): Pack {
  let { head } = pack;
  for (const change of changes) {
    refuse(head, change.head);
    if (change.head.since !== head.number) throw new PackRefused("other_base");
    ({ head } = change);
  }
  const [first, ...others] = changes;
  return first ? applied(pack, others.reduce(composed, first)) : pack;
}

function refuse(current: Head, next: Head): void {
  if (next.gate.id !== current.gate.id) throw new PackRefused("other_gate");
  const isEarlier = next.number === current.number && Date.parse(next.made_at) < Date.parse(current.made_at);
  if (next.number < current.number || isEarlier) throw new PackRefused("older_pack");
}

/** A ticket stands in one part only: whoever appears in one leaves the other. */
function applied({ records, others }: Pack, change: SignedPack): Pack {
  const [nextRecords, nextOthers, gone] = partsOf(change);
  return {
    head: change.head,
    headBytes: change.headBytes,
    records: merged(without(without({ width: RECORD, bytes: records }, gone), nextOthers), nextRecords).bytes,
    others: merged(without(without({ width: OTHER, bytes: others }, gone), nextRecords), nextOthers).bytes,
  };
}

/** Two changes as one. */
function composed(one: SignedPack, next: SignedPack): SignedPack {
  const [records, others, gone] = partsOf(next);
  const left = merged(without(without({ width: TAG, bytes: one.gone }, records), others), gone);
  return { ...applied(one, next), gone: left.bytes };
}

function partsOf({ records, others, gone }: SignedPack): [Rows, Rows, Rows] {
  return [
    { width: RECORD, bytes: records },
    { width: OTHER, bytes: others },
    { width: TAG, bytes: gone },
  ];
}

/** A ticket as a pack lists it. */
export interface Listed {
  readonly tag: Bytes;
  readonly generation: number;
  readonly status: "valid" | "canceled" | "blocked" | "unpaid" | "unapproved" | "revoked";
  readonly residenceKnown: boolean;
  /** Number of the ticket type within the convention. */
  readonly product: number;
  /** Tickets of one registration share it. */
  readonly party: number;
  /** 46 sealed bytes and the number of their sealing; null for a ticket that does not open this gate's event. */
  readonly details: { readonly seal: number; readonly sealed: Bytes } | null;
}

const STATUSES = ["valid", "canceled", "blocked", "unpaid", "unapproved", "revoked"] as const;
const STATUS_BITS = 0b111;
const RESIDENCE_BIT = 0b1000;

/** Where a ticket stands: the first eight bytes of a digest of its serial. */
export async function tagOf(serial: bigint): Promise<Bytes> {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, serial);
  return (await sha256(utf8("yt1.tag.v1\0"), bytes)).slice(0, TAG);
}

/** Finds a ticket by its tag, or null. */
export function find(pack: Pack, tag: Bytes): Listed | null {
  return at(pack.records, RECORD, tag) ?? at(pack.others, OTHER, tag);
}

function at(bytes: Bytes, width: number, tag: Bytes): Listed | null {
  const start = firstFrom({ width, bytes }, tag) * width;
  const row = bytes.subarray(start, start + width);
  return row.length === width && tag.every((byte, i) => row[i] === byte) ? listed(row) : null;
}

function listed(row: Bytes): Listed {
  const view = new DataView(row.buffer, row.byteOffset, row.length);
  const flags = view.getUint8(9);
  return {
    tag: row.slice(0, TAG),
    generation: view.getUint8(8),
    status: STATUSES[flags & STATUS_BITS] ?? "blocked",
    residenceKnown: (flags & RESIDENCE_BIT) !== 0,
    product: view.getUint16(10),
    party: view.getUint32(12),
    details: row.length === RECORD ? { seal: view.getUint16(16), sealed: row.slice(18) } : null,
  };
}

/** The tags, in hexadecimal, of all tickets of a party that open this gate's event. */
export function partyOf(pack: Pack, party: number): string[] {
  const { records } = pack;
  const view = new DataView(records.buffer, records.byteOffset, records.length);
  const tags: string[] = [];
  for (let start = 0; start < records.length; start += RECORD) {
    if (view.getUint32(start + 12) === party) tags.push(hex(records.subarray(start, start + TAG)));
  }
  return tags;
}
