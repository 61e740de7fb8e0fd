import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { engineOf, mutantsOf, type Mutant } from "./mutants";
import { foldedBy, judgedBy, readingOf, readVectors, stateOf, type Engine } from "./vectors";
import { MICROSECONDS, WALLS } from "./walls";
import { seeded } from "./writer";

const FILES = ["codes.ts", "moments.ts", "rules.ts", "fold.ts", "verdict.ts"];
const VECTORS = readVectors();
/** So many of the mutants are tried, chosen by the seed; `MUTANTS=all npm test -- mutations` tries every one. */
const TRIED = process.env.MUTANTS === "all" ? Infinity : Number(process.env.MUTANTS ?? 60);
const SEED = Number(process.env.SEED ?? 5);

/** Changes that change nothing: no input tells them from the sound engine. */
const EQUIVALENT = new Set([
  // Keys and lines are there once.
  "codes.ts: const key = ofScope.find((candidate) => candidate.kid === payload.kid);: find -> findLast",
  "fold.ts: return state.entered.find(({ event, day }) => event === seen.event && day === seen.day) ?? null;: find -> findLast",
  // The text of a code has one length; `codes.test.ts` asks for the others.
  "codes.ts: if (text.length % 3 === 1) return null;: text.length % 3 === 1 -> false",
  "codes.ts: if (text.length % 3 === 1) return null;: % -> +",
  "codes.ts: if (text.length % 3 === 1) return null;: 3 -> (3 + 1)",
  "codes.ts: for (let at = 0; at < text.length; at += 3) {: < -> <=",
  "codes.ts: const isPair = at + 2 < text.length;: 2 -> (2 + 1)",
  // Defaults for what is always there.
  'moments.ts: const [hours = "0", minutes = "0", seconds = "0"] = text.split(":");: "0" -> "0?"',
  "moments.ts: const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second: s = 0 } = parts;: 0 -> (0 + 1)",
  "moments.ts: const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second: s = 0 } = parts;: 1 -> (1 + 1)",
  // Padding that is cut off, a millisecond that is not told, a format made anew, a short cut.
  'moments.ts: return whole * 1000 + Number(digits.padEnd(6, "0").slice(0, 6));: 6 -> (6 + 1)',
  "moments.ts: return new Date(days * 86_400_000).toISOString().slice(0, 10);: 86_400_000 -> (86_400_000 + 1)",
  "moments.ts: if (kept) return kept;: kept -> false",
  "rules.ts: if (opens === null && closes === null) return null;: opens === null && closes === null -> false",
  // Only the sign matters, and the two are not equal.
  "fold.ts: if (one.device !== other.device) return one.device < other.device ? -1 : 1;: < -> <=",
  "fold.ts: if (one.device !== other.device) return one.device < other.device ? -1 : 1;: 1 -> (1 + 1)",
]);

/** The first vector, or line of a table, about which an engine is wrong; null for a sound one. Throwing is wrong. */
async function firstWrong(engine: Engine): Promise<string | null> {
  for (const vector of VECTORS.cases) {
    if (differs(() => judgedBy(engine, vector), [vector.expect, vector.case.seen])) return vector.name;
  }
  for (const vector of VECTORS.folds) {
    const state = stateOf(vector.expect);
    if (differs(() => foldedBy(engine, vector), [[state, state, state, state], vector.verdicts])) return vector.name;
  }
  for (const vector of VECTORS.codes) {
    const reading = await readingOf(engine, vector).catch(() => null);
    if (differs(() => reading, vector.expect)) return vector.name;
  }
  return firstWrongMoment(engine);
}

function firstWrongMoment({ clockOf, fromTheWall, momentOf, momentText }: Engine): string | null {
  const second = Date.UTC(2026, 10, 21, 1, 2, 3) * 1000;
  const wrong = MICROSECONDS.find(([text, micros]) => differs(() => momentOf(text), second + micros));
  if (wrong) return wrong[0];
  const misplaced = WALLS.find(([zone, wall, moment]) => {
    const [day = "", clock = ""] = wall.split("T");
    return differs(() => momentText(fromTheWall(zone, day, clockOf(clock))), moment);
  });
  return misplaced?.[1] ?? null;
}

function differs(answer: () => unknown, expected: unknown): boolean {
  try {
    return !isDeepStrictEqual(answer(), expected);
  } catch {
    return true;
  }
}

async function survives(mutant: Mutant): Promise<boolean> {
  const engine = loaded(mutant);
  return engine !== null && (await firstWrong(engine)) === null;
}

function loaded(mutant: Mutant): Engine | null {
  try {
    return engineOf(mutant);
  } catch {
    return null;
  }
}

/** So many of them, the same for the same seed. */
function chosen(mutants: readonly Mutant[]): Mutant[] {
  const random = seeded(SEED);
  const drawn = mutants.map((mutant) => ({ mutant, lot: random() })).sort((one, other) => one.lot - other.lot);
  return drawn.slice(0, TRIED).map(({ mutant }) => mutant);
}

const MUTANTS = mutantsOf(FILES);
const REAL = MUTANTS.filter(({ name }) => !EQUIVALENT.has(name));

test("the sound engine is right about every vector", async () => {
  expect(await firstWrong(engineOf())).toBeNull();
});

test("there are more than 400 mutants, and those that change nothing are among them", () => {
  expect(REAL.length).toBeGreaterThan(400);
  expect([...EQUIVALENT].filter((name) => !MUTANTS.some((mutant) => mutant.name === name))).toEqual([]);
});

test(`${Math.min(TRIED, REAL.length)} mutants are caught, each of them`, { timeout: 600_000 }, async () => {
  const survivors: string[] = [];
  for (const mutant of chosen(REAL)) if (await survives(mutant)) survivors.push(mutant.name);
  expect(survivors).toEqual([]);
});
