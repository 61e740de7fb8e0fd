/** What doors and ticket types ask, and when: the twin of `app/attendance/judging/rules.py`, check by check. */
import { clockOf, dayAfter, fromTheWall, onTheWall, WHOLE_DAY } from "./moments";

/** From when until when a door is open by the clock on the wall; null: no limit on that side. */
export type Hours = readonly [string | null, string | null];

/** What a gate asks of a ticket type (`product` null: of every type); null leaves what the next one says. */
export interface GateRule {
  readonly product: string | null;
  readonly admits: boolean;
  readonly entry_rule: string | null;
  readonly entry_times: number | null;
  readonly reentry: boolean | null;
  readonly opens_at: string | null;
  readonly closes_at: string | null;
  readonly days: readonly string[];
}

/** A door: its event and venue, whose they are, and the hours in the convention's zone (null: always open). */
export interface Gate {
  readonly id: string;
  readonly event: string;
  readonly venue: string;
  readonly organiser: string;
  readonly convention: number;
  readonly zone: string;
  readonly scope: string;
  readonly opens_at: string | null;
  readonly closes_at: string | null;
  readonly capacity: number | null;
  readonly inside: number;
  /** `leave` or `refuse`: what an entry means for somebody who is inside another venue. */
  readonly elsewhere: string;
  readonly rules: readonly GateRule[];
}

/** An event that a product opens, with the venue where it is held. */
export interface Covered {
  readonly event: string;
  readonly organiser: string;
  readonly venue: string | null;
}

/** A ticket type. `days` are those on which it is valid, none of them for all of `first_day` to `last_day`. */
export interface Product {
  readonly id: string;
  readonly convention: number;
  readonly role: string;
  readonly mode: string;
  /** once | daily | times | after_exit | free */
  readonly entry_rule: string;
  readonly first_day: string;
  readonly last_day: string;
  readonly title: Readonly<Record<string, string>>;
  readonly days: readonly string[];
  readonly covers: readonly Covered[];
  readonly number: number;
  readonly entry_times: number;
  readonly reentry: boolean;
}

/** How often a gate lets a ticket type in, and within which hours and days beside its own and the type's. */
export interface Asked {
  readonly entry_rule: string;
  readonly entry_times: number;
  readonly reentry: boolean;
  readonly admits: boolean;
  readonly hours: Hours;
  readonly days: readonly string[];
}

/** What of a gate places a moment into an event-day. */
export type Times = Pick<Gate, "zone" | "opens_at" | "closes_at">;

/** What this gate asks of this ticket type: the rule for the type before the one for all types before its own. */
export function asked(gate: Gate, product: Product): Asked {
  const own = gate.rules.filter((rule) => rule.product === product.id);
  const rules = [...own, ...gate.rules.filter((rule) => rule.product === null)];
  return {
    entry_rule: nearest(rules, "entry_rule") ?? product.entry_rule,
    entry_times: nearest(rules, "entry_times") ?? product.entry_times,
    reentry: nearest(rules, "reentry") ?? product.reentry,
    admits: rules[0]?.admits ?? true,
    hours: [nearest(rules, "opens_at"), nearest(rules, "closes_at")],
    days: rules.find((rule) => rule.days.length > 0)?.days ?? [],
  };
}

function nearest<Field extends keyof GateRule>(rules: readonly GateRule[], field: Field): GateRule[Field] | null {
  return rules.find((rule) => rule[field] !== null)?.[field] ?? null;
}

/** The event-day to which a moment at this gate belongs; the small hours of a late door belong to the day before. */
export function eventDay(gate: Times, at: number): string {
  const { day, clock } = onTheWall(gate.zone, at);
  return clock < newDay(gate) ? dayAfter(day, -1) : day;
}

/**
 * Why these hours let nobody in at a moment, and from or until when they do; null: they do. Hours that end before they
 * begin leave out the time between: then it is too early for the second part.
 */
export function outside(gate: Times, [opens, closes]: Hours, at: number): ["not_yet_valid" | "expired", number] | null {
  if (opens === null && closes === null) return null;
  const now = sinceNewDay(gate, onTheWall(gate.zone, at).clock);
  const begin = opens === null ? 0 : sinceNewDay(gate, clockOf(opens));
  const end = closes === null ? WHOLE_DAY : sinceNewDay(gate, clockOf(closes)) || WHOLE_DAY;
  const isEarly = end < begin ? end <= now && now < begin : now < begin;
  const momentAt = (since: number): number => fromTheWall(gate.zone, eventDay(gate, at), newDay(gate) + since);
  if (isEarly) return ["not_yet_valid", momentAt(begin)];
  return now >= end && end >= begin ? ["expired", momentAt(end)] : null;
}

/** When the event-day begins on the clock: at midnight, or when the gate closes after midnight. */
function newDay({ opens_at, closes_at }: Times): number {
  if (opens_at === null || closes_at === null) return 0;
  const closes = clockOf(closes_at);
  return closes < clockOf(opens_at) ? closes : 0;
}

/** How far the clock is from the beginning of the event-day. */
function sinceNewDay(gate: Times, clock: number): number {
  return (clock - newDay(gate) + WHOLE_DAY) % WHOLE_DAY;
}
