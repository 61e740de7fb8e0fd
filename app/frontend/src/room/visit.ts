export type PresenceState = "recording" | "interrupted" | "ended";

export const RETRY_MS = 5_000;
const OVER = new Set([401, 403, 404, 410]);

/** What an answer to a beat means; null stands for no answer at all. */
export function stateAfter(status: number | null): PresenceState {
  if (status === null) return "interrupted";
  if (OVER.has(status)) return "ended";
  return status >= 200 && status < 300 ? "recording" : "interrupted";
}

/**
 * Milliseconds until the next beat, measured from the start of the last one, so that slow answers do not stretch the
 * rhythm: a gap of 45 s ends an interval on the server.
 */
export function waitFor({
  state,
  beatMs,
  spentMs,
}: {
  state: PresenceState;
  beatMs: number;
  spentMs: number;
}): number | null {
  if (state === "ended") return null;
  return state === "recording" ? Math.max(0, beatMs - spentMs) : Math.min(RETRY_MS, beatMs);
}

/** A random UUID (version 4); `crypto.randomUUID` exists only on secure pages, and a demo may run without TLS. */
export function newVisit(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
