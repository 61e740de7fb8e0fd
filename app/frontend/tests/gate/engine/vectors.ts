import { readFileSync } from "node:fs";
import type { parse, readAtGate, TicketKey } from "../../../src/gate/engine/codes";
import type { apply, Entered, fold, keyOf, refusedByState, Seen, seenAt, State } from "../../../src/gate/engine/fold";
import type { clockOf, fromTheWall, momentOf, momentText } from "../../../src/gate/engine/moments";
import type { Case, Facts, judge } from "../../../src/gate/engine/verdict";

/** The vectors that drive both engines, in the shapes of the structs of `app/attendance/judging`. */
export interface Vectors {
  readonly situations: readonly string[];
  readonly codes: readonly CodeVector[];
  readonly cases: readonly CaseVector[];
  readonly folds: readonly FoldVector[];
}

interface Vector {
  readonly name: string;
  readonly situation: string;
}

export interface CodeVector extends Vector {
  readonly text: string;
  readonly keys: readonly TicketKey[];
  /** The serial is sixteen hexadecimal digits: it is larger than a number of JSON may be. */
  readonly expect: { readonly reason: string | null; readonly payload?: Readonly<Record<string, number | string>> };
}

export interface CaseVector extends Vector {
  readonly case: Omit<Case, "state" | "latest"> & { readonly state: Shortened; readonly latest: Shortened | null };
  readonly expect: { readonly verdict: string; readonly reason: string | null; readonly facts: Facts };
}

export interface FoldVector extends Vector {
  readonly scans: readonly Seen[];
  readonly undone: readonly (readonly [string, number])[];
  readonly expect: Shortened;
  /** Why the ticket's own earlier scans refuse each scan that counts, in their order. */
  readonly verdicts: readonly { readonly device: string; readonly seq: number; readonly reason: string | null }[];
}

/** States leave out what is empty, entries a single time. */
interface Shortened extends Partial<Omit<State, "entered">> {
  readonly entered?: readonly (Omit<Entered, "times"> & Partial<Entered>)[];
}

/** What the vectors try. */
export interface Engine {
  readonly parse: typeof parse;
  readonly readAtGate: typeof readAtGate;
  readonly judge: typeof judge;
  readonly seenAt: typeof seenAt;
  readonly fold: typeof fold;
  readonly apply: typeof apply;
  readonly keyOf: typeof keyOf;
  readonly refusedByState: typeof refusedByState;
  readonly momentOf: typeof momentOf;
  readonly momentText: typeof momentText;
  readonly clockOf: typeof clockOf;
  readonly fromTheWall: typeof fromTheWall;
}

export function readVectors(): Vectors {
  const file = new URL("../../../../../tests/vectors/verdicts.json", import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as Vectors;
}

/** What an engine answers to a code, in the words of the vectors. */
export async function readingOf(engine: Engine, { text, keys }: CodeVector): Promise<CodeVector["expect"]> {
  const reading = await engine.readAtGate(engine.parse(text), keys);
  if (!("payload" in reading)) return reading;
  const serial = reading.payload.serial.toString(16).padStart(16, "0");
  return { reason: null, payload: { ...reading.payload, serial } };
}

/** The verdict on a case, and the scan as gate and ticket type make it. */
export function judgedBy(engine: Engine, { case: scan }: CaseVector): [CaseVector["expect"], Seen] {
  const [state, latest] = [stateOf(scan.state), scan.latest && stateOf(scan.latest)];
  const { verdict, reason, facts } = engine.judge({ ...scan, state, latest });
  const { at, device, seq, direction } = scan.seen;
  const seen = engine.seenAt(scan.gate, scan.holder?.product ?? null, { at, device, seq, direction });
  return [{ verdict, reason, facts }, seen];
}

/** The states that the scans make in several orders and with repetitions, and why each is refused in its place. */
export function foldedBy(engine: Engine, { scans, undone, verdicts }: FoldVector): [State[], FoldVector["verdicts"]] {
  const left = new Set(undone.map(([device, seq]) => engine.keyOf(device, seq)));
  const turned = [...scans].reverse();
  const orders = [scans, turned, [...scans, ...scans], [...turned.slice(1), ...turned]];
  const byKey = new Map(scans.map((seen) => [engine.keyOf(seen.device, seen.seq), seen]));
  let state = stateOf({});
  const reasons = verdicts.map(({ device, seq }) => {
    const seen = byKey.get(engine.keyOf(device, seq)) as Seen;
    const reason = engine.refusedByState(state, seen);
    state = engine.apply(state, seen);
    return { device, seq, reason };
  });
  return [orders.map((order) => engine.fold(order, undefined, left)), reasons];
}

export function stateOf({ entered = [], inside = null, last = null }: Shortened): State {
  return { entered: entered.map((entry) => ({ times: 1, ...entry })), inside, last };
}
