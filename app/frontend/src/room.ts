import { talkInPlace } from "./room/talk";
import { newVisit, stateAfter, waitFor, type PresenceState } from "./room/visit";

/** With the retry after it still within the 45 s of grace since the last beat: one lost beat costs nothing. */
const ANSWER_WITHIN_MS = 8_000;

/** Measures online presence while the page is open; the markup it expects is in README.md. */
function recordPresence(main: HTMLElement): void {
  const { presenceUrl = "", leaveUrl = "", token = "", beatSeconds = "30", csrf } = main.dataset;
  const beatMs = Number(beatSeconds) * 1000;
  const status = main.querySelector<HTMLElement>("[data-presence]");
  const headers = { "Content-Type": "application/json", ...(csrf ? { "X-CSRF-Token": csrf } : {}) };
  let visit = newVisit();
  let lastBeat = 0;
  let running: AbortController | null = null;
  let ended = false;

  const ring = alarm(() => void beat());
  const body = (): string => JSON.stringify({ token, visit });

  function show(state: PresenceState): void {
    if (!status || status.dataset.state === state) return;
    status.dataset.state = state;
    status.textContent = status.dataset[state] ?? "";
  }

  async function send(): Promise<number | null> {
    const controller = new AbortController();
    running = controller;
    const limit = setTimeout(() => {
      controller.abort();
    }, ANSWER_WITHIN_MS);
    try {
      const { signal } = controller;
      return (await fetch(presenceUrl, { method: "POST", headers, body: body(), cache: "no-store", signal })).status;
    } catch {
      return null;
    } finally {
      clearTimeout(limit);
      if (running === controller) running = null;
    }
  }

  async function beat(): Promise<void> {
    if (ended || running) return;
    const current = visit;
    lastBeat = Date.now();
    const state = stateAfter(await send());
    if (current !== visit || ended) return; // the page was left while the answer was on its way
    show(state);
    const wait = waitFor({ state, beatMs, spentMs: Date.now() - lastBeat });
    if (wait === null) ended = true;
    else ring(wait);
  }

  function leave(): void {
    if (ended) return;
    ended = true;
    running?.abort(); // a beat that arrives after the leave would open the interval again
    const blob = new Blob([body()], { type: "application/json" });
    if (navigator.sendBeacon(leaveUrl, blob)) return;
    fetch(leaveUrl, { method: "POST", headers, body: body(), keepalive: true }).catch(() => undefined);
  }

  addEventListener("pagehide", leave);
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    visit = newVisit();
    ended = false;
    running = null;
    void beat();
  });
  // A device that slept has missed beats; its clock tells so as soon as somebody looks at the page again.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && Date.now() - lastBeat > beatMs) void beat();
  });
  addEventListener("online", () => void beat());
  void beat();
}

/** Returns a function that makes `wake` run after so many milliseconds; a later call replaces an earlier one. */
function alarm(wake: () => void): (delayMs: number) => void {
  let pending: ReturnType<typeof setTimeout> | undefined;
  let worker: Worker | null = null;
  const fallback = (delayMs: number): void => {
    clearTimeout(pending);
    pending = setTimeout(wake, delayMs);
  };
  try {
    worker = new Worker(new URL("./room/alarm.ts", import.meta.url), { type: "module" });
    worker.addEventListener("message", wake);
    worker.addEventListener("error", () => {
      worker = null;
      fallback(1000);
    });
  } catch {
    worker = null;
  }
  return (delayMs) => {
    if (worker) worker.postMessage(delayMs);
    else fallback(delayMs);
  };
}

const room = document.querySelector<HTMLElement>("main[data-presence-url]");
if (room) {
  recordPresence(room);
  talkInPlace(room);
}
