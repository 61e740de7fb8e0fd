import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import wasmUrl from "zxing-wasm/reader/zxing_reader.wasm?url";

/** A camera picture: a bitmap, or pixels where the browser has no canvas inside workers. */
export type Frame = ImageBitmap | ImageData;

/** Reads QR codes in a worker, so that the page stays quick. Answers every frame with the codes in it, or a failure. */
export type DecoderAnswer = { readonly codes: readonly string[] } | { readonly failed: string };

prepareZXingModule({
  overrides: { locateFile: (path: string, prefix: string) => (path.endsWith(".wasm") ? wasmUrl : prefix + path) },
});

/** Codes in white on black are rare, and looking for them doubles the time: every so many pictures is enough. */
const INVERTED_EVERY = 4;

let canvas: OffscreenCanvas | null = null;
let pictures = 0;

function pixels(frame: Frame): ImageData {
  if (frame instanceof ImageData) return frame;
  const { width, height } = frame;
  if (canvas?.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("no canvas in this worker");
  context.drawImage(frame, 0, 0);
  frame.close();
  return context.getImageData(0, 0, width, height);
}

async function answer(frame: Frame): Promise<DecoderAnswer> {
  try {
    const tryInvert = pictures++ % INVERTED_EVERY === 0;
    const options = { formats: ["QRCode" as const], tryHarder: true, tryInvert, maxNumberOfSymbols: 2 };
    const found = await readBarcodes(pixels(frame), options);
    return { codes: found.filter((result) => result.isValid).map((result) => result.text) };
  } catch (error) {
    return { failed: String(error) };
  }
}

addEventListener("message", (event: MessageEvent<Frame>) => {
  void answer(event.data).then((codes) => {
    postMessage(codes);
  });
});
