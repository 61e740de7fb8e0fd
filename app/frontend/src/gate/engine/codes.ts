/**
 * Ticket codes, the twin of `app/ticketing/codes.py`: `"Y1:"` and base45 of fifteen bytes (big endian, fixed places)
 * with their Ed25519 signature. Always 122 characters; there is one text for a code and no other.
 */
import { concat, utf8, type Bytes } from "./bytes";
import { verifySignature, type Verify } from "./ed25519";

export const PREFIX = "Y1:";
export const LENGTH = 122;
export const PAYLOAD = 15;
export const SIGNATURE = 64;
/** Stands in front of every signed payload, so that no other signature of the same key can pass for a ticket. */
export const DOMAIN = utf8("yt1.ticket.v1\0");
export const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const VALUE = new Map(Array.from(ALPHABET, (character, value) => [character, value]));
/** The kind of a code for an entry; the others are for badge exchange, sessions and companions. */
export const ENTRY = 1;

export type CodeReason = "bad_code" | "unknown_key" | "wrong_convention" | "bad_signature";

/** What a code says. `scope` numbers the convention, `product` the ticket type, `generation` the re-issues. */
export interface Payload {
  readonly kind: number;
  readonly flags: number;
  readonly kid: number;
  readonly scope: number;
  readonly product: number;
  /** 64 random bits, unsigned. */
  readonly serial: bigint;
  readonly generation: number;
}

/** A code that is well formed; nothing in it may be believed before `verify`. */
export interface Parsed {
  readonly payload: Payload;
  /** The bytes under the signature, `DOMAIN` included. */
  readonly signed: Bytes;
  readonly signature: Bytes;
}

/** A public ticket key, 32 bytes in hexadecimal. */
export interface TicketKey {
  readonly scope: number;
  readonly kid: number;
  readonly public: string;
}

export type Reading = { readonly reason: null; readonly payload: Payload } | { readonly reason: CodeReason };

const NO_CODE: Reading = { reason: "bad_code" };

/** Takes a code apart; null for anything but the one canonical text. Nothing is trimmed or repaired. */
export function parse(text: string): Parsed | null {
  if (text.length !== LENGTH || !text.startsWith(PREFIX)) return null;
  const data = unbase45(text.slice(PREFIX.length));
  if (data?.length !== PAYLOAD + SIGNATURE) return null;
  const payload = data.slice(0, PAYLOAD);
  return { payload: unpack(payload), signed: concat(DOMAIN, payload), signature: data.slice(PAYLOAD) };
}

/**
 * Reads a code that one of `keys` signed. Reasons in the server's order: `wrong_convention` when no key of its scope is
 * known, `unknown_key` when others of them are, `bad_signature`.
 */
export async function verify(
  parsed: Parsed,
  keys: readonly TicketKey[],
  genuine: Verify = verifySignature,
): Promise<Reading> {
  const { payload, signed, signature } = parsed;
  const ofScope = keys.filter((key) => key.scope === payload.scope);
  const key = ofScope.find((candidate) => candidate.kid === payload.kid);
  if (!key) return { reason: ofScope.length > 0 ? "unknown_key" : "wrong_convention" };
  if (!(await genuine(signature, signed, key.public))) return { reason: "bad_signature" };
  return { reason: null, payload };
}

/** What a gate reads: any kind of code but that for an entry is none. */
export async function readAtGate(parsed: Parsed | null, keys: readonly TicketKey[]): Promise<Reading> {
  const reading = parsed ? await verify(parsed, keys) : NO_CODE;
  return reading.reason === null && reading.payload.kind !== ENTRY ? NO_CODE : reading;
}

/** Decodes RFC 9285; null for a strange character, a length that no bytes give, or a group that is too large. */
export function unbase45(text: string): Bytes | null {
  if (text.length % 3 === 1) return null;
  const data: number[] = [];
  for (let at = 0; at < text.length; at += 3) {
    const number = group(text.slice(at, at + 3));
    const isPair = at + 2 < text.length;
    if (number === null || number > (isPair ? 0xffff : 0xff)) return null;
    data.push(...(isPair ? [number >> 8, number & 0xff] : [number]));
  }
  return Uint8Array.from(data);
}

/** The number that two or three characters stand for, the lowest digit first. */
function group(characters: string): number | null {
  let number = 0;
  for (const character of Array.from(characters).reverse()) {
    const value = VALUE.get(character);
    if (value === undefined) return null;
    number = number * 45 + value;
  }
  return number;
}

function unpack(data: Bytes): Payload {
  const view = new DataView(data.buffer);
  const head = view.getUint8(0);
  return {
    kind: head >> 4,
    flags: head & 0b1111,
    kid: view.getUint8(1),
    scope: view.getUint16(2),
    product: view.getUint16(4),
    serial: view.getBigUint64(6),
    generation: view.getUint8(14),
  };
}
