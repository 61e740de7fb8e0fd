import type { Receipt } from "./scan";
import type { Signal } from "./signals";

/** Texts of the page by key, from its `data-messages`; a missing one shows the key, so nothing is silent. */
export type Words = (key: string, n?: number) => string;

export interface Face {
  readonly kind: Signal | "neutral";
  readonly word: string;
  readonly reason?: string;
  readonly who?: string;
  readonly warnings?: readonly string[];
}

const SIGNS: Record<Face["kind"], string> = { admitted: "✓", refused: "×", warning: "!", neutral: "" };

/** Reads the texts of the page. */
export function readWords(main: HTMLElement): Words {
  const source = main.querySelector("script[data-messages]")?.textContent ?? "{}";
  const texts = JSON.parse(source) as Record<string, string>;
  return (key, n) => (texts[key] ?? key).replace("{n}", n === undefined ? "" : String(n));
}

/** The face of a receipt: verdict, reason and warnings in words, and who it is. */
export function faceOf(receipt: Receipt, words: Words): Face {
  const warnings = receipt.warnings.map((code) => words(code));
  const who = whoIs(receipt, words);
  const reason = receipt.reason === null ? "" : words(receipt.reason);
  if (receipt.status === "quarantined" || receipt.verdict === null) {
    const why = reason || words("quarantined_reason");
    return { kind: "warning", word: words("quarantined"), reason: why, who, warnings };
  }
  return { kind: receipt.verdict, word: words(receipt.verdict), reason, who, warnings };
}

function whoIs({ ticket }: Receipt, words: Words): string {
  if (!ticket) return "";
  const parts = [ticket.name, typeof ticket.ticket_type === "string" ? ticket.ticket_type : null];
  if (typeof ticket.party === "number" && ticket.party > 1) parts.push(words("party", ticket.party));
  if (typeof ticket.inside === "number") parts.push(words("inside", ticket.inside));
  return parts.filter(Boolean).join(" · ");
}

/** Draws a face into the verdict panel. */
export function showFace(panel: HTMLElement, face: Face): void {
  panel.className = face.kind === "neutral" ? "verdict" : `verdict verdict--${face.kind}`;
  const children: (HTMLElement | null)[] = [
    element("span", "verdict__sign", SIGNS[face.kind]),
    element("p", "verdict__word", face.word),
    element("p", "verdict__reason", face.reason),
    element("p", "verdict__who", face.who),
    warningList(face.warnings ?? []),
  ];
  children[0]?.setAttribute("aria-hidden", "true");
  panel.replaceChildren(...children.filter((child) => child !== null));
  delete panel.dataset.fresh;
  requestAnimationFrame(() => {
    panel.dataset.fresh = "";
  });
}

/** Adds a line to the list of the last scans, newest first. */
export function logScan(list: HTMLElement | null, face: Face, language: string): void {
  if (!list) return;
  const line = document.createElement("li");
  const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const tone = { admitted: "success", refused: "error", warning: "warning", neutral: "quiet" }[face.kind];
  const texts = [element("span", "number", clock.format(new Date())), element("span", "", face.who || face.reason)];
  line.append(...[...texts, element("span", `tag tag--${tone}`, face.word)].filter((part) => part !== null));
  list.prepend(line);
  while (list.children.length > 8) list.lastElementChild?.remove();
}

function element(name: "p" | "span", className: string, text: string | undefined): HTMLElement | null {
  if (!text) return null;
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

function warningList(warnings: readonly string[]): HTMLElement | null {
  if (warnings.length === 0) return null;
  const list = document.createElement("ul");
  list.className = "verdict__warnings";
  for (const text of warnings) {
    const item = document.createElement("li");
    item.textContent = text;
    list.append(item);
  }
  return list;
}
