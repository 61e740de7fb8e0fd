import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import { withoutTables } from "../lean-decoder.ts";

const FILE = createRequire(import.meta.url).resolve("zxing-wasm/reader/zxing_reader.wasm");
const WHOLE = new Uint8Array(await readFile(FILE));

test("the decoder without its tables is a quarter smaller, and the same program otherwise", () => {
  const lean = withoutTables(WHOLE);
  expect(lean.length).toBe(WHOLE.length);
  const changed = lean.reduce((count, byte, at) => count + Number(byte !== WHOLE[at]), 0);
  expect(changed).toBeGreaterThan(95_000);
  expect(lean.filter((byte, at) => byte !== WHOLE[at]).every((byte) => byte === 0)).toBe(true);
  expect(gzipSync(lean, { level: 9 }).length).toBeLessThan(320_000);
  expect(WebAssembly.validate(lean as BufferSource)).toBe(true);
});

test("another decoder is not touched blindly", () => {
  expect(() => withoutTables(WHOLE.subarray(1))).toThrow("look where its tables are");
});

test("a picture without a code is searched to the end", async () => {
  prepareZXingModule({ overrides: { wasmBinary: withoutTables(WHOLE).buffer as ArrayBuffer } });
  const noise = new Uint8ClampedArray(320 * 240 * 4).map((_, n) => (n * 2_654_435_761) >>> 24);
  const found = await readBarcodes({ data: noise, width: 320, height: 240 } as ImageData, { formats: ["QRCode"], tryHarder: true });
  expect(found).toEqual([]);
});
