/**
 * Verdicts: may this code pass this gate in this direction at this moment? The twin of
 * `app/attendance/judging/verdict.py`: the same checks in the same order, so the first that fails is the same reason.
 */
import { entries, firstEntry, isNewEveryDay, refusedByState, type Inside, type Seen, type State } from "./fold";
import { momentOf, momentText } from "./moments";
import { asked, outside, type Gate, type Product } from "./rules";

/** Ids as text, moments as RFC 3339 in UTC to the second, days as ISO dates. */
export type Facts = Readonly<Record<string, string | number | readonly string[]>>;
/** A reason, and what its words need. */
type Failure = readonly [reason: string, facts: Facts];

/** What is known of a ticket when its code is shown. */
export interface Holder {
  readonly id: string;
  readonly generation: number;
  readonly status: string;
  readonly residence: string | null;
  readonly product: Product;
}

/** What reading the code gave: the convention and generation it proves, or the reason why it proves nothing. */
export interface Shown {
  readonly scope: number;
  readonly generation: number;
  readonly reason: string | null;
}

export interface Verdict {
  readonly verdict: "admitted" | "refused";
  readonly reason: string | null;
  readonly warnings: readonly string[];
  readonly facts: Facts;
}

/**
 * Everything a verdict depends on; `full` when the gate's venue holds as many people as it may. `latest` is the state
 * that later scans have made, when this one comes after them. `holder` is null for a code that stands in no book.
 */
export interface Case {
  readonly shown: Shown;
  readonly holder: Holder | null;
  readonly gate: Gate;
  readonly seen: Seen;
  readonly state: State;
  readonly full: boolean;
  readonly latest: State | null;
}

/** The reason for each state of a ticket that opens nothing; whatever else there may be is blocked. */
const STATUSES: Readonly<Record<string, string>> = {
  canceled: "canceled",
  blocked: "blocked",
  unpaid: "unpaid",
  unapproved: "unapproved",
  waiting: "unapproved",
  offered: "unapproved",
};

/** The verdict on one scan; the first check that fails gives the reason. */
export function judge(scan: Case): Verdict {
  const failure = firstFailure(scan);
  if (!failure) return { verdict: "admitted", reason: null, warnings: [], facts: {} };
  return { verdict: "refused", reason: failure[0], warnings: [], facts: failure[1] };
}

function firstFailure(scan: Case): Failure | null {
  const { shown, holder, gate, seen } = scan;
  if (shown.reason !== null) return [shown.reason, {}];
  if (holder === null) return [shown.scope === gate.convention ? "revoked" : "wrong_convention", {}];
  for (const check of seen.direction === "entry" ? ENTRY : EXIT) {
    const failure = check(scan, holder);
    if (failure) return failure;
  }
  return null;
}

function ofGeneration({ shown }: Case, holder: Holder): Failure | null {
  if (holder.status === "revoked" || shown.generation > holder.generation) return ["revoked", {}];
  return shown.generation < holder.generation ? ["superseded", {}] : null;
}

function ofConvention({ gate }: Case, { product }: Holder): Failure | null {
  return product.convention === gate.convention ? null : ["wrong_convention", {}];
}

/** What is wrong with the place; `not_entitled` later covers the rest. */
function ofPlace({ gate }: Case, { product: { covers } }: Holder): Failure | null {
  if (covers.length === 0 || covers.some((covered) => covered.event === gate.event)) return null;
  const theirs = covers.filter((covered) => covered.organiser === gate.organiser);
  if (theirs.length === 0) return ["wrong_organiser", { events: covers.map((covered) => covered.event).sort() }];
  if (theirs.some((covered) => covered.venue === gate.venue)) return null;
  const venues = new Set(theirs.flatMap((covered) => (covered.venue === null ? [] : [covered.venue])));
  return ["wrong_venue", { venues: [...venues].sort() }];
}

