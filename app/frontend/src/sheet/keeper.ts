import { canonical, type Content, type Kept } from "./content";

/** What becomes of what was written; the words of each stand in the form. */
export type State = "saved" | "saving" | "waiting" | "kept" | "refused" | "closed" | "signedOut" | "conflict";

/** What the keeper needs of the page around it. */
export interface Ground {
  read(): Content;
  put(content: Content, revision: number, leaving: boolean): Promise<Answer>;
  store: { get(): Kept | null; set(kept: Kept): void; clear(): void };
  show(state: State): void;
  saved(revision: number, submitted: boolean): void;
  conflict(stored: Content, revision: number): void;
  later(work: () => void, ms: number): () => void;
}

/** What the server says of a save; `away` when it cannot be reached. */
export type Answer =
  | { kind: "saved"; revision: number; submitted: boolean }
  | { kind: "conflict"; stored: Content; revision: number }
  | { kind: "away" | "closed" | "refused" | "signedOut" };

const SOON_MS = 1_000;
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Saves a sheet a second after it was changed, one request at a time, and keeps what is not saved in the browser.
 *
 * Nothing that was written is dropped: it leaves the browser's store only once the server has answered that it has it.
 */
export class Keeper {
  private known: string;
  private sending: Promise<void> | null = null;
  private cancel: (() => void) | null = null;
  private pause = FIRST_PAUSE_MS;
  private stopped = false;

  constructor(
    private readonly ground: Ground,
    private revision: number,
    drawn: Content,
  ) {
    this.known = canonical(drawn);
  }

  /** Whether something is written that the server has not. */
  get dirty(): boolean {
    return canonical(this.ground.read()) !== this.known;
  }

  /** Something was written. */
  changed(): void {
    if (!this.dirty) {
      if (this.sending === null) this.settle();
      return;
    }
    this.ground.store.set({ revision: this.revision, content: this.ground.read() });
    if (this.stopped) return;
    if (this.pause === FIRST_PAUSE_MS) this.ground.show("waiting"); // else it goes on saying why nothing is saved
    this.soon(SOON_MS);
  }

  /** Sends what is not saved, now; resolves when nothing is under way any more. */
  async flush(leaving = false): Promise<void> {
    this.cancel?.();
    this.cancel = null;
    while (this.sending !== null) await this.sending;
    if (this.stopped || !this.dirty) return;
    this.sending = this.send(leaving).finally(() => {
      this.sending = null;
    });
    await this.sending;
  }

  /** The connection is back. */
  again(): void {
    this.pause = FIRST_PAUSE_MS;
    if (this.dirty) void this.flush();
  }

  /** Which of two versions stands: what is written here, or what was saved elsewhere. */
  decided(stored: Content, revision: number): void {
    this.revision = revision;
    this.known = canonical(stored);
    this.stopped = false;
    this.ground.saved(revision, false);
    if (this.dirty) void this.flush();
    else this.settle();
  }

  /** Stops until somebody has decided between two versions. */
  halt(): void {
    this.stopped = true;
    this.ground.show("conflict");
  }

  private soon(ms: number): void {
    if (this.cancel !== null) return; // counted from the first change, so that a long text is saved while it grows
    this.cancel = this.ground.later(() => {
      void this.flush();
    }, ms);
  }

  private settle(): void {
    this.ground.store.clear();
    this.ground.show("saved");
  }

  private async send(leaving: boolean): Promise<void> {
    const content = this.ground.read();
    this.ground.store.set({ revision: this.revision, content });
    this.ground.show("saving");
    const answer = await this.ground.put(content, this.revision, leaving);
    if (answer.kind === "saved") this.done(content, answer.revision, answer.submitted);
    else if (answer.kind === "conflict") this.meet(answer.stored, answer.revision);
    else this.failed(answer.kind);
  }

  private done(content: Content, revision: number, submitted: boolean): void {
    this.revision = revision;
    this.known = canonical(content);
    this.pause = FIRST_PAUSE_MS;
    this.ground.saved(revision, submitted);
    if (this.dirty) this.changed();
    else this.settle();
  }

  private meet(stored: Content, revision: number): void {
    this.halt();
    this.ground.conflict(stored, revision);
  }

  private failed(kind: "away" | "closed" | "refused" | "signedOut"): void {
    this.ground.show(kind === "away" ? "kept" : kind);
    this.stopped = kind === "closed" || kind === "refused";
    if (this.stopped) return;
    this.soon(this.pause);
    this.pause = Math.min(2 * this.pause, LONGEST_PAUSE_MS);
  }
}
