import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { decide, SERVER_WITHIN_MS, SERVER_WITHIN_MS_UNLISTED, type Opinion } from "../../src/gate/decision";
import type { Receipt } from "../../src/gate/scan";

const RECEIPT: Receipt = { seq: 1, status: "stored", verdict: "refused", reason: "blocked", warnings: [], ticket: null };
const OPINION: Opinion = { verdict: "admitted", reason: null, facts: {}, warnings: [], unlisted: false, ticket: null };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function after<T>(ms: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(resolve, ms, value));
}

/** Decides, and says when: milliseconds from the code to the decision. */
async function decided(
  { opinion, judging = 5, receipt, asking, reachable = true }: {
    opinion: Opinion | null; judging?: number; receipt: Receipt | null; asking: number; reachable?: boolean;
  },
): Promise<[string, number]> {
  let took = -1;
  const wait = decide({ judged: after(judging, opinion), asked: after(asking, receipt), reachable }).then((decision) => {
    took = performance.now() - since;
    return decision.by;
  });
  const since = performance.now();
  await vi.advanceTimersByTimeAsync(20_000);
  return [await wait, Math.round(took)];
}

describe("whose verdict is shown", () => {
  test("the server's, when it comes in time", async () => {
    expect(await decided({ opinion: OPINION, receipt: RECEIPT, asking: 40 })).toEqual(["server", 40]);
    expect(await decided({ opinion: OPINION, receipt: RECEIPT, asking: SERVER_WITHIN_MS - 1 })).toEqual(["server", 249]);
  });

  test("the phone's own, when the server is too late, and never later than that", async () => {
    expect(await decided({ opinion: OPINION, receipt: RECEIPT, asking: 251 })).toEqual(["device", SERVER_WITHIN_MS]);
    expect(await decided({ opinion: OPINION, receipt: RECEIPT, asking: 251, judging: 100 })).toEqual(["device", 250]);
  });

  test("the phone's own at once, when the server cannot be asked", async () => {
    expect(await decided({ opinion: OPINION, receipt: null, asking: 12 })).toEqual(["device", 12]);
    expect(await decided({ opinion: OPINION, receipt: null, asking: 8_000, reachable: false })).toEqual(["device", 5]);
  });

  test("a code that the phone does not know waits longer for a server that may know it", async () => {
    const opinion = { ...OPINION, verdict: "refused", reason: "revoked", unlisted: true } as const;
    expect(await decided({ opinion, receipt: RECEIPT, asking: 900 })).toEqual(["server", 900]);
    expect(await decided({ opinion, receipt: RECEIPT, asking: 9_000 })).toEqual(["device", SERVER_WITHIN_MS_UNLISTED]);
    expect(await decided({ opinion, receipt: RECEIPT, asking: 9_000, reachable: false })).toEqual(["device", 5]);
  });

  test("a residence that is missing may have been asked a moment ago, which the server knows", async () => {
    const opinion = { ...OPINION, verdict: "refused", reason: "residence_missing" } as const;
    expect(await decided({ opinion, receipt: RECEIPT, asking: 900 })).toEqual(["server", 900]);
    expect(await decided({ opinion, receipt: RECEIPT, asking: 900, reachable: false })).toEqual(["device", 5]);
  });

  test("without a list of its own the phone waits for the server, and then nobody has decided", async () => {
    expect(await decided({ opinion: null, receipt: RECEIPT, asking: 7_000 })).toEqual(["server", 7_000]);
    expect(await decided({ opinion: null, receipt: null, asking: 8_000 })).toEqual(["nobody", 8_000]);
  });
});
