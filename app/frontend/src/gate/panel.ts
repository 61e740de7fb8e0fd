import type { Signal } from "./signals";

/** What the verdict panel shows. The guest's words are large; the staff's stand below when they are another language. */
export interface Face {
  readonly kind: Signal | "neutral";
  readonly word: string;
  readonly reason?: string;
  readonly who?: string;
  readonly type?: string;
  readonly warnings?: readonly string[];
  /** The language of `word` and `reason`, when it is not the page's. */
  readonly lang?: string;
  /** The same for the staff, in the language of the page. */
  readonly staff?: string;
  readonly party?: { readonly inside: number; readonly size: number; readonly words: string };
}

export const SIGNS: Record<Face["kind"], string> = { admitted: "✓", refused: "×", warning: "!", neutral: "" };
/** More people than this are a number; fewer are a row of dots as well. */
const MOST_DOTS = 40;

/** Draws a face into the verdict panel. */
export function showFace(panel: HTMLElement, face: Face): void {
  panel.className = face.kind === "neutral" ? "verdict" : `verdict verdict--${face.kind}`;
  const sign = element("span", "verdict__sign", SIGNS[face.kind]);
  sign?.setAttribute("aria-hidden", "true");
  const children = [
    sign,
    element("p", "verdict__word", face.word, face.lang),
    element("p", "verdict__reason", face.reason, face.lang),
    element("p", "verdict__who", face.who),
    element("p", "verdict__type", face.type),
    partyLine(face.party),
    element("p", "verdict__staff", face.staff),
    warningList(face.warnings ?? []),
  ];
  panel.replaceChildren(...children.filter((child) => child !== null));
  delete panel.dataset.fresh;
  requestAnimationFrame(() => {
    panel.dataset.fresh = "";
  });
}

/** Adds a line to the list of the last scans, newest first. */
export function logScan(list: HTMLElement | null, face: Face, staffWord: string, language: string): void {
  if (!list) return;
  const line = document.createElement("li");
  const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const tone = { admitted: "success", refused: "error", warning: "warning", neutral: "quiet" }[face.kind];
  const texts = [element("span", "number", clock.format(new Date())), element("span", "", face.who || face.reason)];
  line.append(...[...texts, element("span", `tag tag--${tone}`, staffWord)].filter((part) => part !== null));
  list.prepend(line);
  while (list.children.length > 12) list.lastElementChild?.remove();
}

export function element(name: "p" | "span" | "li", className: string, text: string | undefined, lang?: string): HTMLElement | null {
  if (!text) return null;
  const made = document.createElement(name);
  if (className) made.className = className;
  if (lang) made.lang = lang;
  made.textContent = text;
  return made;
}

function partyLine(party: Face["party"]): HTMLElement | null {
  if (!party) return null;
  const line = element("p", "verdict__party", party.words);
  if (!line || party.size > MOST_DOTS) return line;
  const dots = document.createElement("span");
  dots.className = "verdict__dots";
  dots.setAttribute("aria-hidden", "true");
  for (let n = 0; n < party.size; n++) dots.append(dot(n < party.inside));
  line.prepend(dots);
  return line;
}

function dot(filled: boolean): HTMLElement {
  const made = document.createElement("i");
  if (filled) made.className = "is-inside";
  return made;
}

function warningList(warnings: readonly string[]): HTMLElement | null {
  if (warnings.length === 0) return null;
  const list = document.createElement("ul");
  list.className = "verdict__warnings";
  list.append(...warnings.map((text) => element("li", "", text)).filter((item) => item !== null));
  return list;
}
