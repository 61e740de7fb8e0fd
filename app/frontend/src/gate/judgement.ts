import type { Heard } from "./contact";
import type { Opinion } from "./decision";
import { judgeCode, moveOf, warmUp, type Judged, type Situation } from "./engine/judge";
import { PackRefused, RECORD, type Pack, type PackFault } from "./engine/pack";
import { openPacks } from "./engine/packs";
import type { Answer, Direction, Scan } from "./scan";
import type { Names, Texts } from "./words";

const FETCH_WITHIN_MS = 30_000;
/** Refusals that do not pass by themselves: the server was set back, or makes its lists with other keys. */
const FOR_GOOD: readonly PackFault[] = ["unknown_pack_key", "bad_pack_signature", "older_pack"];
/** So many in a row are no chance, such as another tab that was quicker. */
const MOST_REFUSED = 3;
/** How often a list is asked for that is refused for good, or lower than ours, which it may be for a while. */
const ASK_AGAIN_MS = 60_000;

/** How this phone's list of tickets stands. */
export interface ListState {
  readonly number: number | null;
  readonly tickets: number;
  /** Milliseconds since the server last said that it is the newest, null before there is one. */
  readonly age: number | null;
  /** The server's lists are refused, and will be, until the gate is chosen anew. */
  readonly refused: boolean;
}

/** The phone's own judgement: the pack of the gate, who went in and out, and the engine over both. */
export interface Judgement {
  /** Null without a list. `remember` is called with what was shown at last. */
  readonly judge: (scan: Scan) => Promise<{ opinion: Opinion; remember: (shown: Answer) => void } | null>;
  readonly undo: (seq: number) => void;
  /** Takes in what the server told: moves of other phones, people inside, and a newer list if there is one. */
  readonly hear: (heard: Heard) => Promise<void>;
  /** Hears from elsewhere which list is the newest, and fetches it. */
  readonly learn: (number: number) => void;
  /** Chooses the gate anew: forgets its list and believes the next one that comes, as on the first day. */
  readonly renew: () => Promise<void>;
  /** Up to where this phone has heard of moves. */
  readonly cursor: () => string | null;
  readonly list: () => ListState;
  readonly names: () => Names;
  readonly zone: () => string | undefined;
}

