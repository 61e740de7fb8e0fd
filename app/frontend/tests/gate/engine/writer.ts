/** Writes what the server writes: codes, tickets and packs, by the description of their formats alone. */
import { concat, hex, sha256, utf8, type Bytes } from "../../../src/gate/engine/bytes";
import { DOMAIN, PREFIX, type Payload } from "../../../src/gate/engine/codes";
import { tagOf, type DatedKey, type Head, type PackKey } from "../../../src/gate/engine/pack";
import type { Gate, Product } from "../../../src/gate/engine/rules";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const LANGUAGES = ["ja", "en", "zh-Hans", "ko", "de", "th"];
/** In front of the 32 bytes of a private key (RFC 8410). */
const PKCS8 = "302e020100300506032b657004220420";
const NO_RULES = { opens_at: null, closes_at: null, capacity: null, inside: 0, elsewhere: "leave", rules: [] };

/** The published example of a ticket code: private seed 32 x 7. */
export const VECTOR = {
  seed: "07".repeat(32),
  public: "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c",
  payload: "100107ea000c0123456789abcdef00",
  text:
    "Y1:212101C00L60$Y88IHO1QR20YF5EN4FXC.0D4+J10Q:0MTYCASK84DMHN$MHO6EACM8XL/2C%HRT8MU3W:+IV4J.-OVJ1VYM6YE6EN " +
    "6DJ9K6.SZVB.MO80",
};

export interface Signer {
  readonly public: string;
  readonly sign: (message: Bytes) => Promise<Bytes>;
}

/** The key pair of a private seed of 32 bytes in hexadecimal. */
export async function signer(seed: string): Promise<Signer> {
  const pkcs8 = Buffer.from(PKCS8 + seed, "hex");
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  const { x = "" } = await crypto.subtle.exportKey("jwk", key);
  return {
    public: Buffer.from(x, "base64url").toString("hex"),
    sign: async (message) => new Uint8Array(await crypto.subtle.sign("Ed25519", key, message)),
  };
}

export function base45(data: Uint8Array): string {
  let text = "";
  for (let i = 0; i < data.length; i += 2) {
    const isPair = i + 1 < data.length;
    let number = isPair ? (data[i] ?? 0) * 256 + (data[i + 1] ?? 0) : (data[i] ?? 0);
    for (let digit = 0; digit < (isPair ? 3 : 2); digit++) {
      text += ALPHABET[number % 45];
      number = Math.floor(number / 45);
    }
  }
  return text;
}

export function payloadBytes(payload: Payload): Bytes {
  const view = new DataView(new ArrayBuffer(15));
  view.setUint8(0, (payload.kind << 4) | payload.flags);
  view.setUint8(1, payload.kid);
  view.setUint16(2, payload.scope);
  view.setUint16(4, payload.product);
  view.setBigUint64(6, payload.serial);
  view.setUint8(14, payload.generation);
  return new Uint8Array(view.buffer);
}

export async function codeOf(payload: Payload, by: Signer, domain: Bytes = DOMAIN): Promise<string> {
  const bytes = payloadBytes(payload);
  return PREFIX + base45(concat(bytes, await by.sign(concat(domain, bytes))));
}

export const ENTRY = { kind: 1, flags: 0, kid: 1, scope: 2026, product: 12, generation: 0 } as const;

export interface Ticket {
  readonly serial: bigint;
  readonly code: string;
  readonly name?: string;
  readonly language?: string;
  readonly generation?: number;
  readonly status?: number;
  readonly residenceKnown?: boolean;
  readonly product?: number;
  readonly party?: number;
  readonly seal?: number;
}

/** The sixteen open bytes of a ticket. */
async function openPart(ticket: Ticket): Promise<Bytes> {
  const { generation = 0, status = 0, residenceKnown = true, product = 12, party = 1 } = ticket;
  const view = new DataView(new ArrayBuffer(8));
  view.setUint8(0, generation);
  view.setUint8(1, status | (residenceKnown ? 8 : 0));
  view.setUint16(2, product);
  view.setUint32(4, party);
  return concat(await tagOf(ticket.serial), new Uint8Array(view.buffer));
}

export async function recordOf(ticket: Ticket): Promise<Bytes> {
  const open = await openPart(ticket);
  const secret = await sha256(utf8(ticket.code));
  const seal = Uint8Array.of((ticket.seal ?? 1) >> 8, (ticket.seal ?? 1) & 0xff);
  const plain = new Uint8Array(46);
  plain[0] = (await sha256(utf8("yt1.check.v1\0"), secret))[0] ?? 0;
  plain[1] = LANGUAGES.includes(ticket.language ?? "ja") ? LANGUAGES.indexOf(ticket.language ?? "ja") : 255;
  plain.set(utf8(ticket.name ?? "林"), 2);
  const raw = await sha256(utf8("yt1.seal.v1\0"), secret);
  const counter = (await sha256(open.subarray(0, 8), Uint8Array.of(ticket.generation ?? 0), seal)).slice(0, 16);
  const key = await crypto.subtle.importKey("raw", raw, "AES-CTR", false, ["encrypt"]);
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-CTR", counter, length: 128 }, key, plain));
  return concat(open, seal, sealed);
}

