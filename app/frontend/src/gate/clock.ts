import type { Scan } from "./scan";

export interface Clock {
  /** Wall clock and counters of this moment, in the shape a scan carries. */
  readonly read: () => Pick<Scan, "scanned_at" | "clock">;
  /** Learns the difference to the server from an answer that left at `sentAt` (milliseconds of the wall clock). */
  readonly learn: (serverTime: string | null | undefined, sentAt: number) => void;
}

/** The device's clock: `offset_ms` is server minus device at the last contact, 0 before the first. */
export function createClock(now: () => number = Date.now, monotonic: () => number = () => performance.now()): Clock {
  let offset = 0;
  return {
    read: () => ({
      scanned_at: new Date(now()).toISOString(),
      clock: { monotonic_ms: Math.round(monotonic()), offset_ms: offset },
    }),
    learn: (serverTime, sentAt) => {
      const server = Date.parse(serverTime ?? "");
      if (!Number.isNaN(server)) offset = Math.round(server - (sentAt + now()) / 2);
    },
  };
}
