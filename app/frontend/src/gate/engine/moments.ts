/**
 * Moments, days and clocks of any IANA zone. A moment is a number of microseconds since 1970 in UTC, as fine as the
 * server's; a day is an ISO date; a clock is the text `HH:MM[:SS[.ffffff]]`, on the wall of a zone.
 */
const SECOND = 1_000_000;
export const WHOLE_DAY = 86_400 * SECOND;
const FORMATS = new Map<string, Intl.DateTimeFormat>();

/** The moment of an RFC 3339 text. */
export function momentOf(text: string): number {
  const [, digits = ""] = /\.(\d+)/.exec(text) ?? [];
  const whole = Date.parse(text.replace(/\.\d+/, ""));
  return whole * 1000 + Number(digits.padEnd(6, "0").slice(0, 6));
}

/** A moment as facts tell it: in UTC, to the second. */
export function momentText(moment: number): string {
  return `${new Date(Math.floor(moment / SECOND) * 1000).toISOString().slice(0, 19)}Z`;
}

/** How far a clock is from midnight, in microseconds. */
export function clockOf(text: string): number {
  const [hours = "0", minutes = "0", seconds = "0"] = text.split(":");
  return (Number(hours) * 60 + Number(minutes)) * 60 * SECOND + Math.round(Number(seconds) * SECOND);
}

/** Day and clock on the wall of a zone at a moment. */
export function onTheWall(zone: string, moment: number): { day: string; clock: number } {
  const wall = moment + offsetAt(zone, moment);
  const days = Math.floor(wall / WHOLE_DAY);
  return { day: dayText(days), clock: wall - days * WHOLE_DAY };
}

/**
 * The moment of a day and a span since its midnight, by the clock on the wall. Of an hour that comes twice the first
 * is meant; an hour that is left out is told by the offset before the change.
 */
export function fromTheWall(zone: string, day: string, sinceMidnight: number): number {
  const wall = (Date.parse(`${day}T00:00:00Z`) / 1000) * SECOND + sinceMidnight;
  const [before, after] = [offsetAt(zone, wall - WHOLE_DAY), offsetAt(zone, wall + WHOLE_DAY)];
  const stands = (offset: number): boolean => offsetAt(zone, wall - offset) === offset;
  return wall - (!stands(before) && stands(after) ? after : before);
}

/** The day so many days later. */
export function dayAfter(day: string, days: number): string {
  return dayText(Date.parse(`${day}T00:00:00Z`) / 86_400_000 + days);
}

function dayText(days: number): string {
  return new Date(days * 86_400_000).toISOString().slice(0, 10);
}

/** Local minus universal time, in microseconds. */
function offsetAt(zone: string, moment: number): number {
  const second = Math.floor(moment / SECOND) * 1000;
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(second)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second: s = 0 } = parts;
  return (Date.UTC(year, month - 1, day, hour, minute, s) - second) * 1000;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const kept = FORMATS.get(zone);
  if (kept) return kept;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  FORMATS.set(zone, format);
  return format;
}
