export type Direction = "entry" | "exit";

/** What a device saw; the shape of one item of `POST /api/v1/scans`, and of a row of the queue in the browser. */
export interface Scan {
  readonly seq: number;
  readonly code: string;
  readonly gate: string;
  readonly direction: Direction;
  readonly scanned_at: string;
  readonly clock: { readonly monotonic_ms: number; readonly offset_ms: number };
  readonly device_verdict: null;
}

export interface Receipt {
  readonly seq: number;
  readonly status: "stored" | "already_stored" | "quarantined";
  readonly verdict: "admitted" | "refused" | null;
  readonly reason: string | null;
  readonly warnings: readonly string[];
  readonly ticket: {
    readonly name?: string | null;
    readonly ticket_type?: unknown;
    readonly party?: number | null;
    readonly inside?: unknown;
  } | null;
}

/**
 * The code as a keyboard scanner typed it: full-width letters of a Japanese input method become plain ones. Blanks stay,
 * because the space is a letter of base 45; only what ends a line goes.
 */
export function cleanCode(typed: string): string {
  return typed.normalize("NFKC").replace(/[\r\n\t]/g, "");
}
