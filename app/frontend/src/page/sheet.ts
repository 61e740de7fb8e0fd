import "../styles/judging.css";
import { answered, type Content, differences, fill, held, type Kept, read } from "../sheet/content";
import { type Answer, type Ground, Keeper, type State } from "../sheet/keeper";

/**
 * Comfort of a judge's sheet, which is complete without it: saved by itself, safe from a lost connection and from a
 * second window; a digit chooses a level, Ctrl and Enter submit.
 */
const TROUBLE: readonly State[] = ["kept", "refused", "closed", "signedOut", "conflict"];

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sheet]")) attend(form);

function attend(form: HTMLFormElement): void {
  const drawn = read(form, true);
  const revision = number(form, "revision");
  const keeper: Keeper = new Keeper(groundOf(form, (): Keeper => keeper), revision, drawn);
  takeUp(form, keeper, drawn, revision);
  form.addEventListener("input", () => {
    count(form);
    keeper.changed();
  });
  form.addEventListener("submit", (event) => {
    sendFirst(event, form, keeper);
  });
  form.addEventListener("keydown", (event) => {
    byKey(event, form);
  });
  addEventListener("online", () => {
    keeper.again();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") void keeper.flush(true);
    else keeper.again();
  });
  form.querySelector<HTMLElement>("[data-plain]")?.toggleAttribute("hidden", true); // it saves by itself
  count(form);
}

/** Goes on with what this browser has kept: what was written while nothing could be saved. */
function takeUp(form: HTMLFormElement, keeper: Keeper, drawn: Content, revision: number): void {
  const kept = storeOf(form).get();
  if (kept === null) return;
  if (differences(kept.content, drawn).length === 0) {
    storeOf(form).clear();
    return;
  }
  fill(form, kept.content);
  if (kept.revision === revision) {
    keeper.changed();
    return;
  }
  keeper.halt();
  showBoth(form, keeper, drawn, revision);
}

/** Lets the form go only once everything is saved: so nothing is sent over what another window has saved. */
function sendFirst(event: SubmitEvent, form: HTMLFormElement, keeper: Keeper): void {
  if (!keeper.dirty) return;
  event.preventDefault();
  void keeper.flush().then(() => {
    if (!keeper.dirty) form.requestSubmit(event.submitter);
  });
}

function byKey(event: KeyboardEvent, form: HTMLFormElement): void {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    form.requestSubmit(form.querySelector<HTMLButtonElement>("button[value=submit]"));
    return;
  }
  const radio = event.target instanceof HTMLInputElement && event.target.type === "radio" ? event.target : null;
  if (radio === null || event.ctrlKey || event.metaKey || event.altKey || !/^\d$/.test(event.key)) return;
  const wanted = form.querySelector<HTMLInputElement>(`input[name="${CSS.escape(radio.name)}"][value="${event.key}"]`);
  if (wanted === null) return;
  wanted.focus();
  wanted.click();
}

function groundOf(form: HTMLFormElement, keeper: () => Keeper): Ground {
  return {
    read: () => read(form),
    put: (content, revision, leaving) => put(form, content, revision, leaving),
    store: storeOf(form),
    show: (state) => {
      show(form, state);
    },
    saved: (revision, submitted) => {
      (form.elements.namedItem("revision") as HTMLInputElement).value = String(revision);
      const tag = form.querySelector<HTMLElement>("[data-sheet-submitted]");
      if (tag) tag.hidden = !submitted;
    },
    conflict: (stored, revision) => {
      showBoth(form, keeper(), stored, revision);
    },
    later: (work, ms) => {
      const timer = setTimeout(work, ms);
      return () => {
        clearTimeout(timer);
      };
    },
  };
}

async function put(form: HTMLFormElement, content: Content, revision: number, leaving: boolean): Promise<Answer> {
  const csrf = form.elements.namedItem("csrf");
  const headers = {
    accept: "application/json",
    "content-type": "application/json",
    "if-match": `"${String(revision)}"`,
    "x-csrf-token": csrf instanceof HTMLInputElement ? csrf.value : "",
  };
  try {
    const answer = await fetch(form.dataset.url ?? "", { method: "PUT", headers, body: JSON.stringify(content), credentials: "same-origin", keepalive: leaving });
    return await understood(answer);
  } catch {
    return { kind: "away" };
  }
}

