import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Plugin } from "vite";

/** The decoder whose data was looked at (zxing-wasm 3.1.4). Another one has its tables elsewhere. */
const KNOWN = "e8af31edb56d0522f4de74495839385ef019ba8bc90d38e5ecb2f18795d86fb2";
/**
 * Where the decoder's data holds tables of Chinese, Japanese and Korean character sets, as addresses in its memory. Our
 * codes are letters of ASCII and never ask them; nothing packs them small, and they are a quarter of all that the
 * scanner loads. Blank, they read any such character as unknown, and a code with one in it is none of ours anyway.
 */
const TABLES = new Set([82_852, 88_868, 97_679, 125_980, 133_500, 141_777, 157_120, 169_664]);
const DATA_SECTION = 11;
const I32_CONST = 0x41;

/** Gives the scanner a decoder without the tables that it never reads. */
export function leanDecoder(): Plugin {
  return {
    name: "lean-decoder",
    enforce: "pre",
    async load(id) {
      const [path = ""] = id.split("?");
      if (!path.endsWith("/zxing_reader.wasm")) return null;
      const source = withoutTables(await readFile(path));
      const file = this.emitFile({ type: "asset", name: "zxing_reader.wasm", source });
      return `export default import.meta.ROLLUP_FILE_URL_${file};`;
    },
  };
}

/** The same program with blank tables; throws for any but the known one. */
export function withoutTables(program: Uint8Array): Uint8Array {
  const digest = createHash("sha256").update(program).digest("hex");
  if (digest !== KNOWN) throw new Error(`lean-decoder.ts knows another zxing_reader.wasm than ${digest}: look where its tables are.`);
  const lean = Uint8Array.from(program);
  const blanked = segments(lean).filter(({ address }) => TABLES.has(address));
  for (const { at, size } of blanked) lean.fill(0, at, at + size);
  return lean;
}

/** Every piece of data: the address in memory it is put at, and where it stands in the file. */
function segments(program: Uint8Array): { address: number; at: number; size: number }[] {
  const found: { address: number; at: number; size: number }[] = [];
  const reader = { at: sectionAt(program, DATA_SECTION) };
  const count = number(program, reader);
  for (let n = 0; n < count; n++) {
    reader.at += 1; // an active piece of the only memory
    if (program[reader.at++] !== I32_CONST) throw new Error("lean-decoder.ts: data without a fixed address");
    const address = number(program, reader);
    reader.at += 1; // the end of the address
    const size = number(program, reader);
    found.push({ address, at: reader.at, size });
    reader.at += size;
  }
  return found;
}

function sectionAt(program: Uint8Array, wanted: number): number {
  const reader = { at: 8 };
  while (reader.at < program.length) {
    const kind = program[reader.at++];
    const size = number(program, reader);
    if (kind === wanted) return reader.at;
    reader.at += size;
  }
  throw new Error("lean-decoder.ts: no data");
}

/** An unsigned LEB128 number. */
function number(program: Uint8Array, reader: { at: number }): number {
  let [value, shift] = [0, 0];
  for (;;) {
    const byte = program[reader.at++] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return value;
    shift += 7;
  }
}