export const EVENT = "00000000-0000-4000-8000-000000000001";
export const ELSEWHERE = "00000000-0000-4000-8000-000000000002";
export const VENUE = "00000000-0000-4000-8000-000000000011";
export const OTHER_VENUE = "00000000-0000-4000-8000-000000000012";
export const ORGANISER = "00000000-0000-4000-8000-000000000021";
export const GATE: Gate = {
  id: "00000000-0000-4000-8000-000000000031",
  ...{ event: EVENT, venue: VENUE, organiser: ORGANISER, convention: 2026, zone: "Asia/Tokyo", scope: "core" },
  ...NO_RULES,
};
export const SOUTH = "00000000-0000-4000-8000-000000000032";
const ALWAYS = { opens_at: null, closes_at: null };
/** Open over midnight: what is before four o'clock belongs to the day before. */
const LATE = { opens_at: "05:00:00", closes_at: "04:00:00" };
export const FAR = "00000000-0000-4000-8000-000000000033";
const VALID = { convention: 2026, role: "visitor", mode: "on_site", first_day: "2026-11-21", last_day: "2026-11-24" };
const OPENS = { title: { en: "Pass", ja: "パス" }, days: [], entry_times: 1, reentry: true };
const HERE = [{ event: EVENT, organiser: ORGANISER, venue: VENUE }];
const THERE = [{ event: ELSEWHERE, organiser: ORGANISER, venue: OTHER_VENUE }];
export const PRODUCTS: readonly Product[] = [
  { id: "00000000-0000-4000-8000-000000000041", ...VALID, ...OPENS, number: 12, entry_rule: "daily", covers: HERE },
  { id: "00000000-0000-4000-8000-000000000042", ...VALID, ...OPENS, number: 13, entry_rule: "daily", covers: THERE },
];

export interface Writing {
  readonly number?: number;
  readonly since?: number | null;
  readonly made_at?: string;
  readonly kid?: number;
  readonly pack_keys?: readonly PackKey[];
  readonly keys?: readonly DatedKey[];
  readonly gate?: Gate;
  readonly products?: readonly Product[];
  readonly records?: readonly Bytes[];
  readonly others?: readonly Bytes[];
  readonly gone?: readonly Bytes[];
}

/** A whole pack or a change, signed; rows may be given in any order. */
export async function packFile(by: Signer, written: Writing): Promise<Bytes> {
  const parts = [written.records ?? [], written.others ?? [], written.gone ?? []].map(sorted);
  const body = concat(...parts.flat());
  const [records = 0, others = 0, gone = 0] = parts.map((part) => part.length);
  const head: Head = {
    ...{ format: 1, number: written.number ?? 1000, since: written.since ?? null, kid: written.kid ?? 0 },
    made_at: written.made_at ?? "2026-11-21T01:00:00Z",
    pack_keys: written.pack_keys ?? [{ kid: 0, public: by.public }],
    keys: written.keys ?? [{ scope: 2026, kid: 1, public: VECTOR.public }],
    convention: { number: 2026, slug: "y", zone: "Asia/Tokyo", first_day: "2026-11-21", last_day: "2026-11-24" },
    gate: written.gate ?? GATE,
    gates: [
      { id: GATE.id, name: { en: "North" }, venue: VENUE, event: EVENT, ...ALWAYS },
      { id: SOUTH, name: { en: "South" }, venue: VENUE, event: EVENT, ...LATE },
      { id: FAR, name: { en: "Far" }, venue: OTHER_VENUE, event: ELSEWHERE, ...ALWAYS },
    ],
    ...{ venues: [], events: [], products: written.products ?? PRODUCTS, records, others, gone },
    sha256: hex(await sha256(body)),
  };
  const bytes = utf8(JSON.stringify(head));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return concat(utf8("YP1\0"), await by.sign(concat(utf8("yt1.pack.v1\0"), bytes)), length, bytes, body);
}

function sorted(rows: readonly Bytes[]): Bytes[] {
  return [...rows].sort((one, other) => Buffer.compare(one.subarray(0, 8), other.subarray(0, 8)));
}

export async function otherOf(ticket: Ticket): Promise<Bytes> {
  return openPart({ product: 13, ...ticket });
}

/** Numbers from 0 up to 2^32 that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
