import { beforeAll, describe, expect, test } from "vitest";
import { concat, hex, unhex, utf8 } from "../../../src/gate/engine/bytes";
import {
  LENGTH, parse, PREFIX, readAtGate, unbase45, verify, type Reading, type TicketKey,
} from "../../../src/gate/engine/codes";
import { byBrowser, byLibrary, isCanonical, ORDER, verifySignature } from "../../../src/gate/engine/ed25519";
import { base45, codeOf, ENTRY, seeded, signer, VECTOR, type Signer } from "./writer";

const KEYS: readonly TicketKey[] = [{ scope: 2026, kid: 1, public: VECTOR.public }];
async function readCode(text: string, keys: readonly TicketKey[]): Promise<Reading> {
  return readAtGate(parse(text), keys);
}

let ours: Signer;
let theirs: Signer;
beforeAll(async () => {
  ours = await signer(VECTOR.seed);
  theirs = await signer("22".repeat(32));
});

test("the published code says what it says", async () => {
  expect(await readCode(VECTOR.text, KEYS)).toEqual({
    reason: null,
    payload: { kind: 1, flags: 0, kid: 1, scope: 2026, product: 12, serial: 0x0123456789abcdefn, generation: 0 },
  });
  expect(await codeOf({ ...ENTRY, serial: 0x0123456789abcdefn }, ours)).toBe(VECTOR.text);
});

test.each([
  ["", ""],
  ["AB", "BB8"],
  ["Hello!!", "%69 VD92EX0"],
  ["base-45", "UJCLQE7W581"],
])("base 45 of %j is the one of RFC 9285", (plain, text) => {
  expect(new TextDecoder().decode(unbase45(text) ?? new Uint8Array())).toBe(plain);
  expect(base45(utf8(plain))).toBe(text);
});

test.each([
  ["a group above 65535", "GGX"],
  ["the highest group", ":::"],
  ["a last pair above 255", "V5"],
  ["a single last character", "BB80"],
  ["a small letter", "bb8"],
  ["a strange character", "B#8"],
  ["a full-width character", "Ｂ８0"],
])("base 45 refuses %s", (_name, text) => {
  expect(unbase45(text)).toBeNull();
});

test("base 45 takes the largest groups there are", () => {
  expect([hex(unbase45("FGW") ?? new Uint8Array()), hex(unbase45("U5") ?? new Uint8Array())]).toEqual(["ffff", "ff"]);
});

test("there is one text for any bytes", () => {
  const random = seeded(45);
  for (let i = 0; i < 2_000; i++) {
    const bytes = Uint8Array.from({ length: random() % 80 }, () => random() & 255);
    expect(hex(unbase45(base45(bytes)) ?? Uint8Array.of(0))).toBe(hex(bytes));
  }
});

test.each([
  ["nothing", ""],
  ["one character less", VECTOR.text.slice(0, -1)],
  ["one more", `${VECTOR.text}0`],
  ["a blank behind", `${VECTOR.text} `],
  ["a blank in front", ` ${VECTOR.text.slice(0, -1)}`],
  ["small letters", VECTOR.text.toLowerCase()],
  ["a small prefix", VECTOR.text.replace("Y1:", "y1:")],
  ["another prefix", VECTOR.text.replace("Y1:", "Y2:")],
  ["no prefix", VECTOR.text.slice(3).padEnd(LENGTH, "0")],
  ["a character outside of Unicode's first plane", `${VECTOR.text.slice(0, -2)}👪`],
])("%s is no code", async (_name, text) => {
  expect(parse(text)).toBeNull();
  expect(await readCode(text, KEYS)).toEqual({ reason: "bad_code" });
});

