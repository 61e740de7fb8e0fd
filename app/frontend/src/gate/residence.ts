import { wireSheet } from "./dialogs";
import { element } from "./panel";
import { why } from "./walkin";
import { wordsOf, type Languages, type Words } from "./words";

const WITHIN_MS = 10_000;
const MOST_FOUND = 12;

export interface Asking {
  /** Asks the guest of a ticket, in the language `tongue`; `again` is called when the answer is written down. */
  readonly ask: (guest: { ticket: string; tongue: string | null }, again: () => void) => void;
  readonly close: () => void;
}

/**
 * Asks a guest on the spot where he lives, when his ticket does not say: a button for each of the most frequent
 * countries, and a search for all others, in the guest's language; the staff's stands below where it is another.
 */
export function wireResidence({
  main,
  url,
  proof,
  words,
  language,
  languages,
}: {
  main: HTMLElement;
  /** Of the guests of this gate; the ticket and `/residence` come behind it. */
  url: string;
  proof: Readonly<Record<string, string>>;
  words: Words;
  language: string;
  languages: Languages;
}): Asking | null {
  const sheet = wireSheet(main, "residence");
  const part = <T extends HTMLElement>(selector: string): T | null => sheet?.element.querySelector<T>(selector) ?? null;
  const [input, buttons, list] = [part<HTMLInputElement>("#country-search"), part("[data-frequent]"), part("[data-found]")];
  if (!sheet || !input || !buttons || !list) return null;
  const codes = Array.from(main.querySelectorAll<HTMLOptionElement>("#walk-residence option"), ({ value }) => value);
  const all = codes.filter(Boolean);
  const frequent = (buttons.dataset.frequent ?? "").split(" ").filter(Boolean);
  let tongue = language;
  let asked: { ticket: string; again: () => void } | null = null;

  function ask({ ticket, tongue: theirs }: { ticket: string; tongue: string | null }, again: () => void): void {
    asked = { ticket, again };
    tongue = theirs ?? language;
    speak();
    find("");
    if (input) input.value = "";
    problem("");
    sheet?.open();
  }

  /** The guest reads along: the question and the names are in his language. */
  function speak(): void {
    const texts = tongue === language ? null : languages.of(tongue);
    const theirs = texts ? wordsOf(texts) : words;
    const lang = texts ? tongue : language;
    for (const [selector, key] of [["h2", "where_live"], ["[data-country-label]", "other_country"]] as const) {
      const place = part(selector);
      if (place) [place.textContent, place.lang] = [theirs(key), lang];
    }
    buttons?.replaceChildren(...frequent.map((code) => button(code)));
  }

  function button(code: string): HTMLElement {
    const made = document.createElement("button");
    made.type = "button";
    made.value = code;
    const [theirs, ours] = [nameOf(code, tongue), nameOf(code, language)];
    const parts = [element("span", "", theirs, tongue), theirs === ours ? null : element("span", "countries__staff", ours, language)];
    made.append(...parts.filter((one) => one !== null));
    made.addEventListener("click", () => void say(code));
    return made;
  }

  function find(typed: string): void {
    const found = typed.trim() === "" ? [] : matching(typed, all, [tongue, language, "en"]);
    list?.replaceChildren(...found.slice(0, MOST_FOUND).map((code) => button(code)));
    problem(typed.trim() !== "" && found.length === 0 ? words("country_none") : "");
  }

  async function say(code: string): Promise<void> {
    if (!asked) return;
    const { ticket, again } = asked;
    enable(false);
    const answer = await fetch(`${url}/${ticket}/residence`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", ...proof },
      body: JSON.stringify({ residence: code }),
      signal: AbortSignal.timeout(WITHIN_MS),
    }).catch(() => null);
    enable(true);
    if (asked?.ticket !== ticket) return; // closed, or another guest is asked meanwhile
    if (!answer) return problem(words("residence_off_line"));
    if (!answer.ok) return problem(await why(answer));
    sheet?.close();
    again();
  }

  function enable(able: boolean): void {
    for (const one of sheet?.element.querySelectorAll<HTMLButtonElement>("button[value]") ?? []) one.disabled = !able;
  }

  function problem(text: string): void {
    const place = part("[data-residence-problem]");
    if (!place) return;
    place.textContent = text;
    place.hidden = text === "";
  }

  input.addEventListener("input", () => find(input.value));
  sheet.element.addEventListener("close", () => (asked = null));
  return { ask, close: sheet.close };
}

/** The name of a country or region in a language. */
export function nameOf(code: string, tag: string): string {
  return namesIn(tag).of(code) ?? code;
}

const known = new Map<string, Intl.DisplayNames>();

function namesIn(tag: string): Intl.DisplayNames {
  const found = known.get(tag) ?? new Intl.DisplayNames([tag], { type: "region" });
  known.set(tag, found);
  return found;
}

/**
 * The codes whose name in one of these languages has what was typed, or that are it; names that begin with it first,
 * and otherwise in the order of the first language. Capitals, accents and widths of letters do not matter.
 */
export function matching(typed: string, codes: readonly string[], tags: readonly string[]): string[] {
  const sought = plain(typed);
  const order = new Intl.Collator(tags[0]);
  const rank = (code: string): number => {
    const names = tags.map((tag) => plain(nameOf(code, tag)));
    if (plain(code) === sought || names.some((name) => name.startsWith(sought))) return 0;
    return names.some((name) => name.includes(sought)) ? 1 : 2;
  };
  return codes
    .map((code) => ({ code, rank: rank(code), name: nameOf(code, tags[0] ?? "en") }))
    .filter((one) => one.rank < 2)
    .sort((one, other) => one.rank - other.rank || order.compare(one.name, other.name))
    .map((one) => one.code);
}

function plain(text: string): string {
  const bare = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();
  return bare.replace(/[\u3041-\u3096]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) + 0x60));
}
