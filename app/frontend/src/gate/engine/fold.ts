/**
 * Where a ticket is and what it has opened: the twin of `app/attendance/judging/fold.py`. The state is the same for
 * every order in which the scans of a ticket come, however often they do.
 */
import { momentOf } from "./moments";
import { asked, eventDay, type Gate, type Product } from "./rules";

export type Direction = "entry" | "exit";
/** What orders the scans of a ticket: corrected time, device, sequence number. */
export type Mark = readonly [at: string, device: string, seq: number];

/** Where a ticket is, and since when. */
export interface Inside {
  readonly event: string;
  readonly venue: string;
  readonly gate: string;
  readonly day: string;
  readonly since: string;
}

/** The first entry into an event on an event-day, and how many there were on that day. */
export interface Entered {
  readonly event: string;
  readonly day: string;
  readonly at: string;
  readonly times: number;
}

export interface State {
  readonly entered: readonly Entered[];
  readonly inside: Inside | null;
  readonly last: Mark | null;
}

/**
 * A scan as the fold reads it; `sound` unless a rule other than those of the state refused it. `forced`: the device let
 * the person in on its own verdict, so the entry counts whatever the rules say to it.
 */
export interface Seen {
  readonly at: string;
  readonly device: string;
  readonly seq: number;
  readonly direction: Direction;
  readonly gate: string;
  readonly event: string;
  readonly venue: string;
  readonly day: string;
  readonly rule: string;
  readonly sound: boolean;
  readonly forced: boolean;
  readonly entry_times: number;
  readonly reentry: boolean;
  readonly elsewhere: string;
}

export type StateReason = "already_admitted" | "already_inside_elsewhere" | "not_inside";

export const NOWHERE: State = { entered: [], inside: null, last: null };
/** Entry rules under which whoever is still inside since an earlier event-day comes in again. */
const NEW_EVERY_DAY: readonly string[] = ["daily", "after_exit"];

/** A scan as the fold reads it, by what its gate asks of the ticket type (null: the code is no ticket). */
export function seenAt(
  gate: Gate,
  product: Product | null,
  scan: Pick<Seen, "at" | "device" | "seq" | "direction"> & Partial<Pick<Seen, "sound" | "forced">>,
): Seen {
  const { at, device, seq, direction, sound = true, forced = false } = scan;
  const ask = product ? asked(gate, product) : null;
  return {
    ...{ at, device, seq, direction, gate: gate.id, event: gate.event, venue: gate.venue },
    day: eventDay(gate, momentOf(at)),
    rule: ask?.entry_rule ?? "",
    ...{ sound, forced, entry_times: ask?.entry_times ?? 1, reentry: ask?.reentry ?? true },
    elsewhere: gate.elsewhere,
  };
}

/** Folds one scan into the state of its ticket. Entering a venue leaves any other. */
export function apply(state: State, seen: Seen): State {
  const forced = seen.forced && seen.direction === "entry";
  if (!seen.sound && !forced) return state;
  const last: Mark = [seen.at, seen.device, seen.seq];
  if (!forced && refusedByState(state, seen) !== null) return { ...state, last };
  if (seen.direction === "exit") return { ...state, inside: null, last };
  const { event, venue, gate, day, at } = seen;
  return { entered: entered(state, seen), inside: { event, venue, gate, day, since: at }, last };
}

/** Counts an entry: the first of an event-day makes a line, the others count up. */
function entered(state: State, seen: Seen): readonly Entered[] {
  const line = entryOn(state, seen);
  if (!line) return [...state.entered, { event: seen.event, day: seen.day, at: seen.at, times: 1 }];
  return state.entered.map((entry) => (entry === line ? { ...entry, times: entry.times + 1 } : entry));
}

/** The state after all these scans but the undone ones (`keyOf`); one that is given twice counts once. */
export function fold(scans: Iterable<Seen>, start: State = NOWHERE, undone: ReadonlySet<string> = new Set()): State {
  const once = new Map<string, Seen>();
  for (const seen of scans) if (!undone.has(keyOf(seen.device, seen.seq))) once.set(keyOf(seen.device, seen.seq), seen);
  return [...once.values()].sort(byMark).reduce(apply, start);
}

/** By which a scan is known for ever. */
export function keyOf(device: string, seq: number): string {
  return `${device} ${seq}`;
}

function byMark(one: Seen, other: Seen): number {
  const later = momentOf(one.at) - momentOf(other.at);
  if (later !== 0) return later;
  if (one.device !== other.device) return one.device < other.device ? -1 : 1;
  return one.seq - other.seq;
}

/** Why the ticket's own earlier scans refuse this one, or null. */
export function refusedByState(state: State, seen: Seen): StateReason | null {
  const { inside } = state;
  if (seen.direction === "exit") return inside?.venue === seen.venue ? null : "not_inside";
  if (isUsedUp(state, seen)) return "already_admitted";
  const isElsewhere = inside !== null && inside.venue !== seen.venue;
  return seen.elsewhere === "refuse" && isElsewhere ? "already_inside_elsewhere" : null;
}

/** Whether the entry rule lets nobody in (again). */
function isUsedUp(state: State, seen: Seen): boolean {
  if (seen.rule === "free") return false;
  if (seen.rule === "times") return entries(state, seen.event) >= seen.entry_times;
  const { inside } = state;
  if (inside?.event === seen.event) return !isNewEveryDay(seen.rule) || inside.day >= seen.day;
  return !seen.reentry && firstEntry(state, seen) !== null;
}

export function isNewEveryDay(rule: string): boolean {
  return NEW_EVERY_DAY.includes(rule);
}

/** How often a ticket has entered an event. */
export function entries(state: State, event: string): number {
  return state.entered.filter((entry) => entry.event === event).reduce((sum, entry) => sum + entry.times, 0);
}

function entryOn(state: State, seen: Seen): Entered | null {
  return state.entered.find(({ event, day }) => event === seen.event && day === seen.day) ?? null;
}

/** The entry after which nobody comes back without re-entry: under `once` any, under `daily` of that day. */
export function firstEntry(state: State, seen: Seen): Entered | null {
  if (seen.rule === "daily") return entryOn(state, seen);
  if (seen.rule !== "once") return null;
  return state.entered.find((entry) => entry.event === seen.event) ?? null;
}
