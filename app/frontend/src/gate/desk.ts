import { backoff } from "./backoff";
import type { Clock } from "./clock";
import type { Direction, Receipt, Scan } from "./scan";
import type { Store } from "./store";
import { answerTo, upload, type Answer } from "./uploads";

export interface DeskState {
  readonly waiting: number;
  readonly setAside: number;
  readonly signedOut: boolean;
  readonly safe: boolean;
}

export interface Desk {
  /** Keeps the scan, sends it, and resolves with its receipt, or null when there was no answer in time. */
  readonly scan: (code: string, direction: Direction) => Promise<{ scan: Scan; receipt: Receipt | null }>;
  /** Sends what waits, now. */
  readonly flush: () => Promise<void>;
}

/** A single scan must answer while somebody stands at the door; a batch may take its time. */
const ONE_WITHIN_MS = 8_000;
const MANY_WITHIN_MS = 60_000;

/** Between the queue in the browser and the server: nothing leaves the queue without a receipt. */
export function createDesk({
  gate,
  scansUrl,
  csrf,
  token,
  store,
  clock,
  onState,
}: {
  gate: string;
  scansUrl: string;
  csrf: string;
  /** The bearer token of an enrolled phone, which outlives its session; "" for a session alone. */
  token: string;
  store: Store;
  clock: Clock;
  onState: (state: DeskState) => void;
}): Desk {
  const aside = new Set<number>();
  const underWay = new Set<number>();
  const proof: Record<string, string> = token ? { Authorization: `Bearer ${token}` } : { "X-CSRF-Token": csrf };
  let signedOut = false;
  let flushing = false;
  let attempt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function post(scans: readonly Scan[]): Promise<Answer> {
    const sentAt = Date.now();
    try {
      const answer = await fetch(scansUrl, {
        method: "POST",
        headers: { "Content-Type": "application/json", ...proof },
        body: JSON.stringify({ scans }),
        credentials: "same-origin",
        signal: AbortSignal.timeout(scans.length > 1 ? MANY_WITHIN_MS : ONE_WITHIN_MS),
      });
      if (!answer.ok) return answerTo(answer.status);
      const { receipts, server_time } = (await answer.json()) as { receipts: Receipt[]; server_time?: string };
      clock.learn(server_time, sentAt);
      return { kind: "receipts", receipts };
    } catch {
      return { kind: "later" };
    }
  }

  async function send(scans: readonly Scan[]): Promise<readonly Receipt[]> {
    const got: Receipt[] = [];
    const settle = async (receipts: readonly Receipt[]): Promise<void> => {
      got.push(...receipts);
      await store.remove(receipts.map((receipt) => receipt.seq));
    };
    scans.forEach((scan) => underWay.add(scan.seq));
    const setAside = (scan: Scan): void => void aside.add(scan.seq);
    const ended = await upload(scans, post, { settle, setAside }).catch(() => "later" as const);
    scans.forEach((scan) => underWay.delete(scan.seq));
    signedOut = ended === "signed_out";
    attempt = ended === "done" ? 0 : attempt + 1;
    if (ended !== "done") retryLater();
    return got;
  }

  function retryLater(): void {
    clearTimeout(timer);
    timer = setTimeout(() => void flush(), backoff(attempt - 1, Math.random()));
  }

  async function report(): Promise<void> {
    const waiting = (await store.pending()).filter((scan) => !aside.has(scan.seq)).length;
    onState({ waiting, setAside: aside.size, signedOut, safe: store.safe() });
  }

  async function flush(): Promise<void> {
    if (flushing) return;
    flushing = true;
    try {
      const due = (await store.pending()).filter((scan) => !aside.has(scan.seq) && !underWay.has(scan.seq));
      if (due.length > 0) await send(due);
    } finally {
      flushing = false;
      await report();
    }
  }

  async function scan(code: string, direction: Direction): Promise<{ scan: Scan; receipt: Receipt | null }> {
    const kept = await store.add({ code, gate, direction, ...clock.read(), device_verdict: null });
    const receipts = await send([kept]);
    const receipt = receipts.find((candidate) => candidate.seq === kept.seq) ?? null;
    if (receipt) void flush();
    else void report();
    return { scan: kept, receipt };
  }

  addEventListener("online", () => void flush());
  return { scan, flush };
}
