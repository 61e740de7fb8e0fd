/** The sealed details of a ticket: a key made of the code opens them, so a seized phone tells nobody's name. */
import { sha256, utf8, type Bytes } from "./bytes";
import type { Listed } from "./pack";

const LANGUAGES = ["ja", "en", "zh-Hans", "ko", "de", "th"] as const;
const UNKNOWN = 255;
const NOISE: Details = { proved: false, language: null, name: "" };

export interface Details {
  /** Whether this very code was used to seal them: proves the code even where its key is distrusted. */
  readonly proved: boolean;
  readonly language: string | null;
  readonly name: string;
}

/**
 * Opens the details with the text of a code; null where the pack has none. With another code than the ticket's own they
 * open to noise, which neither the check byte nor the padding survives.
 */
export async function openDetails(listed: Listed, code: string): Promise<Details | null> {
  if (!listed.details) return null;
  const secret = await sha256(utf8(code));
  const plain = await unsealed(listed, listed.details, await sha256(utf8("yt1.seal.v1\0"), secret));
  const [check] = await sha256(utf8("yt1.check.v1\0"), secret);
  const language = plain[1] ?? UNKNOWN;
  const name = nameIn(plain.subarray(2));
  const isLanguage = language === UNKNOWN || language < LANGUAGES.length;
  if (plain[0] !== check || !isLanguage || name === null) return NOISE;
  return { proved: true, language: LANGUAGES[language] ?? null, name };
}

async function unsealed(
  { tag, generation }: Listed,
  { seal, sealed }: NonNullable<Listed["details"]>,
  raw: Bytes,
): Promise<Bytes> {
  const key = await crypto.subtle.importKey("raw", raw, "AES-CTR", false, ["decrypt"]);
  const counter = (await sha256(tag, Uint8Array.of(generation, seal >> 8, seal & 0xff))).slice(0, 16);
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-CTR", counter, length: 128 }, key, sealed));
}

/** The name in front of the padding, or null where there is no text with nothing but zeros behind it. */
function nameIn(padded: Uint8Array): string | null {
  const zero = padded.indexOf(0);
  const end = zero < 0 ? padded.length : zero;
  if (padded.subarray(end).some((byte) => byte !== 0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(padded.subarray(0, end));
  } catch {
    return null;
  }
}
