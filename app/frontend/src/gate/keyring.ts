import { openDB, type DBSchema, type IDBPDatabase } from "idb";

/** What an enrolled phone keeps: its token, its name, and a key pair whose private half never leaves the browser. */
export interface Enrolment {
  readonly device: string;
  readonly name: string;
  readonly token: string;
  readonly gates: readonly string[];
  readonly expires_at: string;
  readonly keys: CryptoKeyPair;
}

interface Keyring extends DBSchema {
  enrolment: { key: string; value: Enrolment };
}

const ONLY = "this phone";

/** Keeps the enrolment; a phone enrolled anew forgets the one before. */
export async function keepEnrolment(enrolment: Enrolment): Promise<void> {
  const database = await open();
  await database.put("enrolment", enrolment, ONLY);
  database.close();
}

/** The enrolment of this phone, or null when it has none, it is over, or the browser's storage refuses. */
export async function readEnrolment(now: number = Date.now()): Promise<Enrolment | null> {
  try {
    const database = await open();
    const kept = await database.get("enrolment", ONLY);
    database.close();
    return kept && Date.parse(kept.expires_at) > now ? kept : null;
  } catch {
    return null;
  }
}

/** A key pair that signs and cannot be copied: Ed25519, or P-256 where the browser does not know it yet. */
export async function makeKeys(): Promise<CryptoKeyPair> {
  const uses: KeyUsage[] = ["sign", "verify"];
  try {
    return (await crypto.subtle.generateKey({ name: "Ed25519" }, false, uses)) as CryptoKeyPair;
  } catch {
    return crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, uses);
  }
}

/** The public half as SubjectPublicKeyInfo in base64. */
export async function publicKey(keys: CryptoKeyPair): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey));
  return btoa(String.fromCharCode(...bytes));
}

function open(): Promise<IDBPDatabase<Keyring>> {
  return openDB<Keyring>("machigurumi-phone", 1, {
    upgrade(database) {
      database.createObjectStore("enrolment");
    },
  });
}
