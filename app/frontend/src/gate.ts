import { createCamera } from "./gate/camera";
import { createClock, type Clock } from "./gate/clock";
import { createDesk, type DeskState } from "./gate/desk";
import { readEnrolment } from "./gate/keyring";
import { faceOf, logScan, readWords, showFace, type Face } from "./gate/panel";
import { cleanCode, type Direction } from "./gate/scan";
import { createSightings } from "./gate/sightings";
import { signal, unlockSound } from "./gate/signals";
import { openStore } from "./gate/store";

const CHECKING_AFTER_MS = 150;
const NO_ANSWER_AFTER_MS = 3_000;

/** Turns the gate page into a scanner; the markup it expects is in README.md. */
async function openGate(main: HTMLElement): Promise<void> {
  const find = <T extends HTMLElement>(selector: string): T | null => main.querySelector<T>(selector);
  const words = readWords(main);
  const { gate = "", device = gate, scansUrl = "", csrf = "", timeUrl = "/health/live" } = main.dataset;
  const panel = find("[data-verdict]");
  const form = find<HTMLFormElement>("[data-scan-form]");
  const input = form?.querySelector<HTMLInputElement>("input[name=code]");
  if (!panel || !form || !input) return;
  const language = document.documentElement.lang || "en";
  const clock = createClock();
  const store = await openStore(device);
  const isNew = createSightings();
  let latest = 0;

  const kept = await readEnrolment();
  const token = kept?.device === device ? kept.token : "";
  const desk = createDesk({ gate, scansUrl, csrf, token, store, clock, onState: showState });
  const direction = (): Direction => (new FormData(form).get("direction") === "exit" ? "exit" : "entry");

  function showState({ waiting, setAside, signedOut, safe }: DeskState): void {
    const queue = find("[data-queue]");
    if (queue) queue.textContent = waiting > 0 ? words("queue", waiting) : words("queue_empty");
    if (signedOut) problem(words("signed_out"));
    else if (!safe) problem(words("storage_full"));
    else problem(setAside > 0 ? words("stuck", setAside) : "");
  }

  function problem(text: string): void {
    const place = find("[data-problem]");
    if (!place) return;
    place.textContent = text;
    place.hidden = text === "";
  }

  /** One code: show at once that it was seen, keep it, ask the server, show the answer if no newer code came. */
  async function take(code: string): Promise<void> {
    const toward = direction();
    if (!isNew(`${toward} ${code}`, performance.now())) return;
    latest += 1;
    const mine = latest;
    const show = (face: Face): void => {
      if (mine === latest && panel) showFace(panel, face);
    };
    const waits = [
      setTimeout(show, CHECKING_AFTER_MS, { kind: "neutral", word: words("checking") }),
      setTimeout(show, NO_ANSWER_AFTER_MS, { kind: "warning", word: words("saved"), reason: words("no_answer_reason") }),
    ];
    const { receipt } = await desk.scan(code, toward);
    waits.forEach(clearTimeout);
    const saved: Face = { kind: "warning", word: words("saved"), reason: words("saved_reason") };
    const face = receipt ? faceOf(receipt, words) : saved;
    show(face);
    logScan(find("[data-scan-log]"), face, language);
    if (face.kind !== "neutral") signal(face.kind);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const code = cleanCode(input.value);
    input.value = "";
    if (code) void take(code);
  });
  listenForKeyboardScanner(input);
  for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, unlockSound, { passive: true });
  addEventListener("beforeunload", (event) => {
    if (!store.safe()) event.preventDefault(); // these scans exist in this tab only
  });

  wireCamera({ find, onCode: (code) => void take(code), problem, words });
  void navigator.storage?.persist?.();
  void askTime(timeUrl, clock);
  await desk.flush();
}

/** A hardware scanner types wherever the focus is; outside of a control that is the code field. */
function listenForKeyboardScanner(input: HTMLInputElement): void {
  document.addEventListener("keydown", (event) => {
    const idle = document.activeElement === document.body || document.activeElement?.tagName === "MAIN";
    const types = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (idle && types) input.focus();
  });
}

/** Learns the difference to the server's clock before the first scan, from the `Date` of a small answer. */
async function askTime(url: string, clock: Clock): Promise<void> {
  const sentAt = Date.now();
  try {
    const answer = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(4_000) });
    const seconds = Date.parse(answer.headers.get("Date") ?? "");
    // The header counts whole seconds, so the true moment is half a second later on average.
    const quick = Date.now() - sentAt < 1_000; // a slow answer says little about the moment
    if (quick && !Number.isNaN(seconds)) clock.learn(new Date(seconds + 500).toISOString(), sentAt);
  } catch {
    // Off line: the clock stays as it is until the first receipt.
  }
}

function wireCamera({
  find,
  onCode,
  problem,
  words,
}: {
  find: <T extends HTMLElement>(selector: string) => T | null;
  onCode: (code: string) => void;
  problem: (text: string) => void;
  words: (key: string) => string;
}): void {
  const video = find<HTMLVideoElement>("[data-video]");
  const start = find<HTMLButtonElement>("[data-camera-start]");
  const stop = find<HTMLButtonElement>("[data-camera-stop]");
  const torch = find<HTMLButtonElement>("[data-torch]");
  if (!video || !start) return;
  let lock: WakeLockSentinel | null = null;

  const camera = createCamera({
    video,
    onCode,
    onEnd: () => {
      show(false);
    },
    onFailure: () => {
      problem(words("camera_failed"));
    },
  });

  function show(running: boolean): void {
    if (start) start.hidden = running;
    if (stop) stop.hidden = !running;
    if (torch) torch.hidden = !running || !camera.hasLight();
    torch?.setAttribute("aria-pressed", "false");
    if (!running) void lock?.release();
  }

  async function open(): Promise<void> {
    try {
      await camera.start();
      problem("");
      show(true);
      lock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
    } catch (error) {
      camera.stop();
      show(false);
      problem(words(cameraProblem(error)));
    }
  }

  start.addEventListener("click", () => void open());
  stop?.addEventListener("click", () => {
    camera.stop();
    show(false);
    start.focus();
  });
  torch?.addEventListener("click", () => {
    const on = torch.getAttribute("aria-pressed") !== "true";
    void camera.light(on).then((done) => {
      if (done) torch.setAttribute("aria-pressed", String(on));
    });
  });
  addEventListener("pagehide", () => {
    camera.stop();
    show(false);
  });
}

function cameraProblem(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "camera_denied";
  return name === "NotFoundError" || !("mediaDevices" in navigator) ? "camera_missing" : "camera_failed";
}

const gatePage = document.querySelector<HTMLElement>("main[data-gate]");
if (gatePage) void openGate(gatePage);
