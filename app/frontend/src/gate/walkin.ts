import { wireSheet } from "./dialogs";
import type { Words } from "./words";

interface Answer {
  readonly ticket: string;
  readonly code: string;
  readonly page_url: string;
  readonly badge_url: string;
}

const WITHIN_MS = 15_000;

/**
 * Registers a guest at the door and lets him in with the code that he gets. The form has a number of its own, so that a
 * lost answer makes no second registration: it is a new one only after it was answered.
 */
export function wireWalkIn({
  main,
  url,
  proof,
  words,
  onCode,
}: {
  main: HTMLElement;
  url: string;
  proof: Readonly<Record<string, string>>;
  words: Words;
  onCode: (code: string) => void;
}): void {
  const sheet = wireSheet(main, "walk-in", () => form?.querySelector<HTMLInputElement>("input")?.focus());
  const part = <T extends HTMLElement>(selector: string): T | null => sheet?.element.querySelector<T>(selector) ?? null;
  const form = part<HTMLFormElement>("[data-walk-in]");
  const done = part("[data-walk-in-done]");
  if (!sheet || !form || !done) return;
  let number = crypto.randomUUID();

  async function register(): Promise<void> {
    const typed = [...new FormData(form ?? undefined)].map(([name, value]) => [name, String(value).trim()] as const);
    const body = { ...Object.fromEntries(typed.filter(([, value]) => value !== "")), form: number };
    const answer = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", ...proof },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(WITHIN_MS),
    }).catch(() => null);
    if (!answer) return problem(words("walk_in_off_line"));
    if (!answer.ok) return problem(await why(answer));
    number = crypto.randomUUID();
    show((await answer.json()) as Answer, Object.fromEntries(typed).name ?? "");
  }

  function show(made: Answer, name: string): void {
    problem("");
    if (form) form.hidden = true;
    if (done) done.hidden = false;
    const [who, badge, ticket] = ["[data-walk-in-name]", "[data-walk-in-badge]", "[data-walk-in-ticket]"].map((one) => part(one));
    if (who) who.textContent = name;
    badge?.setAttribute("href", made.badge_url);
    ticket?.setAttribute("href", made.page_url);
    who?.focus();
    onCode(made.code);
  }

  function problem(text: string): void {
    const place = part("[data-walk-in-problem]");
    if (!place) return;
    place.textContent = text;
    place.hidden = text === "";
  }

  function next(): void {
    if (form) form.hidden = false;
    if (done) done.hidden = true;
    for (const name of ["name", "email", "reading"]) {
      const field = form?.elements.namedItem(name);
      if (field instanceof HTMLInputElement) field.value = "";
    }
    part("[data-walk-in-name]")?.replaceChildren();
    problem("");
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
    if (!button || button.disabled) return;
    button.disabled = true;
    void register().finally(() => (button.disabled = false));
  });
  part("[data-walk-in-next]")?.addEventListener("click", () => {
    next();
    form.querySelector("input")?.focus();
  });
  sheet.element.addEventListener("close", next);
}

/** What the server says about it: the wrong fields, or why not. */
export async function why(answer: Response): Promise<string> {
  const problem = (await answer.json().catch(() => ({}))) as { detail?: string; title?: string; errors?: { detail: string }[] };
  return problem.errors?.map((error) => error.detail).join(" ") || problem.detail || problem.title || String(answer.status);
}
