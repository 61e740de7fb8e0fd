/** Who went in and out, as far as this phone knows: its own scans and what it heard of the others. Order free. */

import { momentOf } from "./moments";

/**
 * A ticket that was let through a gate. `device` and `seq` name the scan; "" and 0 for one heard from the server, which
 * also tells when one was taken back (`undone`).
 */
export interface Move {
  /** 16 hexadecimal digits. */
  readonly tag: string;
  readonly direction: "entry" | "exit";
  /** RFC 3339. */
  readonly at: string;
  readonly gate: string;
  readonly device: string;
  readonly seq: number;
  readonly undone?: boolean;
}

/** By which a move is known, however often and from wherever it comes. */
export function keyOf({ tag, direction, at, gate, device, seq }: Move): string {
  return device ? `${device} ${seq}` : `${tag} ${direction} ${gate} ${Date.parse(at)}`;
}

export class Moves {
  readonly #byTag = new Map<string, Move[]>();
  readonly #keys = new Set<string>();
  readonly #undone = new Set<string>();

  constructor(moves: Iterable<Move> = [], undone: Iterable<string> = []) {
    for (const key of undone) this.#undone.add(key);
    for (const move of moves) this.add(move);
  }

  /** False when it says nothing new. */
  add(move: Move): boolean {
    const key = keyOf(move);
    const isTakenBack = move.undone === true && !this.#undone.has(key);
    if (isTakenBack) this.#undone.add(key);
    if (this.#keys.has(key)) return isTakenBack;
    this.#keys.add(key);
    const known = this.#byTag.get(move.tag);
    if (known) known.push(move);
    else this.#byTag.set(move.tag, [move]);
    return true;
  }

  /** Takes a scan back, also one that has not come yet. */
  undo(device: string, seq: number): void {
    this.#undone.add(`${device} ${seq}`);
  }

  /** How many more people this phone let in than out at these doors after a moment. */
  balance(device: string, doors: ReadonlySet<string>, after: number): number {
    let balance = 0;
    for (const move of this.#own(device)) {
      const counts = doors.has(move.gate) && momentOf(move.at) > after && !this.#undone.has(keyOf(move));
      if (counts) balance += move.direction === "entry" ? 1 : -1;
    }
    return balance;
  }

  *#own(device: string): Iterable<Move> {
    for (const moves of this.#byTag.values()) for (const move of moves) if (move.device === device) yield move;
  }

  /** The moves of a ticket that nobody took back. */
  of(tag: string): readonly Move[] {
    return (this.#byTag.get(tag) ?? []).filter((move) => !this.#undone.has(keyOf(move)));
  }
}
