export type Direction = "entry" | "exit";
export type Answer = "admitted" | "refused";

/** What the words of a reason need: ids and days as text, moments as RFC 3339, lists of these. */
export type Facts = Readonly<Record<string, string | number | readonly string[]>>;

/** What this phone decided by itself and showed: for whoever stands at the door it is final. */
export interface DeviceVerdict {
  readonly verdict: Answer;
  readonly reason: string | null;
}

/** What a device saw; the shape of one item of `POST /api/v1/scans`, and of a row of the queue in the browser. */
export interface Scan {
  readonly seq: number;
  readonly code: string;
  readonly gate: string;
  readonly direction: Direction | "undo";
  readonly scanned_at: string;
  readonly clock: { readonly monotonic_ms: number; readonly offset_ms: number; readonly anchor_ms?: number | null };
  readonly device_verdict: DeviceVerdict | null;
  /** A guest checked in by hand: the ticket found by name, and who did it why. */
  readonly ticket?: string;
  readonly manual?: string;
  /** The scan that an undo takes back; `device` null is this device. */
  readonly undoes?: { readonly device: string | null; readonly seq: number };
}

/** What a scan is about, before it has a number and a time. */
export type Wish = Pick<Scan, "code" | "direction" | "ticket" | "manual" | "undoes">;

export interface Guest {
  readonly id?: string;
  readonly name?: string | null;
  readonly ticket_type?: unknown;
  readonly party?: number | null;
  readonly inside?: unknown;
  readonly language?: string | null;
}

export interface Receipt {
  readonly seq: number;
  readonly status: "stored" | "already_stored" | "quarantined";
  readonly verdict: Answer | null;
  readonly reason: string | null;
  readonly warnings: readonly string[];
  readonly ticket: Guest | null;
  readonly facts?: Facts;
  /** The reason with its facts, in the language of the page. */
  readonly explanation?: string | null;
}

/**
 * The code as a keyboard scanner typed it: full-width letters of a Japanese input method become plain ones. Blanks stay,
 * because the space is a letter of base 45; only what ends a line goes.
 */
export function cleanCode(typed: string): string {
  return typed.normalize("NFKC").replace(/[\r\n\t]/g, "");
}
