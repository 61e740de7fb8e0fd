import { describe, expect, it } from "vitest";
import { keepEnrolment, makeKeys, publicKey, readEnrolment, type Enrolment } from "../../src/gate/keyring";

const NOW = Date.parse("2026-11-21T01:00:00Z");

async function enrolment(token: string): Promise<Enrolment> {
  return { device: "d", name: "North gate", token, gates: ["g"], expires_at: "2026-12-01T15:00:00Z", keys: await makeKeys() };
}

describe("the keyring of a phone", () => {
  it("is empty before the phone is enrolled", async () => {
    expect(await readEnrolment(NOW)).toBeNull();
  });

  it("keeps the newest enrolment until it is over", async () => {
    await keepEnrolment(await enrolment("old"));
    await keepEnrolment(await enrolment("new"));
    expect((await readEnrolment(NOW))?.token).toBe("new");
    expect(await readEnrolment(Date.parse("2026-12-01T15:00:00Z"))).toBeNull();
  });

  it("makes keys that sign and cannot be copied", async () => {
    const keys = await makeKeys();
    expect(keys.privateKey.extractable).toBe(false);
    await expect(crypto.subtle.exportKey("pkcs8", keys.privateKey)).rejects.toThrow();
    expect(atob(await publicKey(keys))).toHaveLength(44); // SubjectPublicKeyInfo of Ed25519
  });
});