/** Outside the days of the ticket type, then outside those that the gate asks of it. */
function ofDay({ gate, seen }: Case, { product }: Holder): Failure | null {
  const isEvery = product.days.length === 0;
  const own = offDay(isEvery ? [product.first_day, product.last_day] : product.days, seen.day, isEvery);
  if (own) return own;
  const { days } = asked(gate, product);
  return days.length > 0 ? offDay(days, seen.day, false) : null;
}

/** What is wrong with a day; with `isEvery`, all days between the first and the last are good. */
function offDay(days: readonly string[], day: string, isEvery: boolean): Failure | null {
  const sorted = [...days].sort();
  const [first = day, last = day] = [sorted[0], sorted.at(-1)];
  if (day < first) return ["not_yet_valid", { from: first }];
  if (day > last) return ["expired", { until: last }];
  return isEvery || days.includes(day) ? null : ["wrong_day", { days: sorted }];
}

/** Outside the gate's hours, then outside those that it asks of the ticket type. */
function ofHour({ gate, seen }: Case, { product }: Holder): Failure | null {
  const at = momentOf(seen.at);
  const found = outside(gate, [gate.opens_at, gate.closes_at], at) ?? outside(gate, asked(gate, product).hours, at);
  if (!found) return null;
  return [found[0], { [found[0] === "not_yet_valid" ? "from" : "until"]: momentText(found[1]) }];
}

function ofStatus(_scan: Case, { status }: Holder): Failure | null {
  return status === "valid" ? null : [STATUSES[status] ?? "blocked", {}];
}

function ofEntitlement({ gate }: Case, { product }: Holder): Failure | null {
  const isCovered = product.covers.some((covered) => covered.event === gate.event) && product.mode !== "online";
  return isCovered && asked(gate, product).admits ? null : ["not_entitled", {}];
}

function ofResidence(_scan: Case, { residence }: Holder): Failure | null {
  return residence ? null : ["residence_missing", {}];
}

function ofState(scan: Case): Failure | null {
  const reason = refusedByState(scan.state, scan.seen);
  return reason ? [reason, whereabouts(scan.state, scan.seen, reason)] : givenSince(scan);
}

/** What later scans have used already: the place inside, the last entry, the one way in. */
function givenSince({ seen, latest }: Case): Failure | null {
  if (latest === null || seen.direction === "exit" || seen.rule === "free") return null;
  const reason = "already_admitted";
  return isGone(latest, seen) ? [reason, whereabouts(latest, seen, reason)] : null;
}

function isGone(latest: State, seen: Seen): boolean {
  const { inside } = latest;
  if (seen.rule === "times") return entries(latest, seen.event) >= seen.entry_times;
  if (inside?.event === seen.event && stays(inside, seen)) return true;
  return !seen.reentry && firstEntry(latest, seen) !== null;
}

/** Whether a place taken later would be lost to somebody who had come in at the moment of this scan. */
function stays(inside: Inside, seen: Seen): boolean {
  return !isNewEveryDay(seen.rule) || inside.day === seen.day;
}

/** Where and since when a ticket is inside, or how it used its entries. */
function whereabouts(state: State, seen: Seen, reason: string): Facts {
  const { inside } = state;
  if (reason === "not_inside") return {};
  if (reason === "already_inside_elsewhere" && inside) return { venue: inside.venue, since: told(inside.since) };
  if (seen.rule === "times") return { times: seen.entry_times };
  if (inside?.event === seen.event) return { since: told(inside.since), gate: inside.gate };
  const first = firstEntry(state, seen);
  return first ? { since: told(first.at) } : {};
}

function told(at: string): string {
  return momentText(momentOf(at));
}

function ofRoom({ gate, state, full }: Case): Failure | null {
  if (!full || state.inside?.venue === gate.venue) return null;
  return ["venue_full", gate.capacity === null ? {} : { capacity: gate.capacity }];
}

type Check = (scan: Case, holder: Holder) => Failure | null;
const ENTRY: readonly Check[] = [
  ofGeneration,
  ofConvention,
  ofPlace,
  ofDay,
  ofHour,
  ofStatus,
  ofEntitlement,
  ofState,
  ofResidence,
  ofRoom,
];
const EXIT: readonly Check[] = [ofGeneration, ofConvention, ofState];
