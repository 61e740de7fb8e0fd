import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { hex, unhex, type Bytes } from "../../../src/gate/engine/bytes";
import { openDetails } from "../../../src/gate/engine/details";
import {
  changedBy, find, PackRefused, readPack, succeed, tagOf, type Pack, type PackFault,
} from "../../../src/gate/engine/pack";
import {
  GATE, otherOf, packFile, recordOf, seeded, signer, SOUTH, VECTOR, type Signer, type Ticket, type Writing,
} from "./writer";

let key: Signer;
let other: Signer;
beforeAll(async () => {
  key = await signer("11".repeat(32));
  other = await signer("22".repeat(32));
});

function ticket(serial: number, more: Partial<Ticket> = {}): Ticket {
  return { serial: BigInt(serial), code: `code ${serial}`, name: `Guest ${serial}`, ...more };
}

async function packOf(written: Writing): Promise<Pack> {
  return succeed(null, await readPack(await packFile(key, written), null));
}

async function follow(pack: Pack, written: Writing): Promise<Pack> {
  return succeed(pack, await readPack(await packFile(key, written), pack.head.pack_keys));
}

async function faultOf(work: Promise<unknown>): Promise<PackFault | null> {
  return work.then(
    () => null,
    (error: unknown) => (error instanceof PackRefused ? error.fault : Promise.reject(error as Error)),
  );
}

/** The serials from 1 to 20 that a pack holds. */
async function serialsIn(pack: Pack): Promise<number[]> {
  const serials = Array.from({ length: 20 }, (_, i) => i + 1);
  const tags = await Promise.all(serials.map((serial) => tagOf(BigInt(serial))));
  return serials.filter((_, i) => find(pack, tags[i] as Bytes) !== null);
}

describe("the pack that the server's own writer made", () => {
  interface Described {
    readonly pack_keys: { kid: number; public: string }[];
    readonly tickets: {
      code: string;
      serial: string;
      here: boolean;
      line: Record<"tag" | "status", string> & Record<"generation" | "product" | "party", number>;
      sealed: { name: string; language: string | null } | null;
    }[];
  }
  const vectors = new URL("../../../../../tests/vectors/", import.meta.url);
  const described = JSON.parse(readFileSync(new URL("pack.json", vectors), "utf8")) as Described;
  const file = new Uint8Array(readFileSync(new URL("pack.bin", vectors)));

  test("every ticket is found and opens with its code alone", async () => {
    const signed = await readPack(file, described.pack_keys);
    expect(described.tickets.length).toBe(signed.head.records + signed.head.others);
    for (const { code, serial, here, line, sealed } of described.tickets) {
      const listed = find(signed, await tagOf(BigInt(`0x${serial}`)));
      if (!listed) throw new Error(`${code} is not listed`);
      const { tag, generation, status, residenceKnown: residence_known, product, party, details } = listed;
      expect({ tag: hex(tag), generation, status, residence_known, product, party }).toEqual(line);
      expect(details !== null).toBe(here);
      if (!here) continue;
      expect(await openDetails(listed, code)).toEqual({ proved: true, ...sealed });
      expect((await openDetails(listed, `${code.slice(0, -1)}!`))?.proved).toBe(false);
    }
  });

  test("nobody's name, code or serial can be read in it", () => {
    const bytes = Buffer.from(file);
    expect(bytes.includes("North gate")).toBe(true);
    const secrets = described.tickets.flatMap(({ code, serial, sealed }) => [
      Buffer.from(code),
      Buffer.from(serial, "hex"),
      Buffer.from(sealed?.name ?? ""),
    ]);
    expect(secrets.filter((secret) => secret.length > 2 && bytes.includes(secret))).toEqual([]);
  });

  test("another key is refused, and so is a flipped bit in every byte of signature, length and head", async () => {
    expect(await faultOf(readPack(file, [{ kid: 0, public: VECTOR.public }]))).toBe("bad_pack_signature");
    expect(await faultOf(readPack(file, [{ kid: 7, public: VECTOR.public }]))).toBe("unknown_pack_key");
    const bodyAt = 72 + new DataView(file.buffer).getUint32(68);
    for (let at = 0; at < bodyAt; at += 1) {
      const broken = file.slice();
      broken[at] = (broken[at] ?? 0) ^ (1 << (at % 8));
      expect(await faultOf(readPack(broken, described.pack_keys)), `byte ${at}`).not.toBeNull();
    }
  });
});

