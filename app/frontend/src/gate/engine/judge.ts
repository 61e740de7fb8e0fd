/** The phone's own verdict on a code, from its pack and what it knows of who went in and out, without a network. */
import { hex } from "./bytes";
import { parse, readAtGate, type Parsed } from "./codes";
import { specimen } from "./specimen";
import { openDetails, type Details } from "./details";
import { fold, seenAt, type Direction, type Seen, type State } from "./fold";
import { momentOf } from "./moments";
import { keyOf, type Move, type Moves } from "./moves";
import { find, partyOf, TAG, tagOf, type DatedKey, type Door, type Head, type Listed, type Pack, type Words } from "./pack";
import { eventDay, type Gate, type Product } from "./rules";
import { judge, type Facts, type Holder, type Shown } from "./verdict";

/** What a phone knows at the moment of a scan. */
export interface Situation {
  readonly pack: Pack;
  readonly moves: Moves;
  readonly direction: Direction;
  /** Corrected time of the scan, RFC 3339, and the scan's own name. */
  readonly at: string;
  readonly device: string;
  readonly seq: number;
  /** Whether the correction can be believed. */
  readonly clockTrusted: boolean;
  /** When the server last said that the pack is the newest; null: not since it was made. */
  readonly confirmedAt: string | null;
  /** People in the gate's venue as the server last told, and when; null: as the pack says. */
  readonly venue: { readonly inside: number; readonly capacity: number | null; readonly at: string } | null;
}

export interface Judged {
  readonly verdict: "admitted" | "refused";
  readonly reason: string | null;
  readonly facts: Facts;
  readonly warnings: readonly ("stale_pack" | "clock_untrusted")[];
  /** By which the ticket is known here, in hexadecimal; null when the text is no code. */
  readonly tag: string | null;
  /** A genuine code that this phone's list does not hold; the newest tickets may not have reached it yet. */
  readonly unlisted: boolean;
  /** Whose ticket it is; null where the code proves nobody. */
  readonly ticket: {
    readonly name: string;
    readonly language: string | null;
    readonly title: Words;
    /** Tickets of the same registration that open this event, and how many of them are inside the gate's venue. */
    readonly party: number;
    readonly inside: number;
  } | null;
}

const STALE_AFTER = 15 * 60 * 1_000_000;
/** Refusals that name nobody: the code proves no holder, or the guest is none of this convention's. */
const NAMELESS: readonly string[] = [
  "bad_code",
  "bad_signature",
  "unknown_key",
  "wrong_convention",
  "revoked",
  "superseded",
];

/** Judges a text that was read at a gate. Nothing is kept: what was shown is remembered by `moveOf` and `Moves.add`. */
export async function judgeCode(text: string, situation: Situation): Promise<Judged> {
  const warnings = warningsOf(situation);
  const parsed = parse(text);
  if (!parsed) return { ...refused("bad_code"), warnings, tag: null, unlisted: false, ticket: null };
  const { pack } = situation;
  const ours = parsed.payload.scope === pack.head.convention.number;
  const tag = await tagOf(parsed.payload.serial);
  const listed = ours ? find(pack, tag) : null;
  const details = listed ? await openDetails(listed, text) : null;
  const shown = await shownBy(parsed, situation, details);
  const [known, product] = [hex(tag), listed ? productOf(pack.head, listed) : null];
  const verdict = verdictOn(shown, listed, product, known, situation);
  const unlisted = shown.reason === null && ours && !listed;
  const isNamed = listed && product && !NAMELESS.includes(verdict.reason ?? "");
  const ticket = isNamed ? ticketOf(listed, product, details, known, verdict, situation) : null;
  return { ...verdict, warnings, tag: known, unlisted, ticket };
}

/**
 * Goes once through all that a guest's code goes through, so that the first guest does not wait while the browser
 * prepares keys and ciphers.
 */
export async function warmUp(situation: Situation): Promise<void> {
  const { pack } = situation;
  await Promise.all(pack.head.keys.map((key) => judgeCode(specimen(key), situation)));
  const any = find(pack, pack.records.slice(0, TAG));
  if (any) await openDetails(any, "");
}

/** What is to be remembered of a scan that was shown as admitted; null for any other. */
export function moveOf({ tag, verdict }: Pick<Judged, "tag" | "verdict">, situation: Situation): Move | null {
  if (tag === null || verdict !== "admitted") return null;
  const { direction, at, device, seq, pack } = situation;
  return { tag, direction, at, gate: pack.head.gate.id, device, seq };
}

function refused(reason: string, facts: Facts = {}): Pick<Judged, "verdict" | "reason" | "facts"> {
  return { verdict: "refused", reason, facts };
}

function warningsOf({ at, pack, confirmedAt, clockTrusted }: Situation): Judged["warnings"] {
  const fresh = Math.max(momentOf(pack.head.made_at), confirmedAt === null ? 0 : momentOf(confirmedAt));
  const isStale = momentOf(at) - fresh > STALE_AFTER;
  return [...(isStale ? (["stale_pack"] as const) : []), ...(clockTrusted ? [] : (["clock_untrusted"] as const))];
}

