import type { Scan } from "./scan";

export interface Clock {
  /** Wall clock and counters of this moment, in the shape a scan carries. */
  readonly read: () => Pick<Scan, "scanned_at" | "clock">;
  /** Learns the difference to the server from an answer that left at `sentAt` (milliseconds of the wall clock). */
  readonly learn: (serverTime: string | null | undefined, sentAt: number) => void;
  /** A moment of this clock by the server's, in milliseconds of the wall clock. */
  readonly toServerTime: (at: number) => number;
  /** Whether the difference was ever learned. */
  readonly isTrusted: () => boolean;
}

/** Where the difference outlives the page, so that a reload off line still knows it. */
export interface Kept {
  readonly read: () => number | null;
  readonly write: (offset: number) => void;
}

const NOT_KEPT: Kept = { read: () => null, write: () => undefined };

/**
 * The device's clock: `offset_ms` is server minus device at the last contact, 0 before the first; `anchor_ms` the wall
 * clock minus the counter of then, by which the server sees a wall clock that was set while the device was off line.
 */
export function createClock(
  now: () => number = Date.now,
  monotonic: () => number = () => performance.now(),
  kept: Kept = NOT_KEPT,
): Clock {
  const before = kept.read();
  let offset = before ?? 0;
  let learned = before !== null;
  let anchor: number | null = null;
  return {
    read: () => ({
      scanned_at: new Date(now()).toISOString(),
      clock: { monotonic_ms: Math.round(monotonic()), offset_ms: offset, anchor_ms: anchor },
    }),
    learn: (serverTime, sentAt) => {
      const server = Date.parse(serverTime ?? "");
      if (Number.isNaN(server)) return;
      offset = Math.round(server - (sentAt + now()) / 2);
      anchor = Math.round(now() - monotonic());
      learned = true;
      kept.write(offset);
    },
    toServerTime: (at) => at + offset,
    isTrusted: () => learned,
  };
}

/** Keeps the difference in this browser. */
export function keptHere(name = "machigurumi-gate-offset"): Kept {
  return {
    read: () => {
      try {
        const found = localStorage.getItem(name);
        return found === null ? null : Number(found);
      } catch {
        return null;
      }
    },
    write: (offset) => {
      try {
        localStorage.setItem(name, String(offset));
      } catch {
        // A full storage: the difference lives as long as the page.
      }
    },
  };
}
