import type { DecoderAnswer, Frame } from "./decoder";

export interface Camera {
  /** Opens the camera with this id; with none or one that is gone, the one that looks away from whoever holds it. */
  readonly start: (id?: string) => Promise<void>;
  readonly stop: () => void;
  /** Switches the light; false when the camera has none. */
  readonly light: (on: boolean) => Promise<boolean>;
  readonly hasLight: () => boolean;
  readonly runs: () => boolean;
  /** The id of the camera in use. */
  readonly current: () => string | undefined;
}

interface Light {
  torch?: boolean;
}

/** Longest side of the picture that is searched; more costs time and reads no better. */
const LONGEST_SIDE = 1280;

/**
 * Camera to codes. One frame at a time is with the decoder; frames that arrive meanwhile are dropped, so the picture is
 * never older than one decoding.
 */
export function createCamera({
  video,
  onCode,
  onEnd,
  onFailure,
}: {
  video: HTMLVideoElement;
  onCode: (code: string) => void;
  onEnd: () => void;
  onFailure: (reason: string) => void;
}): Camera {
  let stream: MediaStream | null = null;
  let worker: Worker | null = null;
  let waiting = false;

  function decoder(): Worker {
    const created = new Worker(new URL("./decoder.ts", import.meta.url), { type: "module" });
    created.addEventListener("message", (event: MessageEvent<DecoderAnswer>) => {
      waiting = false;
      if (!stream) return;
      if ("failed" in event.data) onFailure(event.data.failed);
      else event.data.codes.forEach(onCode);
    });
    created.addEventListener("error", (event) => {
      onFailure(event.message);
    });
    return created;
  }

  async function look(): Promise<void> {
    const current = stream;
    if (!current) return;
    if (!waiting && video.videoWidth > 0 && worker) {
      waiting = true;
      const frame = await grab(video).catch(() => null);
      if (frame) worker.postMessage(frame, [frame instanceof ImageData ? frame.data.buffer : frame]);
      else waiting = false;
    }
    if (stream === current) nextFrame(video, () => void look());
  }

  async function start(id = ""): Promise<void> {
    stop();
    worker ??= decoder();
    const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
    const which = id ? { deviceId: { ideal: id } } : { facingMode: { ideal: "environment" } };
    stream = await navigator.mediaDevices.getUserMedia({ video: { ...which, ...size } });
    stream.getVideoTracks()[0]?.addEventListener("ended", () => {
      stop();
      onEnd();
    });
    video.srcObject = stream;
    await video.play();
    void look();
  }

  function stop(): void {
    stream?.getTracks().forEach((track) => {
      track.stop();
    });
    stream = null;
    video.srcObject = null;
  }

  const track = (): MediaStreamTrack | undefined => stream?.getVideoTracks()[0];
  const hasLight = (): boolean => Boolean((track()?.getCapabilities?.() as Light | undefined)?.torch);

  async function light(on: boolean): Promise<boolean> {
    if (!hasLight()) return false;
    await track()?.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] });
    return true;
  }

  const runs = (): boolean => stream !== null;
  const current = (): string | undefined => track()?.getSettings().deviceId;
  return { start, stop, light, hasLight, runs, current };
}

function nextFrame(video: HTMLVideoElement, run: () => void): void {
  if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(run);
  else requestAnimationFrame(run);
}

let canvas: HTMLCanvasElement | null = null;

async function grab(video: HTMLVideoElement): Promise<Frame> {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
  const width = Math.round(video.videoWidth * scale);
  const height = Math.round(video.videoHeight * scale);
  if (typeof OffscreenCanvas !== "undefined") {
    return createImageBitmap(video, scale < 1 ? { resizeWidth: width, resizeHeight: height } : {});
  }
  canvas ??= document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("no canvas");
  context.drawImage(video, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}