/**
 * What the code proves. A key that leaked proves nothing any more, but what it signed before it did stays good: there
 * the sealed details, which only the ticket's own code opens, prove the code.
 */
async function shownBy(parsed: Parsed, { pack, at }: Situation, details: Details | null): Promise<Shown> {
  const { keys } = pack.head;
  const trusted = keys.filter((key) => !isDistrusted(key, at));
  const isAsked = (key: DatedKey): boolean => key.scope === parsed.payload.scope && key.kid === parsed.payload.kid;
  const isLeaked = keys.some(isAsked) && !trusted.some(isAsked);
  const reading = await readAtGate(parsed, isLeaked ? keys : trusted);
  const reason = isLeaked && reading.reason === null && !details?.proved ? "unknown_key" : reading.reason;
  const { scope, generation } = parsed.payload;
  return reason === null ? { scope, generation, reason } : { scope: 0, generation: 0, reason };
}

function isDistrusted({ distrust_after }: DatedKey, at: string): boolean {
  return typeof distrust_after === "string" && momentOf(distrust_after) <= momentOf(at);
}

function productOf(head: Head, { product }: Listed): Product | null {
  return head.products.find((candidate) => candidate.number === product) ?? null;
}

function verdictOn(
  shown: Shown,
  listed: Listed | null,
  product: Product | null,
  tag: string,
  situation: Situation,
): Pick<Judged, "verdict" | "reason" | "facts"> {
  const { pack, moves } = situation;
  if (shown.reason === null && listed && !product) return refused("not_entitled");
  const seen = seenAt(pack.head.gate, product, situation);
  const holder = listed && product ? holderOf(listed, product, tag) : null;
  const { state, latest } = statesOf(seensOf(tag, moves, pack.head), seen);
  const gate = gateNow(situation);
  const full = gate.capacity !== null && gate.inside >= gate.capacity;
  const { verdict, reason, facts } = judge({ shown, holder, gate, seen, state, full, latest });
  const isUnlisted = shown.reason === null && !listed && reason === "revoked";
  return isUnlisted ? refused("revoked", { listed: pack.head.made_at }) : { verdict, reason, facts };
}

/** The pack tells only whether a residence is known, never which. */
function holderOf({ generation, status, residenceKnown }: Listed, product: Product, tag: string): Holder {
  return { id: tag, generation, status, residence: residenceKnown ? "known" : null, product };
}

/** The moves of a ticket as the fold reads them; those at doors that the pack does not know cannot be placed. */
function seensOf(tag: string, moves: Moves, head: Head): Seen[] {
  return moves.of(tag).flatMap((move) => {
    const door = head.gates.find((candidate) => candidate.id === move.gate);
    return door ? [seenOf(move, door, head.convention.zone)] : [];
  });
}

/** Somebody who was let in is in: the rules of that door do not matter any more. What was heard goes by its own key. */
function seenOf(move: Move, door: Door, zone: string): Seen {
  const { at, seq, direction } = move;
  const device = move.device || keyOf(move);
  return {
    ...{ at, device, seq, direction, gate: door.id, event: door.event, venue: door.venue },
    day: eventDay({ zone, opens_at: door.opens_at, closes_at: door.closes_at }, momentOf(at)),
    ...{ rule: "", sound: true, forced: direction === "entry", entry_times: 1, reentry: true, elsewhere: "leave" },
  };
}

/** The state at the moment of a scan, and the one that later scans have made of it, null when there are none. */
function statesOf(history: readonly Seen[], seen: Seen): { state: State; latest: State | null } {
  const at = momentOf(seen.at);
  const before = history.filter((other) => momentOf(other.at) <= at);
  return { state: fold(before), latest: before.length < history.length ? fold(history) : null };
}

/** The gate with the newest count of its venue: what the server told, and what went through this phone since. */
function gateNow({ pack, moves, venue, device }: Situation): Gate {
  const { gate, gates } = pack.head;
  const told = venue ?? { inside: gate.inside, capacity: gate.capacity, at: pack.head.made_at };
  if (told.capacity === null) return { ...gate, capacity: null };
  const doors = new Set(gates.filter((door) => door.venue === gate.venue).map((door) => door.id));
  const inside = told.inside + moves.balance(device, doors, momentOf(told.at));
  return { ...gate, capacity: told.capacity, inside };
}

function ticketOf(
  listed: Listed,
  product: Product,
  details: Details | null,
  tag: string,
  { verdict }: Pick<Judged, "verdict">,
  situation: Situation,
): Judged["ticket"] {
  const { pack, moves, direction } = situation;
  const party = partyOf(pack, listed.party);
  const isInside = (member: string): boolean => isIn(fold(seensOf(member, moves, pack.head)), pack.head.gate);
  const others = party.filter((member) => member !== tag && isInside(member)).length;
  const self = verdict === "admitted" ? direction === "entry" : isInside(tag);
  const [name, language] = [details?.name ?? "", details?.language ?? null];
  return { name, language, title: product.title, party: party.length, inside: others + (self ? 1 : 0) };
}

function isIn({ inside }: State, { venue }: Gate): boolean {
  return inside?.venue === venue;
}
