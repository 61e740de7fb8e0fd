import { beforeAll, expect, test } from "vitest";
import { concat, unhex, utf8, type Bytes } from "../../../src/gate/engine/bytes";
import { DOMAIN, parse, PREFIX, readAtGate } from "../../../src/gate/engine/codes";
import { judgeCode, type Situation } from "../../../src/gate/engine/judge";
import { Moves } from "../../../src/gate/engine/moves";
import { readPack, succeed } from "../../../src/gate/engine/pack";
import { base45, codeOf, ENTRY, packFile, payloadBytes, recordOf, seeded, signer, VECTOR, type Signer } from "./writer";

/** Fewer with `FORGERIES=5000`, more with a larger number. */
const FORGERIES = Number(process.env.FORGERIES ?? 100_000);
const SERIAL = 0x0123456789abcdefn;
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

let ours: Signer;
let theirs: Signer;
let situation: Situation;
beforeAll(async () => {
  ours = await signer(VECTOR.seed);
  theirs = await signer("22".repeat(32));
  const records = [await recordOf({ serial: SERIAL, code: VECTOR.text })];
  situation = {
    pack: succeed(null, await readPack(await packFile(theirs, { records }), null)),
    moves: new Moves(),
    ...{ direction: "entry", at: "2026-11-21T01:00:00Z", device: "d", seq: 1, clockTrusted: true },
    ...{ confirmedAt: null, venue: null },
  };
});

/** Whether the reader or the gate takes a text. */
async function isAccepted(text: string): Promise<boolean> {
  const { reason } = await readAtGate(parse(text), situation.pack.head.keys);
  return reason === null || (await judgeCode(text, situation)).verdict === "admitted";
}

async function accepted(texts: Iterable<string>): Promise<string[]> {
  const taken: string[] = [];
  for (const text of texts) if (await isAccepted(text)) taken.push(text);
  return taken;
}

function flipped(bytes: Bytes, bit: number): Bytes {
  const changed = bytes.slice();
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return changed;
}

async function signedBytes(): Promise<Bytes> {
  const payload = unhex(VECTOR.payload) ?? new Uint8Array();
  return concat(payload, await ours.sign(concat(DOMAIN, payload)));
}

test("the genuine code is accepted, so that the rest can fail", async () => {
  expect(await isAccepted(VECTOR.text)).toBe(true);
});

test("none of the 632 flipped bits is accepted", async () => {
  const bytes = await signedBytes();
  expect(bytes.length * 8).toBe(632);
  expect(await accepted(Array.from({ length: 632 }, (_, bit) => PREFIX + base45(flipped(bytes, bit))))).toEqual([]);
});

test(`none of ${FORGERIES} seeded mutations is accepted`, { timeout: 300_000 }, async () => {
  const random = seeded(2026);
  const bytes = await signedBytes();
  const mutations: readonly (() => string)[] = [
    () => withCharacters(random, 1 + (random() % 3)),
    () => PREFIX + base45(flipped(flipped(bytes, random() % 632), random() % 632)),
    () => PREFIX + base45(withField(bytes, random)),
    () => cut(random),
  ];
  let [taken, tried] = [0, 0];
  while (tried < FORGERIES) {
    const text = (mutations[tried % mutations.length] as () => string)();
    if (text === VECTOR.text) continue;
    tried += 1;
    if ((await readAtGate(parse(text), situation.pack.head.keys)).reason === null) taken += 1;
  }
  expect(taken).toBe(0);
});

function withCharacters(random: () => number, many: number): string {
  const characters = [...VECTOR.text];
  for (let i = 0; i < many; i++) characters[random() % characters.length] = ALPHABET[random() % 45] ?? "0";
  return characters.join("");
}

/** A payload of random fields before the genuine signature. */
function withField(bytes: Bytes, random: () => number): Bytes {
  const changed = bytes.slice();
  for (let i = 0; i < 1 + (random() % 4); i++) changed[random() % 15] = random() & 255;
  return changed;
}

/** Cut, lengthened, turned or folded to small letters. */
function cut(random: () => number): string {
  const at = random() % VECTOR.text.length;
  const [head, tail] = [VECTOR.text.slice(0, at), VECTOR.text.slice(at)];
  const changed = [tail + head, VECTOR.text + head, head + tail.toLowerCase(), `${head}${tail.slice(1)}0`];
  const forms = [head, tail, ...changed];
  return forms[random() % forms.length] ?? "";
}

test("wrong scope, key, prefix and domain are not accepted", async () => {
  const payload = { ...ENTRY, serial: SERIAL };
  const texts = await Promise.all([
    codeOf({ ...payload, scope: 2027 }, ours),
    codeOf({ ...payload, kid: 0 }, ours),
    codeOf({ ...payload, kid: 2 }, ours),
    codeOf(payload, theirs),
    codeOf({ ...payload, serial: 1n }, theirs),
    codeOf(payload, ours, utf8("")),
    codeOf(payload, ours, utf8("yt1.pack.v1\0")),
    codeOf(payload, ours, utf8("yt1.ticket.v2\0")),
  ]);
  const others = [VECTOR.text.replace("Y1:", "Y0:"), VECTOR.text.slice(3), VECTOR.text.toLowerCase()];
  expect(await accepted([...texts, ...others])).toEqual([]);
});

test("a genuine signature under which no ticket is listed opens nothing", async () => {
  const random = seeded(7);
  for (let i = 0; i < 200; i++) {
    const text = await codeOf({ ...ENTRY, serial: BigInt(random()) }, ours);
    expect((await judgeCode(text, situation)).reason).toBe("revoked");
  }
  expect(payloadBytes({ ...ENTRY, serial: SERIAL })).toEqual(unhex(VECTOR.payload));
});
