import { backoff } from "./backoff";
import type { Clock } from "./clock";
import type { DeviceVerdict, Receipt, Scan, Wish } from "./scan";
import type { Store } from "./store";
import { answerTo, upload, type Answer } from "./uploads";

export interface DeskState {
  readonly waiting: number;
  readonly setAside: number;
  readonly signedOut: boolean;
  readonly safe: boolean;
}

export interface Desk {
  /** Numbers the scan and keeps it; from here on it cannot be lost. */
  readonly keep: (wish: Wish, verdict?: DeviceVerdict) => Promise<Scan>;
  /** Sends one scan now, and resolves with its receipt, or null when the server does not answer. */
  readonly send: (scan: Scan) => Promise<Receipt | null>;
  /** Makes what the phone showed final: it goes with the next upload, should the server have thought otherwise. */
  readonly decide: (scan: Scan, verdict: DeviceVerdict) => Promise<void>;
  /** Sends what waits, now. */
  readonly flush: () => Promise<void>;
  /** Counts anew what waits: another tab has kept or sent something. */
  readonly report: () => Promise<void>;
}

interface Answered {
  readonly receipts: Receipt[];
  readonly server_time?: string;
  /** 0 where the server does not know it. */
  readonly pack_number?: number;
}

/** A single scan must answer while somebody stands at the door; a batch may take its time. */
const ONE_WITHIN_MS = 8_000;
const MANY_WITHIN_MS = 60_000;
/** The door decides within this time; until then a scan without a verdict is not sent in a batch. */
const FRESH_MS = 2_000;

/** Between the queue in the browser and the server: nothing leaves the queue without a receipt. */
export function createDesk({
  gate,
  scansUrl,
  proof,
  store,
  clock,
  onState,
  mayFlush = () => true,
  onNumber = () => undefined,
}: {
  gate: string;
  scansUrl: string;
  /** Headers that say who sends: the token of an enrolled phone, which outlives its session, or the session's. */
  proof: Readonly<Record<string, string>>;
  store: Store;
  clock: Clock;
  onState: (state: DeskState) => void;
  /** Whether this tab is the one that sends batches. */
  mayFlush?: () => boolean;
  /** Hears the number of the newest list, which comes with every answer. */
  onNumber?: (number: number) => void;
}): Desk {
  const aside = new Set<number>();
  const underWay = new Set<number>();
  const finals = new Map<number, DeviceVerdict>();
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
        body: JSON.stringify({ scans, sent_at: new Date(sentAt).toISOString() }),
        credentials: "same-origin",
        signal: AbortSignal.timeout(scans.length > 1 ? MANY_WITHIN_MS : ONE_WITHIN_MS),
      });
      if (!answer.ok) return answerTo(answer.status);
      const { receipts, server_time, pack_number = 0 } = (await answer.json()) as Answered;
      clock.learn(server_time, sentAt);
      onNumber(pack_number);
      return { kind: "receipts", receipts };
    } catch {
      return { kind: "later" };
    }
  }

  /** Whether the server has yet to hear that the door decided otherwise than it answered to an upload without a verdict. */
  function disagrees(sent: Scan | undefined, receipt: Receipt): boolean {
    const final = finals.get(receipt.seq);
    return final !== undefined && sent?.device_verdict === null && final.verdict !== receipt.verdict;
  }

  async function upLoad(scans: readonly Scan[]): Promise<readonly Receipt[]> {
    const got: Receipt[] = [];
    const bySeq = new Map(scans.map((scan) => [scan.seq, scan]));
    const settle = async (receipts: readonly Receipt[]): Promise<void> => {
      got.push(...receipts);
      await store.remove(receipts.filter((one) => !disagrees(bySeq.get(one.seq), one)).map(({ seq }) => seq));
    };
    scans.forEach((scan) => underWay.add(scan.seq));
    const setAside = (scan: Scan): void => void aside.add(scan.seq);
    const ended = await upload(scans, post, { settle, setAside }).catch(() => "later" as const);
    scans.forEach((scan) => underWay.delete(scan.seq));
    signedOut = ended === "signed_out";
    attempt = ended === "done" ? 0 : attempt + 1;
    if (ended !== "done") retryIn(backoff(attempt - 1, Math.random()));
    return got;
  }

  function retryIn(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => void flush(), ms);
  }

  async function report(): Promise<void> {
    const waiting = (await store.pending()).filter((scan) => !aside.has(scan.seq)).length;
    onState({ waiting, setAside: aside.size, signedOut, safe: store.safe() });
  }

  /** Scans of this moment are left to the door; one that this tab alone can send (kept in memory) waits for nobody. */
  function isFresh(scan: Scan): boolean {
    return scan.device_verdict === null && Math.abs(Date.now() - Date.parse(scan.scanned_at)) < FRESH_MS;
  }

  async function flush(): Promise<void> {
    if (flushing || (!mayFlush() && store.safe())) return;
    flushing = true;
    try {
      const due = (await store.pending()).filter((scan) => !aside.has(scan.seq) && !underWay.has(scan.seq));
      const ripe = due.filter((scan) => !isFresh(scan));
      if (ripe.length > 0) await upLoad(ripe);
      if (ripe.length < due.length && attempt === 0) retryIn(FRESH_MS);
    } finally {
      flushing = false;
      await report();
    }
  }

  async function send(scan: Scan): Promise<Receipt | null> {
    const receipts = await upLoad([scan]);
    const receipt = receipts.find((candidate) => candidate.seq === scan.seq) ?? null;
    if (receipt) void flush();
    else void report();
    return receipt;
  }

  async function decide(scan: Scan, verdict: DeviceVerdict): Promise<void> {
    finals.set(scan.seq, verdict);
    await store.decide(scan, verdict);
  }

  addEventListener("online", () => void flush());
  return {
    keep: (wish, verdict) => store.add({ ...wish, gate, ...clock.read(), device_verdict: verdict ?? null }),
    send,
    decide,
    flush,
    report,
  };
}
