import type { Clock } from "./clock";

/** Every so often a phone in use tells the server how it is, and hears what the other phones have admitted. */
export const EVERY_MS = 3_000;
const WITHIN_MS = 5_000;

/** What a phone of the same event let in or out; `tag` names the ticket in the pack. */
export interface Move {
  readonly tag: string;
  readonly direction: "entry" | "exit";
  readonly at: string;
  readonly gate: string;
  /** It was taken back. */
  readonly undone?: boolean;
  /** This phone's own scan, which somebody else has taken back. */
  readonly device?: string;
  readonly seq?: number;
}

interface Answer {
  readonly server_time: string;
  readonly pack_number: number;
  readonly inside: number | null;
  readonly capacity: number | null;
  readonly moves: readonly Move[];
  readonly moves_cursor: number | string | null;
}

export interface Heard {
  readonly packNumber: number;
  readonly inside: number | null;
  readonly capacity: number | null;
  readonly moves: readonly Move[];
  /** Up to where the moves reach; the next call says it. */
  readonly cursor: string | null;
  /** The server's time of the answer, RFC 3339. */
  readonly at: string;
}

export type Line = "on" | "off" | "signed_out";

export interface Contact {
  /** Whether the server answered last time. */
  readonly line: () => Line;
  /** Asks now. */
  readonly call: () => Promise<void>;
}

/**
 * Keeps in contact while the page is visible. `onHeard` gets every answer; `onLine` is told how the line is, each time.
 * A server that does not know this address (404, 405) still answered: the line is on.
 */
export function keepContact({
  url,
  proof,
  clock,
  report,
  onHeard,
  onLine,
}: {
  url: string;
  proof: Readonly<Record<string, string>>;
  clock: Clock;
  report: () => Promise<{ queue: number; pack_number: number; direction: string; moves_since: string | null }>;
  onHeard: (heard: Heard) => Promise<void> | void;
  onLine: (line: Line) => void;
}): Contact {
  let line: Line = navigator.onLine ? "on" : "off";
  let timer: ReturnType<typeof setTimeout> | undefined;
  let calling = false;

  async function ask(): Promise<Line> {
    const body = { ...(await report()), battery: await batteryLevel() };
    const sentAt = Date.now();
    const answer = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", ...proof },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(WITHIN_MS),
    });
    if (answer.status === 401 || answer.status === 403) return "signed_out";
    if (answer.status >= 500) return "off";
    if (!answer.ok) return "on";
    const heard = (await answer.json()) as Answer;
    clock.learn(heard.server_time, sentAt);
    const { pack_number: packNumber, inside, capacity, moves, server_time: at } = heard;
    const cursor = heard.moves_cursor === null ? null : String(heard.moves_cursor);
    await onHeard({ packNumber, inside, capacity, moves, cursor, at });
    return "on";
  }

  async function call(): Promise<void> {
    if (calling) return;
    calling = true;
    clearTimeout(timer);
    line = await ask().catch(() => "off" as const);
    calling = false;
    onLine(line);
    timer = setTimeout(() => void call(), EVERY_MS);
  }

  function wake(): void {
    if (!document.hidden) void call();
  }

  for (const event of ["online", "pageshow"]) addEventListener(event, wake);
  document.addEventListener("visibilitychange", wake);
  addEventListener("offline", () => {
    line = "off";
    onLine(line);
  });
  return { line: () => line, call };
}

interface Battery {
  readonly level: number;
  readonly charging: boolean;
}

/** Percent of the battery, or null where the browser does not tell. */
export async function batteryLevel(): Promise<number | null> {
  const ask = (navigator as { getBattery?: () => Promise<Battery> }).getBattery;
  const battery = await ask?.call(navigator).catch(() => null);
  return battery ? Math.round(battery.level * 100) : null;
}
