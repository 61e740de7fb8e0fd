import { unhex, type Bytes } from "./bytes";

/** Whether `publicKey` (32 bytes in hexadecimal) made this signature of 64 bytes. */
export type Verify = (signature: Bytes, message: Bytes, publicKey: string) => Promise<boolean>;

const ALGORITHM = "Ed25519";
/** The order L of the base point (RFC 8032, section 5.1). */
export const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
/** A public key of the specification's own examples, to ask the browser whether it knows the algorithm. */
const EXAMPLE = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

const imported = new Map<string, Promise<CryptoKey>>();
let known: Promise<boolean> | undefined;

/**
 * Verifies with the browser's own Ed25519, or with a library where the browser has none (Chrome before 137).
 *
 * A signature S + L is refused before either is asked: a verifier that only reduces S would accept a second text for
 * one ticket.
 */
export const verifySignature: Verify = async (signature, message, publicKey) => {
  if (!isCanonical(signature)) return false;
  known ??= browserKnows();
  return ((await known) ? byBrowser : byLibrary)(signature, message, publicKey);
};

/** Whether S, the second half, little endian, is below L. */
export function isCanonical(signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  let s = 0n;
  for (let i = 63; i >= 32; i--) s = (s << 8n) | BigInt(signature[i] ?? 0);
  return s < ORDER;
}

export const byBrowser: Verify = async (signature, message, publicKey) => {
  try {
    return await crypto.subtle.verify(ALGORITHM, await keyOf(publicKey), signature, message);
  } catch {
    return false; // a key that is no point
  }
};

export const byLibrary: Verify = async (signature, message, publicKey) => {
  const key = unhex(publicKey);
  if (!key) return false;
  const { verifyAsync } = await import("@noble/ed25519");
  try {
    return await verifyAsync(signature, message, key, { zip215: false });
  } catch {
    return false;
  }
};

function keyOf(publicKey: string): Promise<CryptoKey> {
  const kept = imported.get(publicKey);
  if (kept) return kept;
  const key = crypto.subtle.importKey("raw", unhex(publicKey) ?? new Uint8Array(), ALGORITHM, false, ["verify"]);
  imported.set(publicKey, key);
  return key;
}

function browserKnows(): Promise<boolean> {
  return keyOf(EXAMPLE).then(
    () => true,
    () => false,
  );
}
