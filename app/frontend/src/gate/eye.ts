import { createCamera } from "./camera";
import type { Words } from "./words";

/** Kept in this browser: whether the camera ran last time, so that a reload goes on scanning without a touch, and which. */
const KEPT = "machigurumi-gate-camera";

interface Kept {
  readonly runs: boolean;
  readonly camera: string;
}

/** The camera with its buttons: start, stop, light, and which of several. */
export function openEye({
  find,
  onCode,
  problem,
  words,
}: {
  find: <T extends HTMLElement>(selector: string) => T | null;
  onCode: (code: string) => void;
  problem: (text: string) => void;
  words: Words;
}): void {
  const video = find<HTMLVideoElement>("[data-video]");
  const start = find<HTMLButtonElement>("[data-camera-start]");
  const stop = find<HTMLButtonElement>("[data-camera-stop]");
  const torch = find<HTMLButtonElement>("[data-torch]");
  const choice = find<HTMLSelectElement>("[data-camera-choice]");
  const place = find("[data-camera]");
  if (!video || !start) return;
  let lock: WakeLockSentinel | null = null;
  let wanted = readKept().camera;

  const camera = createCamera({
    video,
    onCode,
    onEnd: () => show(false),
    onFailure: () => problem(words("camera_failed")),
  });

  function show(running: boolean): void {
    if (start) start.hidden = running;
    if (stop) stop.hidden = !running;
    if (torch) torch.hidden = !running || !camera.hasLight();
    torch?.setAttribute("aria-pressed", "false");
    if (place) place.dataset.running = String(running);
    if (!running) void lock?.release().catch(() => undefined);
  }

  async function open(): Promise<void> {
    try {
      await camera.start(wanted);
      problem("");
      show(true);
      writeKept({ runs: true, camera: wanted });
      await listCameras();
      lock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
    } catch (error) {
      camera.stop();
      show(false);
      problem(words(cameraProblem(error)));
    }
  }

  /** Fills the choice of cameras; browsers tell their names only once one of them may be used. */
  async function listCameras(): Promise<void> {
    const found = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput");
    const field = choice?.closest<HTMLElement>("[data-camera-field]");
    if (!choice || !field) return;
    field.hidden = found.length < 2;
    choice.replaceChildren(...found.map((device, n) => new Option(device.label || words("camera", n + 1), device.deviceId)));
    choice.value = camera.current() ?? "";
  }

  start.addEventListener("click", () => void open());
  start.disabled = false; // a touch before this moment would be lost
  stop?.addEventListener("click", () => {
    camera.stop();
    show(false);
    writeKept({ runs: false, camera: wanted });
    start.focus();
  });
  choice?.addEventListener("change", () => {
    wanted = choice.value;
    void open();
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
  // A phone that was put into a pocket loses the camera; back in the hand it goes on by itself.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || !readKept().runs) return;
    if (!camera.runs()) void open();
    else void navigator.wakeLock?.request("screen").then((got) => (lock = got), () => undefined);
  });
  if (readKept().runs) void open();
}

function cameraProblem(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "camera_denied";
  return name === "NotFoundError" || !("mediaDevices" in navigator) ? "camera_missing" : "camera_failed";
}

function readKept(): Kept {
  try {
    return { runs: false, camera: "", ...(JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Partial<Kept>) };
  } catch {
    return { runs: false, camera: "" };
  }
}

function writeKept(kept: Kept): void {
  try {
    localStorage.setItem(KEPT, JSON.stringify(kept));
  } catch {
    // A full storage: next time the button has to be pressed.
  }
}
