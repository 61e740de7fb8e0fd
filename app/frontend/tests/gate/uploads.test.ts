import { describe, expect, test } from "vitest";
import type { Receipt, Scan } from "../../src/gate/scan";
import { answerTo, BATCH, upload, type Answer } from "../../src/gate/uploads";

function scans(count: number): Scan[] {
  const clock = { monotonic_ms: 1, offset_ms: 0 };
  const rest = { code: "Y1:A", gate: "g", direction: "entry", scanned_at: "2026-11-21T01:00:00Z", clock } as const;
  return Array.from({ length: count }, (_, index) => ({ ...rest, seq: index + 1, device_verdict: null }));
}

function receipt(seq: number): Receipt {
  return { seq, status: "stored", verdict: "admitted", reason: null, warnings: [], ticket: null };
}

/** A server that cannot read the scans in `bad` and answers each batch by `answer`; remembers what it was sent. */
function server({ bad = [], answer }: { bad?: number[]; answer?: (batch: readonly Scan[]) => Answer }) {
  const batches: number[][] = [];
  const post = async (batch: readonly Scan[]): Promise<Answer> => {
    batches.push(batch.map((scan) => scan.seq));
    if (batch.some((scan) => bad.includes(scan.seq))) return { kind: "unreadable" };
    return answer?.(batch) ?? { kind: "receipts", receipts: batch.map((scan) => receipt(scan.seq)) };
  };
  return { batches, post };
}

function desk() {
  const settled: number[] = [];
  const aside: number[] = [];
  return {
    settled,
    aside,
    settle: async (receipts: readonly Receipt[]) => void settled.push(...receipts.map(({ seq }) => seq)),
    setAside: (scan: Scan) => void aside.push(scan.seq),
  };
}

describe("upload", () => {
  test("goes in batches of a thousand", async () => {
    const { batches, post } = server({});
    const to = desk();
    expect(await upload(scans(BATCH * 2 + 1), post, to)).toBe("done");
    expect(batches.map((batch) => batch.length)).toEqual([1000, 1000, 1]);
    expect(to.settled).toHaveLength(2001);
  });

  test("one unreadable scan stands alone and holds up no other", async () => {
    const { post } = server({ bad: [3] });
    const to = desk();
    expect(await upload(scans(8), post, to)).toBe("done");
    expect(to.settled).toEqual([1, 2, 4, 5, 6, 7, 8]);
    expect(to.aside).toEqual([3]);
  });

  test("settles only scans with a receipt of their own number", async () => {
    const { post } = server({ answer: () => ({ kind: "receipts", receipts: [receipt(2), receipt(99)] }) });
    const to = desk();
    expect(await upload(scans(3), post, to)).toBe("later");
    expect(to.settled).toEqual([2]);
    expect(to.aside).toEqual([]);
  });

  test.each(["later", "signed_out"] as const)("stops at %s and settles nothing", async (kind) => {
    const { batches, post } = server({ answer: () => ({ kind }) });
    const to = desk();
    expect(await upload(scans(BATCH + 1), post, to)).toBe(kind);
    expect(batches).toHaveLength(1);
    expect([...to.settled, ...to.aside]).toEqual([]);
  });
});

test.each([
  [400, "unreadable"], [413, "unreadable"], [422, "unreadable"], [401, "signed_out"], [403, "signed_out"],
  [404, "later"], [409, "later"], [429, "later"], [500, "later"], [503, "later"],
])("status %i means %s", (status, kind) => {
  expect(answerTo(status).kind).toBe(kind);
});