test("each flipped byte of the body is found", async () => {
  const file = await packFile(key, { records: [await recordOf(ticket(1))], others: [await otherOf(ticket(2))] });
  for (let at = file.length - 80; at < file.length; at++) {
    const broken = file.slice();
    broken[at] = (broken[at] ?? 0) ^ 1;
    expect(await faultOf(readPack(broken, null))).toBe("damaged_pack");
  }
});

test.each(["", "YP1\0", "YP2\0", "<!doctype html>"])("%j is no pack", async (text) => {
  expect(await faultOf(readPack(new TextEncoder().encode(text.padEnd(200, " ")), null))).toBe("bad_pack");
  expect(await faultOf(readPack(new TextEncoder().encode(text), null))).toBe("bad_pack");
});

test.each(["null", "1", "[]", "{}", "{", "\ufffd\ud800"])("a head %j is no head", async (text) => {
  const head = new TextEncoder().encode(text);
  const file = new Uint8Array(72 + head.length);
  file.set(new TextEncoder().encode("YP1\0"));
  new DataView(file.buffer).setUint32(68, head.length);
  file.set(head, 72);
  expect(await faultOf(readPack(file, null))).toBe("bad_pack");
});

test("bytes behind the body, or missing, are refused", async () => {
  const file = await packFile(key, { records: [await recordOf(ticket(1))] });
  expect(await faultOf(readPack(file.slice(0, -1), null))).toBe("bad_pack");
  expect(await faultOf(readPack(new Uint8Array([...file, 0]), null))).toBe("bad_pack");
});

test("a pack is trusted by the keys of the pack before, not by its own", async () => {
  const first = await packOf({ pack_keys: [{ kid: 0, public: key.public }] });
  const forged = await packFile(other, { number: 2000, kid: 0 });
  expect(await faultOf(readPack(forged, first.head.pack_keys))).toBe("bad_pack_signature");
});

test("a new pack key is trusted once a pack has announced it", async () => {
  const both = [
    { kid: 0, public: key.public },
    { kid: 1, public: other.public },
  ];
  const next = await packFile(other, { number: 1001, kid: 1, pack_keys: both });
  expect(await faultOf(readPack(next, (await packOf({})).head.pack_keys))).toBe("unknown_pack_key");
  expect((await readPack(next, (await packOf({ pack_keys: both })).head.pack_keys)).head.number).toBe(1001);
});

test.each<[string, Writing, PackFault | null]>([
  ["a higher number", { number: 1001 }, null],
  ["the same number, made later", { number: 1000, made_at: "2026-11-21T01:00:01Z" }, null],
  ["a lower number", { number: 999, made_at: "2026-11-22T01:00:00Z" }, "older_pack"],
  ["the same number, made earlier", { number: 1000, made_at: "2026-11-21T00:59:59Z" }, "older_pack"],
  ["a lower number as a change", { number: 999, since: 1000 }, "older_pack"],
  ["a change of our number", { number: 1005, since: 1000 }, null],
  ["a change of another number", { number: 1005, since: 999 }, "other_base"],
  ["a change of a number to come", { number: 1005, since: 1001 }, "other_base"],
  ["another gate", { number: 1005, gate: { ...GATE, id: SOUTH } }, "other_gate"],
])("%s after number 1000", async (_name, written, fault) => {
  const pack = await packOf({ number: 1000 });
  expect(await faultOf(follow(pack, written))).toBe(fault);
});

test("a change needs a pack to change", async () => {
  expect(await faultOf(packOf({ since: 900 }))).toBe("other_base");
});

test("a change adds, replaces, moves and takes away tickets", async () => {
  const pack = await packOf({
    records: await Promise.all([1, 2, 3, 4, 5].map((serial) => recordOf(ticket(serial)))),
    others: await Promise.all([11, 12, 13].map((serial) => otherOf(ticket(serial)))),
  });
  const next = await follow(pack, {
    ...{ number: 1001, since: 1000 },
    records: await Promise.all([ticket(6), ticket(2, { status: 1 }), ticket(12)].map(recordOf)),
    others: await Promise.all([ticket(14), ticket(3), ticket(11, { status: 5 })].map(otherOf)),
    gone: [await tagOf(1n), await tagOf(13n), await tagOf(99n)],
  });
  expect(await serialsIn(next)).toEqual([2, 3, 4, 5, 6, 11, 12, 14]);
  expect([next.records.length / 64, next.others.length / 16]).toEqual([5, 3]);
  const statusOf = async (serial: bigint): Promise<unknown> => find(next, await tagOf(serial))?.status;
  expect([await statusOf(2n), await statusOf(11n), await statusOf(4n)]).toEqual(["canceled", "revoked", "valid"]);
  const kind = async (serial: bigint): Promise<unknown> => find(next, await tagOf(serial))?.details === null;
  expect([await kind(3n), await kind(12n)]).toEqual([true, false]);
});

