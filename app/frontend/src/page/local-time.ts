/** Minutes east of Greenwich that an RFC 3339 text states, or null when it states no offset of a place (`Z` is none). */
export function statedOffset(datetime: string): number | null {
  const match = /([+-])(\d{2}):?(\d{2})$/.exec(datetime.includes("T") ? datetime : "");
  if (!match) return null;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === "-" ? -minutes : minutes;
}

/** Minutes east of Greenwich of a zone (default: the reader's) at that moment, summer time included. */
export function offsetOf(moment: Date, timeZone?: string): number {
  const parts = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" }).formatToParts(moment);
  const name = parts.find((part) => part.type === "timeZoneName")?.value ?? "GMT";
  return statedOffset(`T${name.replace("GMT", "")}`) ?? 0;
}

/**
 * The reader's own time for a `datetime` attribute, or null when it reads the same as the place's time.
 *
 * The date is written when asked for and whenever it is another day there than at the place.
 */
export function readersTime({
  datetime,
  language,
  withDate,
  timeZone,
}: {
  datetime: string;
  language: string;
  withDate: boolean;
  timeZone?: string;
}): string | null {
  const place = statedOffset(datetime);
  const moment = new Date(datetime);
  if (place === null || Number.isNaN(moment.getTime())) return null;
  const reader = offsetOf(moment, timeZone);
  if (reader === place) return null;
  const date = withDate || dayAt(moment, place) !== dayAt(moment, reader);
  return new Intl.DateTimeFormat(language, {
    timeZone,
    ...(date ? { weekday: "short", month: "short", day: "numeric" } : {}),
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZoneName: "short",
  }).format(moment);
}

function dayAt(moment: Date, offset: number): number {
  return Math.floor((moment.getTime() / 60_000 + offset) / 1440);
}