/** Opens what is kept, without asking the server. */
export async function openJudgement({
  gate,
  device,
  packUrl,
  proof,
  language,
  toServerTime,
  isTrusted,
  onChange,
}: {
  gate: string;
  device: string;
  packUrl: string;
  proof: Readonly<Record<string, string>>;
  language: string;
  /** A moment of this phone's clock by the clock of the server. */
  toServerTime: (at: number) => number;
  /** Whether the difference between the two is known. */
  isTrusted: () => boolean;
  onChange: () => void;
}): Promise<Judgement> {
  const packs = await openPacks();
  let pack = await packs.read(gate);
  const kept = await packs.readMoves(gate);
  const { moves } = kept;
  let { cursor } = kept;
  let confirmedAt: number | null = null;
  let venue: Situation["venue"] = null;
  let names = namesOf(pack);
  let fetching = false;
  let refusals = 0;
  let askedAt = -Infinity;

  function situation(scan: Scan, current: Pack): Situation {
    const at = new Date(toServerTime(Date.parse(scan.scanned_at))).toISOString();
    return {
      ...{ pack: current, moves, at, device, seq: scan.seq, venue, clockTrusted: isTrusted() },
      direction: scan.direction as Direction,
      confirmedAt: confirmedAt === null ? null : new Date(toServerTime(confirmedAt)).toISOString(),
    };
  }

  async function judge(scan: Scan): ReturnType<Judgement["judge"]> {
    if (!pack) return null;
    const now = situation(scan, pack);
    const judged = await judgeCode(scan.code, now);
    const remember = (verdict: Answer): void => {
      const move = moveOf({ tag: judged.tag, verdict }, now);
      if (move && moves.add(move)) void packs.keepMoves([move]);
    };
    return { opinion: opinionOf(judged, language), remember };
  }

  async function hear({ packNumber, inside, capacity, moves: heard, cursor: next, at }: Heard): Promise<void> {
    if (inside !== null) venue = { inside, capacity, at };
    const fresh = heard.map((move) => ({ device: "", seq: 0, ...move })).filter((move) => moves.add(move));
    if (next !== null && (fresh.length > 0 || next !== cursor)) await packs.keepMoves(fresh, { gate, cursor: next });
    cursor = next ?? cursor;
    const known = pack?.head.number ?? -1;
    if (packNumber <= known && refusals === 0) confirmedAt = Date.now();
    if (packNumber > known || (isDue() && (refusals > 0 || packNumber !== known))) await fetchPack();
    onChange();
  }

  /** A lower number is one of another process for a moment, or of a server that was set back: its list shows which. */
  function isDue(): boolean {
    const isWaiting = refusals === 0 || refusals >= MOST_REFUSED;
    return !isWaiting || Date.now() - askedAt >= ASK_AGAIN_MS;
  }

  async function fetchPack(): Promise<void> {
    if (fetching || (refusals >= MOST_REFUSED && !isDue())) return;
    [fetching, askedAt] = [true, Date.now()];
    try {
      await takeSince(pack?.head.number ?? null).catch(startAgain);
      refusals = 0;
      if (pack) confirmedAt = Date.now();
    } catch (error) {
      if (error instanceof PackRefused && FOR_GOOD.includes(error.fault)) refusals += 1;
    } finally {
      fetching = false;
    }
  }

  /** A change that fits to nothing here: the whole list is asked for, and only a newer one is taken. */
  async function startAgain(error: unknown): Promise<void> {
    if (!(error instanceof PackRefused) || error.fault !== "other_base") throw error;
    await takeSince(null);
  }

  async function takeSince(since: number | null): Promise<void> {
    const got = await ask(since);
    if (!got) return;
    const isFirst = pack === null;
    pack = await packs.take(gate, pack, got);
    names = namesOf(pack);
    if (isFirst) void warm();
  }

  async function renew(): Promise<void> {
    await packs.forget(gate);
    [pack, cursor, confirmedAt, refusals] = [null, null, null, 0];
    await fetchPack();
    onChange();
  }

  function learn(number: number): void {
    if (number > (pack?.head.number ?? 0)) void fetchPack().then(onChange);
  }

  /** The first guest does not wait for what the browser prepares late. */
  async function warm(): Promise<void> {
    if (pack) await warmUp(situation(NOBODY, pack)).catch(() => undefined);
  }

  async function ask(since: number | null): Promise<Uint8Array<ArrayBuffer> | null> {
    const url = since === null ? packUrl : `${packUrl}?since=${since}`;
    const answer = await fetch(url, { headers: { ...proof }, signal: AbortSignal.timeout(FETCH_WITHIN_MS) });
    if (answer.status === 304) return null;
    if (!answer.ok) throw new Error(String(answer.status));
    return new Uint8Array(await answer.arrayBuffer());
  }

  function undo(seq: number): void {
    moves.undo(device, seq);
    void packs.keepUndone(device, seq);
  }

  function list(): ListState {
    const checked = Math.max(confirmedAt ?? 0, pack ? Date.parse(pack.head.made_at) : 0);
    const tickets = pack ? pack.records.length / RECORD : 0;
    const age = pack ? Math.max(0, Date.now() - checked) : null;
    return { number: pack?.head.number ?? null, tickets, age, refused: refusals >= MOST_REFUSED };
  }

  void warm();
  return { judge, undo, hear, learn, renew, cursor: () => cursor, list, names: () => names, zone: () => pack?.head.convention.zone };
}

/** Nobody's scan, to warm up with. */
const NOBODY: Scan = {
  ...{ seq: 0, code: "", gate: "", direction: "entry", scanned_at: "2026-01-01T00:00:00.000Z", device_verdict: null },
  clock: { monotonic_ms: 0, offset_ms: 0 },
};

function opinionOf({ verdict, reason, facts, warnings, unlisted, ticket }: Judged, language: string): Opinion {
  const guest = ticket && { ...ticket, title: ticket.title[language] ?? ticket.title.en ?? ticket.title.ja ?? "" };
  return { verdict, reason, facts, warnings, unlisted, ticket: guest };
}

function namesOf(pack: Pack | null): Names {
  if (!pack) return new Map();
  const { gates, venues, events } = pack.head;
  const named: (readonly [string, Texts])[] = [...gates, ...venues].map(({ id, name }) => [id, name] as const);
  return new Map([...named, ...events.map(({ id, title }) => [id, title] as const)]);
}