test("changes put together do what they do one by one", async () => {
  const first = await packOf({
    records: await Promise.all([1, 2, 3].map((serial) => recordOf(ticket(serial)))),
    others: await Promise.all([4, 5].map((serial) => otherOf(ticket(serial)))),
  });
  const random = seeded(11);
  const files: Bytes[] = [];
  for (let number = 1001; number <= 1200; number++) {
    const parts: [number[], number[], number[]] = [[], [], []];
    for (let serial = 1; serial <= 12; serial++) parts[random() % 9]?.push(serial);
    const [records, others] = [await Promise.all(parts[0].map((n) => recordOf(ticket(n, { seal: number })))), parts[1]];
    const gone = await Promise.all(parts[2].map((serial) => tagOf(BigInt(serial))));
    const rows = await Promise.all(others.map((serial) => otherOf(ticket(serial))));
    files.push(await packFile(key, { number, since: number - 1, records, others: rows, gone }));
  }
  const changes = await Promise.all(files.map((file) => readPack(file, null)));
  const one = changes.reduce(succeed, first);
  const together = changedBy(first, changes);
  expect([hex(together.records), hex(together.others)]).toEqual([hex(one.records), hex(one.others)]);
  expect([together.head.number, together.records.length > 0, together.others.length > 0]).toEqual([1200, true, true]);
  expect(changedBy(first, [])).toBe(first);
  expect(await faultOf(Promise.resolve().then(() => changedBy(first, changes.slice(1))))).toBe("other_base");
});

test("changes one by one make the same pack as the whole", async () => {
  let pack = await packOf({ records: [], others: [] });
  for (let serial = 1; serial <= 20; serial++) {
    const [records, others] = [[await recordOf(ticket(serial))], [await otherOf(ticket(serial))]];
    const written = serial % 3 === 0 ? { others } : { records };
    pack = await follow(pack, { number: 1000 + serial, since: 999 + serial, ...written });
  }
  const serials = Array.from({ length: 20 }, (_, i) => i + 1);
  const whole = await packOf({
    records: await Promise.all(serials.filter((n) => n % 3 !== 0).map((n) => recordOf(ticket(n)))),
    others: await Promise.all(serials.filter((n) => n % 3 === 0).map((n) => otherOf(ticket(n)))),
  });
  expect([hex(pack.records), hex(pack.others)]).toEqual([hex(whole.records), hex(whole.others)]);
});

test.each([
  ["a name of one character", "林", "ja"],
  ["no name", "", "ko"],
  ["44 bytes without padding", "x".repeat(44), "en"],
  ["a language that we do not speak", "Zoë", "fr"],
])("sealed details: %s", async (_name, name, language) => {
  const guest = ticket(1, { name, language });
  const pack = await packOf({ records: [await recordOf(guest)] });
  const listed = find(pack, await tagOf(1n));
  expect(listed && (await openDetails(listed, guest.code))).toEqual({
    proved: true,
    language: language === "fr" ? null : language,
    name,
  });
});

test("the details of 5,000 wrong codes prove nothing, though some hit the check byte", async () => {
  const pack = await packOf({ records: [await recordOf(ticket(1))] });
  const listed = find(pack, await tagOf(1n));
  if (!listed) throw new Error("not listed");
  for (let i = 0; i < 5_000; i++) expect((await openDetails(listed, `wrong ${i}`))?.proved).toBe(false);
});

test("an odd status blocks", async () => {
  const pack = await packOf({ records: [await recordOf(ticket(1, { status: 7 }))] });
  expect(find(pack, await tagOf(1n))?.status).toBe("blocked");
});

test("hexadecimal goes there and back", () => {
  expect(hex(unhex("00ff10ab") ?? new Uint8Array())).toBe("00ff10ab");
  expect([unhex("0"), unhex("0g")]).toEqual([null, null]);
});
