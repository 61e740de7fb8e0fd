import { wireSheet, type Sheet } from "./dialogs";
import { element } from "./panel";
import type { Direction } from "./scan";
import type { Words } from "./words";

/** A guest as the server finds him by name. */
export interface Found {
  readonly ticket: string;
  readonly name: string;
  readonly reading: string;
  readonly ticket_type: string;
  readonly state: string;
  readonly party: number;
  readonly inside: boolean;
  readonly entered_at: string | null;
  readonly residence_known: boolean;
  readonly language: string;
}

/** Letters typed within this time are one question. */
const QUIET_MS = 180;
const WITHIN_MS = 6_000;

/**
 * The search for a guest without a code: one character is enough. Whoever is let in by hand goes through the queue like
 * any scan; the name of the operator and the reason go with it.
 */
export function wireGuests({
  main,
  url,
  proof,
  words,
  direction,
  onManual,
}: {
  main: HTMLElement;
  url: string;
  proof: Readonly<Record<string, string>>;
  words: Words;
  direction: () => Direction;
  onManual: (guest: Found, why: string) => void;
}): void {
  const sheet = wireSheet(main, "search", () => input?.focus());
  const part = <T extends HTMLElement>(selector: string): T | null => sheet?.element.querySelector<T>(selector) ?? null;
  const input = part<HTMLInputElement>("#guest-search");
  const state = part("[data-search-state]");
  const list = part("[data-guests]");
  const form = part<HTMLFormElement>("[data-manual]");
  if (!sheet || !input || !list || !form) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked: AbortController | null = null;
  let chosen: Found | null = null;

  function say(text: string): void {
    if (state) state.textContent = text;
  }

  async function search(typed: string): Promise<void> {
    asked?.abort();
    const mine = new AbortController();
    asked = mine;
    const limit = setTimeout(() => mine.abort(new DOMException("no answer", "TimeoutError")), WITHIN_MS);
    say(words("searching"));
    try {
      const query = new URLSearchParams({ q: typed, limit: "20" });
      const answer = await fetch(`${url}?${query}`, { headers: { Accept: "application/json", ...proof }, signal: mine.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      show((await answer.json()) as { guests: Found[]; more: boolean });
    } catch (error) {
      if ((error as Error).name === "AbortError") return; // another letter was typed
      list?.replaceChildren();
      say(words("search_off_line"));
    } finally {
      clearTimeout(limit);
    }
  }

  function show({ guests, more }: { guests: readonly Found[]; more: boolean }): void {
    list?.replaceChildren(...guests.map((guest) => row(guest)));
    say(guests.length === 0 ? words("found_none") : more ? words("found_more") : "");
  }

  function row(guest: Found): HTMLElement {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    const name = element("span", "guests__name", guest.name, guest.language);
    const about = element("span", "guests__facts", factsOf(guest, words).join(" · "));
    button.append(...[name, about].filter((one) => one !== null));
    if (guest.inside) button.append(element("span", "tag tag--success", words("guest_inside")) ?? "");
    else if (guest.state !== "valid") button.append(element("span", "tag tag--error", words(`state_${guest.state}`)) ?? "");
    button.addEventListener("click", () => choose(guest));
    item.append(button);
    return item;
  }

  function choose(guest: Found | null): void {
    chosen = guest;
    const [results, one] = [part("[data-search-list]"), part("[data-guest]")];
    if (results) results.hidden = guest !== null;
    if (one) one.hidden = guest === null;
    if (!guest) return;
    const [name, facts, badge] = [part("[data-guest-name]"), part("[data-guest-facts]"), part<HTMLAnchorElement>("[data-badge]")];
    if (name) [name.textContent, name.lang] = [guest.name, guest.language];
    if (facts) facts.textContent = [...factsOf(guest, words), ...(guest.residence_known ? [] : [words("residence_ask")])].join(" · ");
    if (badge) badge.href = `${url}/${guest.ticket}/badge`;
    const submit = part("[data-manual-submit]");
    if (submit) submit.textContent = words(direction() === "entry" ? "let_in" : "let_out");
    name?.focus();
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    const typed = input.value.trim();
    if (typed) timer = setTimeout(() => void search(typed), QUIET_MS);
    else {
      list.replaceChildren();
      say("");
    }
  });
  wireReasons(form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!chosen) return;
    onManual(chosen, whyOf(form));
    sheet.close();
  });
  part("[data-back-to-list]")?.addEventListener("click", () => {
    choose(null);
    input.focus();
  });
  sheet.element.addEventListener("close", () => {
    forget(input, list, form, sheet);
    choose(null);
    say("");
  });
}

/** Names do not stay on the screen when the sheet is closed; the operator's own stays for the shift. */
function forget(input: HTMLInputElement, list: HTMLElement, form: HTMLFormElement, sheet: Sheet): void {
  input.value = "";
  list.replaceChildren();
  form.querySelectorAll<HTMLInputElement>("input[type=radio]").forEach((radio) => (radio.checked = false));
  const other = form.querySelector<HTMLInputElement>("input[name=other]");
  if (other) other.value = "";
  askOther(form, false);
  sheet.element.querySelector("[data-guest-name]")?.replaceChildren();
}

function wireReasons(form: HTMLFormElement): void {
  const radio = form.querySelector<HTMLInputElement>("[data-other]");
  for (const one of form.querySelectorAll("input[name=why]")) {
    one.addEventListener("change", () => askOther(form, radio?.checked === true));
  }
}

/** Asks for a reason in the operator's own words, or no longer. */
function askOther(form: HTMLFormElement, asks: boolean): void {
  const [field, other] = [form.querySelector<HTMLElement>("[data-other-field]"), form.querySelector<HTMLInputElement>("input[name=other]")];
  if (field) field.hidden = !asks;
  if (other) other.required = asks;
  if (asks) other?.focus();
}

function whyOf(form: HTMLFormElement): string {
  const data = new FormData(form);
  const text = (name: string): string => String(data.get(name) ?? "").trim();
  return `${text("operator")}: ${text("why") || text("other")}`;
}

function factsOf(guest: Found, words: Words): string[] {
  const party = guest.party > 1 ? words("guest_party", guest.party) : "";
  return [guest.reading, guest.ticket_type, party].filter(Boolean);
}
