import { readersTime } from "./local-time";

const SAID_FOR_MS = 2_500;

/** Shows what works only with this module (`hidden data-js`). */
export function revealEnhanced(root: Document): void {
  root.querySelectorAll<HTMLElement>("[data-js][hidden]").forEach((element) => {
    element.hidden = false;
  });
}

/** Copy buttons: `data-copy` names an element by `#id` or is the text itself; `data-copied` is said afterwards. */
export function copyOnClick(root: Document): void {
  root.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-copy]") : null;
    if (button) void copy(root, button);
  });
}

async function copy(root: Document, button: HTMLElement): Promise<void> {
  const wanted = button.dataset.copy ?? "";
  const source = wanted.startsWith("#") ? root.getElementById(wanted.slice(1)) : null;
  const text = source instanceof HTMLInputElement ? source.value : (source?.textContent ?? wanted);
  try {
    await navigator.clipboard.writeText(text.trim());
  } catch {
    if (source) getSelection()?.selectAllChildren(source); // refused: at least the reader can press copy himself
    return;
  }
  if (button.dataset.copied === undefined || button.dataset.label !== undefined) return;
  button.dataset.label = button.textContent ?? "";
  button.setAttribute("aria-live", "polite");
  button.textContent = button.dataset.copied;
  setTimeout(() => {
    button.textContent = button.dataset.label ?? "";
    delete button.dataset.label;
  }, SAID_FOR_MS);
}

/** Adds the reader's own time behind `<time data-local>` when it differs from the place's. */
export function addReadersTimes(root: Document): void {
  root.querySelectorAll<HTMLTimeElement>("time[data-local]").forEach((time) => {
    const language = time.closest<HTMLElement>("[lang]")?.lang || "en";
    const text = readersTime({ datetime: time.dateTime, language, withDate: time.dataset.local === "date" });
    if (text === null) return;
    const note = root.createElement("span");
    note.className = "local-time";
    note.textContent = ` (${text})`;
    time.after(note);
  });
}

/** Closes an open menu by Escape and by a click beside it. */
export function closeMenus(root: Document): void {
  const close = (except: EventTarget | null): void => {
    root.querySelectorAll<HTMLDetailsElement>("details.menu[open]").forEach((menu) => {
      if (!(except instanceof Node && menu.contains(except))) menu.open = false;
    });
  };
  root.addEventListener("click", (event) => {
    close(event.target);
  });
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = root.activeElement?.closest<HTMLDetailsElement>("details.menu[open]");
    close(null);
    menu?.querySelector("summary")?.focus();
  });
}
