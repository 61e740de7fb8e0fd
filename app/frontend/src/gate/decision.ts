import type { Answer, Facts, Receipt } from "./scan";

/** The phone's own verdict, from its pack alone. */
export interface Opinion {
  readonly verdict: Answer;
  readonly reason: string | null;
  readonly facts: Facts;
  readonly warnings: readonly string[];
  /** Not in the list of this phone, which the newest tickets may not have reached yet: the server knows better. */
  readonly unlisted: boolean;
  readonly ticket: {
    readonly name: string;
    readonly language: string | null;
    readonly title: string;
    readonly party: number;
    readonly inside: number;
  } | null;
}

/** Whose word is shown at the door: the server's, the phone's own, or nobody's yet. */
export type Decision =
  | { readonly by: "server"; readonly receipt: Receipt }
  | { readonly by: "device"; readonly opinion: Opinion }
  | { readonly by: "nobody" };

/**
 * Whether the list may not have reached this phone yet: a ticket made a moment ago, or a residence that was asked a
 * moment ago at this very gate.
 */
function mayBeNews({ unlisted, reason }: Opinion): boolean {
  return unlisted || reason === "residence_missing";
}

/** How long the server's answer is worth waiting for while somebody stands at the door. */
export const SERVER_WITHIN_MS = 250;
/** The same where the server may know of something newer than the list of this phone. */
export const SERVER_WITHIN_MS_UNLISTED = 1_500;

/**
 * Decides whose verdict is shown. The phone judges at once and asks the server at the same time; the server's answer
 * counts when it comes in time, else the phone's own does and is final. Without a list of its own the phone waits until
 * the server has answered or cannot (`asked` is null). `reachable` false does not wait at all.
 */
export async function decide({
  judged,
  asked,
  reachable,
}: {
  judged: Promise<Opinion | null>;
  asked: Promise<Receipt | null>;
  reachable: boolean;
}): Promise<Decision> {
  const since = performance.now();
  const opinion = await judged.catch(() => null);
  const patience = opinion && mayBeNews(opinion) ? SERVER_WITHIN_MS_UNLISTED : SERVER_WITHIN_MS;
  const left = Math.max(0, patience - (performance.now() - since));
  const receipt = opinion === null ? await asked : reachable ? await within(asked, left) : null;
  if (receipt) return { by: "server", receipt };
  return opinion ? { by: "device", opinion } : { by: "nobody" };
}

/** The answer, or null when it takes longer than this. */
function within<T>(answer: Promise<T>, ms: number): Promise<T | null> {
  return Promise.race([answer, new Promise<null>((resolve) => setTimeout(resolve, ms, null))]);
}
