import type { Facts } from "./scan";

/** Texts by key, in one language. */
export type Texts = Readonly<Record<string, string>>;
/** Texts of the page by key; a missing one shows the key, so nothing is silent. */
export type Words = (key: string, values?: number | Facts) => string;

/** Names of what facts mention by id: gates, venues, events; each by language. */
export type Names = ReadonlyMap<string, Texts>;

/** Reads the texts of the page, in the language of the staff. */
export function readWords(main: HTMLElement): Words {
  const source = main.querySelector("script[data-messages]")?.textContent ?? "{}";
  return wordsOf(JSON.parse(source) as Texts);
}

/** Words over a table of texts: `{n}` is a number, any other `{name}` the fact of that name. */
export function wordsOf(texts: Texts): Words {
  return (key, values) => fill(texts[key] ?? key, typeof values === "number" ? { n: values } : (values ?? {}));
}

function fill(text: string, facts: Facts): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = facts[name];
    return value === undefined ? (name === "n" ? "" : whole) : String(value);
  });
}

/** The words of every language, for guests who read another than the staff; empty until they have come. */
export interface Languages {
  readonly of: (tag: string | null | undefined) => Texts | null;
}

/** Fetches the words of all languages; the service worker keeps them for when the server is dead. */
export async function loadLanguages(url: string): Promise<Languages> {
  const all: Record<string, Texts> = await fetch(url)
    .then((answer) => (answer.ok ? answer.json() : {}))
    .catch(() => ({}));
  const found = new Map(Object.entries(all));
  return { of: (tag) => (tag ? (found.get(tag) ?? null) : null) };
}

/**
 * A reason with its facts in words, as `explain` of `judging/reasons.py` says it: the sentence stands under the reason
 * and the names of its facts, joined by dots (`.day` where a moment is a day). A fact without a name in this phone's
 * list leaves the plain sentence.
 */
export function explain(texts: Texts, reason: string, facts: Facts, write: Writer): string {
  const told: Record<string, string> = {};
  for (const [name, value] of Object.entries(facts)) {
    const words = write(value);
    if (words === null) return texts[reason] ?? reason;
    told[name] = words;
  }
  const wholeDay = [facts.from, facts.until].some((value) => typeof value === "string" && DAY.test(value));
  const key = [reason, ...(wholeDay ? ["day"] : Object.keys(facts).sort())].join(".");
  return fill(texts[key] ?? texts[reason] ?? reason, told);
}

/** Writes one fact; null for something whose name is not known. */
export type Writer = (value: Facts[string]) => string | null;

const MOMENT = /^\d{4}-\d\d-\d\dT/;
const DAY = /^\d{4}-\d\d-\d\d$/;

/** Writes facts in a language: moments and days as people say them in the zone of the place, ids by their names. */
export function factWriter(language: string, zone: string | undefined, names: Names, now: () => number = Date.now): Writer {
  const here = zone ? { timeZone: zone } : {};
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  const date = { weekday: "short", day: "numeric", month: "short" } as const;
  const dayHere = new Intl.DateTimeFormat("en-CA", here);

  function one(value: string): string | null {
    if (DAY.test(value)) return new Intl.DateTimeFormat(language, { ...date, timeZone: "UTC" }).format(Date.parse(value));
    if (!MOMENT.test(value)) return nameOf(names.get(value), language);
    const at = Date.parse(value);
    const today = dayHere.format(at) === dayHere.format(now());
    return new Intl.DateTimeFormat(language, { ...(today ? {} : date), ...clock, ...here }).format(at);
  }

  return (value) => {
    if (typeof value === "number") return String(value);
    if (typeof value === "string") return one(value);
    const said = value.map(one);
    return said.length > 0 && !said.includes(null) ? said.join(" / ") : null;
  };
}

function nameOf(texts: Texts | undefined, language: string): string | null {
  return texts?.[language] ?? texts?.en ?? texts?.ja ?? Object.values(texts ?? {})[0] ?? null;
}
