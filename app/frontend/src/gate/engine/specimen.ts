import { ALPHABET, ENTRY, PAYLOAD, PREFIX, SIGNATURE, type TicketKey } from "./codes";
import type { Bytes } from "./bytes";

/** A code of this key and a ticket that is not there, with a signature that nobody made. */
export function specimen({ scope, kid }: Pick<TicketKey, "scope" | "kid">): string {
  const data = new Uint8Array(PAYLOAD + SIGNATURE);
  const view = new DataView(data.buffer);
  view.setUint8(0, ENTRY << 4);
  view.setUint8(1, kid);
  view.setUint16(2, scope);
  return PREFIX + base45(data);
}

/** Encodes RFC 9285. */
function base45(data: Bytes): string {
  let text = "";
  for (let at = 0; at < data.length; at += 2) {
    const isPair = at + 1 < data.length;
    const number = isPair ? (data[at] ?? 0) * 256 + (data[at + 1] ?? 0) : (data[at] ?? 0);
    const digits = isPair ? [number % 45, Math.floor(number / 45) % 45, Math.floor(number / 2025)] : [number % 45, Math.floor(number / 45)];
    text += digits.map((digit) => ALPHABET[digit]).join("");
  }
  return text;
}