describe("reasons, in the order of the checks", () => {
  const payload = { ...ENTRY, serial: 7n };

  test.each<[string, readonly TicketKey[], string | null]>([
    ["known key", KEYS, null],
    ["no key at all", [], "wrong_convention"],
    ["keys of another convention", [{ scope: 2027, kid: 1, public: VECTOR.public }], "wrong_convention"],
    ["another key of the convention", [{ scope: 2026, kid: 2, public: VECTOR.public }], "unknown_key"],
  ])("%s", async (_name, keys, reason) => {
    expect((await readCode(await codeOf(payload, ours), keys)).reason).toBe(reason);
  });

  test.each([0, 2, 3, 4, 5, 15])("kind %i is no code at a gate", async (kind) => {
    const text = await codeOf({ ...payload, kind } as unknown as typeof payload, ours);
    expect((await readAtGate(parse(text), KEYS)).reason).toBe("bad_code");
  });

  test("a forged signature is named before a kind that is not in use", async () => {
    const text = await codeOf({ ...payload, kind: 9 } as unknown as typeof payload, theirs);
    expect((await readAtGate(parse(text), KEYS)).reason).toBe("bad_signature");
  });
});

describe("signatures", () => {
  const parsed = parse(VECTOR.text);
  if (!parsed) throw new Error("the published code is one");

  test.each([
    ["the browser", byBrowser],
    ["the library", byLibrary],
    ["whichever there is", verifySignature],
  ])("%s verifies, and refuses every flipped bit of 64 bytes", async (_name, genuine) => {
    expect(await genuine(parsed.signature, parsed.signed, VECTOR.public)).toBe(true);
    expect((await verify(parsed, KEYS, genuine)).reason).toBeNull();
    for (let bit = 0; bit < 512; bit += 37) {
      const broken = parsed.signature.slice();
      broken[bit >> 3] = (broken[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await genuine(broken, parsed.signed, VECTOR.public)).toBe(false);
    }
    expect(await genuine(parsed.signature, parsed.signed, theirs.public)).toBe(false);
    expect(await genuine(parsed.signature, parsed.signed.subarray(1).slice(), VECTOR.public)).toBe(false);
    for (const key of ["", "zz", "00", "ff".repeat(32)]) {
      expect(await genuine(parsed.signature, parsed.signed, key)).toBe(false);
    }
  });

  test("browser and library agree about 300 messages, half of them with a wrong bit", async () => {
    const random = seeded(25519);
    for (let i = 0; i < 300; i++) {
      const message = Uint8Array.from({ length: 29 }, () => random() & 255);
      const signature = await ours.sign(message);
      if (i % 2) signature[random() % 64]! ^= 1 << (random() % 8);
      const answers = await Promise.all([byBrowser, byLibrary].map((by) => by(signature, message, VECTOR.public)));
      expect(answers).toEqual([i % 2 === 0, i % 2 === 0]);
    }
  });

  test("S + L, the second signature that some verifiers take, is refused before any is asked", async () => {
    const again = plusOrder(parsed.signature);
    expect([isCanonical(parsed.signature), isCanonical(again)]).toEqual([true, false]);
    expect(await verifySignature(again, parsed.signed, VECTOR.public)).toBe(false);
    const text = PREFIX + base45(concat(unhex(VECTOR.payload) ?? new Uint8Array(), again));
    expect(text).toHaveLength(LENGTH);
    expect((await readCode(text, KEYS)).reason).toBe("bad_signature");
  });

  const order = 0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3edn;

  test.each([
    ["L - 1", order - 1n, true],
    ["L", order, false],
    ["0", 0n, true],
  ])("S = %s", (_name, s, canonical) => {
    expect(isCanonical(withS(parsed.signature, s))).toBe(canonical);
  });

  test("a signature has 64 bytes", () => {
    expect([isCanonical(new Uint8Array(63)), isCanonical(new Uint8Array(65))]).toEqual([false, false]);
  });
});

function plusOrder(signature: Uint8Array): Uint8Array<ArrayBuffer> {
  let s = 0n;
  for (let i = 63; i >= 32; i--) s = s * 256n + BigInt(signature[i] ?? 0);
  return withS(signature, s + ORDER);
}

function withS(signature: Uint8Array, s: bigint): Uint8Array<ArrayBuffer> {
  const changed = Uint8Array.from(signature);
  for (let i = 32; i < 64; i++, s >>= 8n) changed[i] = Number(s & 255n);
  return changed;
}