async function understood(answer: Response): Promise<Answer> {
  if (answer.status >= 500 || answer.status === 429) return { kind: "away" };
  const body = (await answer.json()) as { revision: number; submitted_at: string | null; stored: Content; type?: string };
  if (answer.ok) return { kind: "saved", revision: body.revision, submitted: body.submitted_at !== null };
  if (answer.status === 412) return { kind: "conflict", stored: body.stored, revision: body.revision };
  if (answer.status === 401 || answer.status === 403) return { kind: "signedOut" };
  return { kind: body.type === "/problems/round-closed" ? "closed" : "refused" };
}

/** Shows both versions where two windows have written, until one of them is chosen. */
function showBoth(form: HTMLFormElement, keeper: Keeper, stored: Content, revision: number): void {
  const place = form.querySelector<HTMLElement>("[data-conflict-place]");
  const template = form.querySelector<HTMLTemplateElement>("template[data-conflict]");
  if (!place || !template) return;
  const box = template.content.cloneNode(true) as DocumentFragment;
  const rows = box.querySelector("tbody");
  const mine = read(form);
  for (const name of differences(mine, stored)) rows?.append(row(form, name, mine, stored));
  place.replaceChildren(box);
  place.querySelectorAll<HTMLButtonElement>("[data-keep]").forEach((button) => {
    button.addEventListener("click", () => {
      place.replaceChildren();
      if (button.dataset.keep === "stored") fill(form, stored);
      count(form);
      keeper.decided(stored, revision);
    });
  });
  place.querySelector<HTMLElement>("[role=alert]")?.focus();
}

function row(form: HTMLFormElement, name: string, mine: Content, stored: Content): HTMLTableRowElement {
  const line = document.createElement("tr");
  const head = document.createElement("th");
  head.scope = "row";
  const field = form.querySelector<HTMLElement>(`[data-name="${CSS.escape(name)}"], [name="${CSS.escape(name)}"][data-label]`);
  head.textContent = field?.dataset.label ?? name;
  line.append(head, ...[mine, stored].map((content) => cell(form, held(content, name))));
  return line;
}

function cell(form: HTMLFormElement, value: number | string | boolean | null | undefined): HTMLTableCellElement {
  const found = document.createElement("td");
  const words = form.dataset;
  if (value === null) found.textContent = words.wordsUnable ?? "";
  else if (typeof value === "boolean") found.textContent = (value ? words.wordsYes : words.wordsNo) ?? "";
  else if (value === "passed" || value === "failed") found.textContent = (value === "passed" ? words.wordsPassed : words.wordsFailed) ?? "";
  else found.textContent = value === undefined || value === "" ? "–" : String(value);
  return found;
}

/** Says how it stands: for the eye always, aloud only when something is wrong, and when it is well again. */
function show(form: HTMLFormElement, state: State): void {
  const place = form.querySelector<HTMLElement>("[data-sheet-state]");
  const said = form.querySelector<HTMLElement>("[data-sheet-said]");
  const name = `words${state[0]!.toUpperCase()}${state.slice(1)}`;
  const words = form.dataset[name] ?? "";
  if (!place || !said) return;
  const before = place.dataset.sheetState ?? "";
  place.textContent = words;
  place.dataset.sheetState = state;
  if (TROUBLE.includes(state) || (state === "saved" && said.textContent !== "" && before !== "saved")) said.textContent = words;
}

function count(form: HTMLFormElement): void {
  const place = form.querySelector<HTMLElement>("[data-sheet-answered]");
  const questions = Number(form.dataset.questions);
  if (!place || questions === 0) return;
  const done = answered(read(form), questions);
  place.textContent = (form.dataset.wordsAnswered ?? "").replace("{done}", String(done)).replace("{all}", String(questions));
}

function number(form: HTMLFormElement, name: string): number {
  const field = form.elements.namedItem(name);
  return field instanceof HTMLInputElement ? Number(field.defaultValue) : 0;
}

function storeOf(form: HTMLFormElement): Ground["store"] {
  const key = `sheet:${form.dataset.store ?? ""}`;
  return {
    get: () => {
      try {
        return JSON.parse(localStorage.getItem(key) ?? "null") as Kept | null;
      } catch {
        return null;
      }
    },
    set: (kept) => {
      try {
        localStorage.setItem(key, JSON.stringify(kept));
      } catch {
        // no room, or forbidden: the server is still told
      }
    },
    clear: () => {
      try {
        localStorage.removeItem(key);
      } catch {
        // then there is nothing to forget
      }
    },
  };
}
