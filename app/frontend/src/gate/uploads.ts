import type { Receipt, Scan } from "./scan";

/** What the server made of a batch: receipts, not now, sign in again, or a batch it cannot read. */
export type Answer =
  | { readonly kind: "receipts"; readonly receipts: readonly Receipt[] }
  | { readonly kind: "later" }
  | { readonly kind: "signed_out" }
  | { readonly kind: "unreadable" };

export type Post = (scans: readonly Scan[]) => Promise<Answer>;

export interface Desk {
  /** Called for each receipt; only this may remove a scan from the device. */
  readonly settle: (receipts: readonly Receipt[]) => Promise<void>;
  /** Called for a scan that the server cannot read even alone; it stays on the device. */
  readonly setAside: (scan: Scan) => void;
}

export const BATCH = 1_000;
const UNREADABLE = new Set([400, 413, 422]);

/** Meaning of an HTTP status that is not a success. */
export function answerTo(status: number): Answer {
  if (status === 401 || status === 403) return { kind: "signed_out" };
  return UNREADABLE.has(status) ? { kind: "unreadable" } : { kind: "later" };
}

/**
 * Sends scans in batches and returns how it ended. A batch that the server cannot read is halved until the one bad scan
 * stands alone, so it never holds up the others. An answer without a receipt of ours counts as no answer.
 */
export async function upload(scans: readonly Scan[], post: Post, desk: Desk): Promise<"done" | "later" | "signed_out"> {
  for (let start = 0; start < scans.length; start += BATCH) {
    const ended = await uploadBatch(scans.slice(start, start + BATCH), post, desk);
    if (ended !== "done") return ended;
  }
  return "done";
}

async function uploadBatch(batch: readonly Scan[], post: Post, desk: Desk): Promise<"done" | "later" | "signed_out"> {
  const answer = await post(batch);
  if (answer.kind === "receipts") {
    const sent = new Set(batch.map((scan) => scan.seq));
    const ours = answer.receipts.filter((receipt) => sent.has(receipt.seq));
    await desk.settle(ours);
    return ours.length < batch.length ? "later" : "done";
  }
  if (answer.kind !== "unreadable") return answer.kind;
  if (batch.length === 1) {
    batch.forEach(desk.setAside);
    return "done";
  }
  const middle = Math.ceil(batch.length / 2);
  const first = await uploadBatch(batch.slice(0, middle), post, desk);
  return first === "done" ? uploadBatch(batch.slice(middle), post, desk) : first;
}
