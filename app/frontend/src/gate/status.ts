import { batteryLevel, type Heard, type Line } from "./contact";
import type { DeskState } from "./desk";
import type { ListState } from "./judgement";
import type { Words } from "./words";

/** A list older than this is said to be old; the engine warns of it as well. */
const OLD_MS = 15 * 60_000;
const LOW_BATTERY = 20;

export interface Status {
  readonly line: (line: Line) => void;
  readonly queue: (state: DeskState) => void;
  readonly list: (state: ListState) => void;
  readonly venue: (heard: Pick<Heard, "inside" | "capacity">) => void;
}

/** The line that is always in view: connection, queue, age of the list, people inside, battery. */
export function showStatus(main: HTMLElement, words: Words): Status {
  const part = (name: string): HTMLElement | null => main.querySelector<HTMLElement>(`.gate__state [data-${name}]`);

  function write(name: string, text: string, tone: "good" | "calm" | "warn" | "bad"): void {
    const place = part(name);
    if (!place) return;
    if (place.textContent !== text) place.textContent = text;
    place.dataset.tone = tone;
    place.hidden = text === "";
  }

  async function battery(): Promise<void> {
    const level = await batteryLevel();
    if (level !== null) write("battery", words("battery", level), level <= LOW_BATTERY ? "bad" : "calm");
  }

  void battery();
  setInterval(() => void battery(), 60_000);

  return {
    line: (line) => {
      const key = { on: "on_line", off: "off_line", signed_out: "signed_out_short" }[line];
      write("line", words(key), line === "on" ? "good" : "warn");
    },
    queue: ({ waiting }) => {
      write("queue", waiting > 0 ? words("queue", waiting) : words("queue_empty"), waiting > 0 ? "warn" : "calm");
    },
    list: ({ age }) => write("pack", listAge(age, words), age === null || age > OLD_MS ? "warn" : "calm"),
    venue: ({ inside, capacity }) => {
      if (inside === null) return;
      const text = capacity === null ? words("inside_now", { inside }) : words("inside_of", { inside, capacity });
      write("inside", text, capacity !== null && inside >= capacity ? "bad" : "calm");
    },
  };
}

/** The age of the list in words; it is current for a minute after the server has said so. */
export function listAge(age: number | null, words: Words): string {
  if (age === null) return words("pack_none");
  const minutes = Math.floor(age / 60_000);
  if (minutes < 1) return words("pack_current");
  return minutes < 60 ? words("pack_minutes", minutes) : words("pack_hours", Math.floor(minutes / 60));
}
