const EVERY_MS = 1_000;
const SOON_S = 120;

/** What is left, in words: beside the time of day a second clock would be read as one. The last minutes are counted in seconds. */
export function asWords(seconds: number, language: string): string {
  const soon = seconds <= SOON_S;
  const unit = soon ? "second" : "minute";
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(soon ? seconds : Math.ceil(seconds / 60));
}

/**
 * Counts down for how long places are kept (`data-hold` is the moment), by a clock that only the page has.
 *
 * The figures are for the eye. Said aloud is only that it is nearly over (`data-soon`) and that it is over (`data-over`).
 */
export function countDown(root: Document): void {
  const notice = root.querySelector<HTMLElement>("[data-hold]");
  const figures = notice?.querySelector<HTMLElement>("[data-countdown]");
  const said = notice?.querySelector<HTMLElement>("[data-countdown-said]");
  if (!notice || !figures || !said) return;
  const until = Date.parse(notice.dataset.hold ?? "");
  const timer = setInterval(tick, EVERY_MS);
  tick();

  function tick(): void {
    const seconds = Math.max(0, Math.ceil((until - Date.now()) / 1_000));
    figures!.textContent = asWords(seconds, root.documentElement.lang);
    if (seconds <= SOON_S && seconds > 0 && said!.textContent === "") said!.textContent = notice!.dataset.soon ?? "";
    if (seconds > 0) return;
    clearInterval(timer);
    notice!.classList.add("notice--warning");
    const words = root.createElement("p");
    words.textContent = notice!.dataset.over ?? "";
    words.setAttribute("role", "status");
    notice!.replaceChildren(words);
  }
}
