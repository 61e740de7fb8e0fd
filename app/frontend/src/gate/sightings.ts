/**
 * Tells a new sighting of a code from the same phone still being held up: true once, then false until the code has been
 * out of sight for `quietMs`. Every sighting prolongs the silence. Times are milliseconds of a monotonic clock.
 */
export function createSightings(quietMs = 3_000): (key: string, now: number) => boolean {
  const last = new Map<string, number>();
  return (key, now) => {
    for (const [seen, at] of last) if (now - at >= quietMs) last.delete(seen);
    const fresh = !last.has(key);
    last.set(key, now);
    return fresh;
  };
}
