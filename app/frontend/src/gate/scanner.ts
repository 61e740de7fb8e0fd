import { decide, type Decision, type Opinion } from "./decision";
import type { Desk } from "./desk";
import { faceOf, faceOfOpinion, type Telling } from "./faces";
import type { Judgement } from "./judgement";
import type { Face } from "./panel";
import type { Answer, Guest, Receipt, Scan, Wish } from "./scan";

/** What came of a code: what is shown, whose verdict it is, and how long it took from the code to here. */
export interface Outcome {
  readonly scan: Scan;
  readonly face: Face;
  readonly verdict: Answer | null;
  readonly reason: string | null;
  readonly by: Decision["by"];
  /** Whose ticket it is, where the server has said it. */
  readonly guest: Guest | null;
  readonly ms: number;
}

export interface Scanner {
  /** One code, one verdict; `onWaiting` is called with what to show while nobody has answered yet. */
  readonly scan: (wish: Wish, onWaiting: (face: Face) => void) => Promise<Outcome>;
}

const CHECKING_AFTER_MS = 150;
const NO_ANSWER_AFTER_MS = 3_000;

/**
 * Keeps the scan, judges it, asks the server at the same time, and settles on one verdict. What is shown in the end is
 * final: where it was the phone's own, the server is told, now or whenever it answers again.
 */
export function createScanner({
  desk,
  judgement,
  telling,
  isReachable,
  onKept,
}: {
  desk: Desk;
  judgement: Judgement;
  telling: Telling;
  isReachable: () => boolean;
  onKept: () => void;
}): Scanner {
  const { words } = telling;

  async function scan(wish: Wish, onWaiting: (face: Face) => void): Promise<Outcome> {
    const since = performance.now();
    const kept = await desk.keep(wish);
    onKept();
    const judging = wish.code ? judgement.judge(kept).catch(() => null) : Promise.resolve(null);
    const asked = desk.send(kept);
    const waits = [
      setTimeout(onWaiting, CHECKING_AFTER_MS, { kind: "neutral", word: words("checking") }),
      setTimeout(onWaiting, NO_ANSWER_AFTER_MS, { kind: "warning", word: words("saved"), reason: words("no_answer_reason") }),
    ];
    const judged = judging.then((found) => found?.opinion ?? null);
    const decision = await decide({ judged, asked, reachable: isReachable() });
    waits.forEach(clearTimeout);
    const shown = verdictOf(decision);
    if (shown) (await judging)?.remember(shown.verdict);
    if (decision.by === "device") await desk.decide(kept, { verdict: decision.opinion.verdict, reason: decision.opinion.reason });
    return {
      ...{ scan: kept, face: faceFor(decision), by: decision.by, ms: Math.round(performance.now() - since) },
      ...{ verdict: shown?.verdict ?? null, reason: shown?.reason ?? null },
      guest: decision.by === "server" ? decision.receipt.ticket : null,
    };
  }

  function faceFor(decision: Decision): Face {
    if (decision.by === "server") return faceOf(decision.receipt, telling);
    if (decision.by === "device") return faceOfOpinion(decision.opinion, telling);
    return { kind: "warning", word: words("saved"), reason: words("saved_reason") };
  }

  return { scan };
}

/** A scan that was kept aside has no verdict at the door, whatever its receipt says. */
function verdictOf(decision: Decision): { verdict: Answer; reason: string | null } | null {
  if (decision.by === "nobody") return null;
  const told: Opinion | Receipt = decision.by === "server" ? decision.receipt : decision.opinion;
  if ("status" in told && told.status === "quarantined") return null;
  return told.verdict ? { verdict: told.verdict, reason: told.reason } : null;
}
