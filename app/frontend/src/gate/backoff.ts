const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

/**
 * Milliseconds before attempt `attempt` (0 = first retry): doubled each time up to a minute, of which a random half
 * keeps the devices of a hall from coming back in the same second. `random` is 0 to 1.
 */
export function backoff(attempt: number, random: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(full * (0.5 + random / 2));
}
