import type { Words } from "./words";

/** The button that takes the last entry or exit back: the first touch asks, the second one within these seconds does. */
const SURE_WITHIN_MS = 4_000;

export interface Undoing {
  /** Offers to take back the scan with this number, of this guest; null when there is nothing to take back. */
  readonly offer: (last: Taken | null) => void;
}

export interface Taken {
  readonly seq: number;
  readonly who: string;
}

/**
 * The last guest let through need not be the last one seen: `onAsk` shows whose scan it is about, and returns what takes
 * the question away when nobody has answered it.
 */
export function wireUndo(
  button: HTMLButtonElement | null,
  words: Words,
  { onAsk, onUndo }: { onAsk: (last: Taken) => () => void; onUndo: (last: Taken) => void },
): Undoing {
  let last: Taken | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function ask(sure: boolean): void {
    clearTimeout(timer);
    const word = button?.querySelector("[data-undo-word]");
    if (word) word.textContent = words(sure ? "undo_sure" : "undo");
    if (button) button.dataset.sure = String(sure);
  }

  function makeSure(taken: Taken): void {
    ask(true);
    const takeAway = onAsk(taken);
    timer = setTimeout(() => {
      ask(false);
      takeAway();
    }, SURE_WITHIN_MS);
  }

  function offer(taken: Taken | null): void {
    last = taken;
    if (button) button.disabled = taken === null;
    ask(false);
  }

  button?.addEventListener("click", () => {
    if (last === null) return;
    if (button.dataset.sure !== "true") return makeSure(last);
    const taken = last;
    offer(null);
    onUndo(taken);
  });
  return { offer };
}
