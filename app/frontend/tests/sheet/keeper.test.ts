import { expect, test } from "vitest";
import { answered, type Content, differences, type Kept } from "../../src/sheet/content";
import { type Answer, type Ground, Keeper, type State } from "../../src/sheet/keeper";

const EMPTY: Content = { values: {}, verdict: null, abstained: false, to_applicant: "", to_committee: "" };

/** A page whose clock, form and server obey the test. */
class Bench implements Ground {
  content: Content = EMPTY;
  kept: Kept | null = null;
  states: State[] = [];
  answers: Answer[] = [];
  sent: { content: Content; revision: number }[] = [];
  timers: { work: () => void; ms: number }[] = [];
  conflicts: { stored: Content; revision: number }[] = [];
  store = {
    get: (): Kept | null => this.kept,
    set: (kept: Kept): void => {
      this.kept = kept;
    },
    clear: (): void => {
      this.kept = null;
    },
  };

  constructor(readonly revision = 0) {
    this.keeper = new Keeper(this, revision, EMPTY);
  }

  keeper: Keeper;
  read = (): Content => this.content;
  put = (content: Content, revision: number): Promise<Answer> => {
    this.sent.push({ content, revision });
    return Promise.resolve(this.answers.shift() ?? { kind: "saved", revision: revision + 1, submitted: false });
  };
  show = (state: State): void => {
    this.states.push(state);
  };
  saved = (): void => undefined;
  conflict = (stored: Content, revision: number): void => {
    this.conflicts.push({ stored, revision });
  };
  later = (work: () => void, ms: number): (() => void) => {
    const timer = { work, ms };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((one) => one !== timer);
    };
  };

  write(to_committee: string): void {
    this.content = { ...this.content, to_committee };
    this.keeper.changed();
  }

  async pass(): Promise<number> {
    const timer = this.timers.shift();
    timer?.work();
    for (let n = 0; n < 20; n++) await Promise.resolve();
    return timer?.ms ?? 0;
  }
}

test("a text that grows is saved a second after it was begun, not after it has ended", async () => {
  const bench = new Bench();
  for (const text of ["a", "ab", "abc"]) bench.write(text);
  expect(bench.timers.map((timer) => timer.ms)).toEqual([1_000]);
  expect(bench.kept?.content.to_committee).toBe("abc");
  await bench.pass();
  expect(bench.sent.map((one) => [one.content.to_committee, one.revision])).toEqual([["abc", 0]]);
  expect(bench.states.at(-1)).toBe("saved");
  expect(bench.kept).toBeNull();
});

test("what is written while a save is under way goes with the next one", async () => {
  const bench = new Bench();
  bench.write("a");
  const under = bench.put;
  bench.put = async (content, revision) => {
    const answer = await under(content, revision);
    if (content.to_committee === "a") bench.write("ab");
    return answer;
  };
  await bench.pass();
  expect(bench.states.at(-1)).toBe("waiting");
  expect(bench.kept?.content.to_committee).toBe("ab");
  await bench.pass();
  expect(bench.sent.map((one) => one.revision)).toEqual([0, 1]);
  expect(bench.kept).toBeNull();
});

test("without a connection it is kept and tried again, later and later", async () => {
  const bench = new Bench();
  bench.answers = Array.from({ length: 6 }, () => ({ kind: "away" }));
  bench.write("a");
  const pauses = [];
  for (let n = 0; n < 6; n++) pauses.push(await bench.pass());
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
  expect(bench.states.at(-1)).toBe("kept");
  expect(bench.kept).toEqual({ revision: 0, content: bench.content });
  bench.keeper.again();
  for (let n = 0; n < 20; n++) await Promise.resolve();
  expect(bench.states.at(-1)).toBe("saved");
  expect(bench.kept).toBeNull();
});

test("nothing is sent over what another window has saved, until somebody has chosen", async () => {
  const bench = new Bench(3);
  const stored = { ...EMPTY, to_committee: "theirs" };
  bench.answers = [{ kind: "conflict", stored, revision: 4 }];
  bench.write("mine");
  await bench.pass();
  expect(bench.conflicts).toEqual([{ stored, revision: 4 }]);
  bench.write("mine and more");
  bench.keeper.again();
  expect([bench.sent.length, bench.timers.length]).toEqual([1, 0]);
  expect(bench.kept?.content.to_committee).toBe("mine and more");
  bench.keeper.decided(stored, 4);
  for (let n = 0; n < 20; n++) await Promise.resolve();
  expect(bench.sent.at(-1)).toEqual({ content: bench.content, revision: 4 });
  expect(bench.states.at(-1)).toBe("saved");
});

test("after the end of the round nothing is sent any more, and nothing is forgotten", async () => {
  const bench = new Bench();
  bench.answers = [{ kind: "closed" }];
  bench.write("too late");
  await bench.pass();
  bench.write("later still");
  bench.keeper.again();
  expect([bench.states.at(-1), bench.sent.length, bench.timers.length]).toEqual(["closed", 1, 0]);
  expect(bench.kept?.content.to_committee).toBe("later still");
});

test("what is taken back by hand is no change", async () => {
  const bench = new Bench();
  bench.write("a");
  bench.write("");
  await bench.pass();
  expect(bench.sent).toEqual([]);
  expect(bench.kept).toBeNull();
});

test("differences name the fields, a level that cannot be judged is not one that is open", () => {
  const one = { ...EMPTY, values: { a: 1, b: null }, to_applicant: "x" };
  const other = { ...EMPTY, values: { a: 2 }, abstained: true, to_applicant: "x" };
  expect(differences(one, other)).toEqual(["values.a", "values.b", "abstained"]);
  expect([answered(one, 3), answered(other, 3), answered(EMPTY, 3)]).toEqual([2, 3, 0]);
});
