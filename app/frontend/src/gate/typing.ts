import { cleanCode } from "./scan";

/** Long enough that no name and no address is taken for a code that a hardware scanner typed. */
const CODE = /^Y1:.{60,}$/i;
const WRITES = new Set(["text", "search", "email", "number", "tel", "password", "url"]);

/**
 * Hardware scanners type where the focus is, and end with Enter. Outside of a field the keys go into the code field;
 * a code that was typed into another field is taken out of it again and read as the code it is.
 */
export function listenForTypedCodes(input: HTMLInputElement, onCode: (code: string) => void): void {
  document.addEventListener("keydown", (event) => {
    const at = document.activeElement;
    if (isWriting(at)) {
      if (event.key === "Enter" && at !== input) takeOver(event, at);
      return;
    }
    const types = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (types) input.focus({ preventScroll: true });
  });

  function takeOver(event: KeyboardEvent, field: HTMLInputElement | HTMLTextAreaElement): void {
    const code = cleanCode(field.value);
    if (!CODE.test(code)) return;
    event.preventDefault();
    field.value = "";
    document.querySelectorAll("dialog[open]").forEach((dialog) => (dialog as HTMLDialogElement).close());
    onCode(code);
  }
}

function isWriting(at: Element | null): at is HTMLInputElement | HTMLTextAreaElement {
  return at instanceof HTMLTextAreaElement || (at instanceof HTMLInputElement && WRITES.has(at.type));
}
