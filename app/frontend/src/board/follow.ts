import { pauseAfter, put, timeIn, type Message } from "./pieces";

/** The server says something at least every ten seconds; after so long without a word the connection is dead. */
const SILENCE_MS = 25_000;
const GONE = new Set([401, 403, 404]);

/** Keeps a board up to date, and comes back by itself until the server says that it may no longer. */
export function follow(board: HTMLElement): void {
  const state = board.querySelector<HTMLElement>("[data-state]");
  const time = board.querySelector<HTMLTimeElement>("[data-at]");
  let source: EventSource | null = null;
  let tries = 0;
  let watchdog: ReturnType<typeof setTimeout> | undefined;

  function say(word: "live" | "waiting" | "ended"): void {
    if (!state || state.dataset.said === word) return;
    state.dataset.said = word;
    state.textContent = state.dataset[word] ?? "";
    state.className = { live: "tag tag--success", waiting: "tag tag--warning", ended: "tag tag--error" }[word];
  }

  function show(event: MessageEvent<string>): void {
    const { at, pieces } = JSON.parse(event.data) as Message;
    put(board, pieces);
    if (time) {
      time.dateTime = at;
      time.textContent = timeIn(time.dataset.zone ?? "UTC", at);
    }
    tries = 0;
    say("live");
    watch();
  }

  function watch(): void {
    clearTimeout(watchdog);
    watchdog = setTimeout(again, SILENCE_MS);
  }

  function stop(): void {
    clearTimeout(watchdog);
    source?.close();
    source = null;
  }

  function again(): void {
    stop();
    say("waiting");
    setTimeout(() => void check(), pauseAfter(tries++));
  }

  /** An EventSource does not tell why it was refused; the page itself does. */
  async function check(): Promise<void> {
    try {
      const answer = await fetch(location.href, { method: "HEAD", cache: "no-store", redirect: "manual" });
      if (GONE.has(answer.status) || answer.type === "opaqueredirect") say("ended");
      else open();
    } catch {
      again();
    }
  }

  function open(): void {
    stop();
    source = new EventSource(board.dataset.boardUrl ?? "");
    source.addEventListener("message", show);
    source.addEventListener("end", () => {
      stop();
      say("ended");
    });
    source.addEventListener("error", again);
    watch();
  }

  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => {
    if (event.persisted) open();
  });
  open();
}
