import { createClock, keptHere, type Clock } from "./gate/clock";
import { keepContact, type Contact } from "./gate/contact";
import { createDesk, type Desk, type DeskState } from "./gate/desk";
import { wireSheet } from "./gate/dialogs";
import { openEye } from "./gate/eye";
import type { Telling } from "./gate/faces";
import { wireGuests } from "./gate/guests";
import { keepOffLine, offerInstallation } from "./gate/installing";
import { openJudgement, type Judgement } from "./gate/judgement";
import { readEnrolment } from "./gate/keyring";
import { logScan, showFace, type Face } from "./gate/panel";
import { cleanCode, type Direction, type Wish } from "./gate/scan";
import { wireResidence } from "./gate/residence";
import { createScanner, type Outcome } from "./gate/scanner";
import { createSightings } from "./gate/sightings";
import { setSound, signal, unlockSound } from "./gate/signals";
import { showStatus } from "./gate/status";
import { openStore, type Store } from "./gate/store";
import { joinTabs } from "./gate/tabs";
import { listenForTypedCodes } from "./gate/typing";
import { wireUndo, type Taken } from "./gate/undoing";
import { wireWalkIn } from "./gate/walkin";
import { loadLanguages, readWords, type Languages, type Words } from "./gate/words";

/** So long a verdict stands before the panel is ready again: a green one must not be taken for the next guest's. */
const STANDS_MS = { admitted: 8_000, refused: 30_000, warning: 30_000, neutral: 0 } as const;
const LIST_AGES_EVERY_MS = 10_000;

/** What the page says about itself, and who this phone is. */
interface Place {
  readonly main: HTMLElement;
  readonly find: <T extends HTMLElement>(selector: string) => T | null;
  readonly panel: HTMLElement;
  readonly form: HTMLFormElement;
  readonly input: HTMLInputElement;
  readonly words: Words;
  readonly language: string;
  readonly direction: () => Direction;
  readonly gate: string;
  readonly device: string;
  /** Headers that say who asks. */
  readonly proof: Readonly<Record<string, string>>;
}

/** Turns the gate page into a scanner; the markup it expects is in README.md. */
async function openGate(main: HTMLElement): Promise<void> {
  const place = await placeOf(main);
  if (!place) return;
  document.documentElement.dataset.scanner = "";
  const { find, words } = place;
  const line = await openLine(place);
  const taking = openTaking(place, line);
  wireControls(place, line, taking);
  openEye({ find, onCode: taking.takeCode, problem: line.problem, words });
  taking.begin();
  main.dataset.ready = "";
  void keepOffLine(main.dataset.workerUrl ?? "", place.gate).catch(() => undefined);
  const timed = askTime(main.dataset.timeUrl ?? "/health/live", line.clock);
  await Promise.all([line.desk.flush(), timed.then(line.contact.call)]);
}

async function placeOf(main: HTMLElement): Promise<Place | null> {
  const find: Place["find"] = (selector) => main.querySelector(selector);
  const [panel, form] = [find("[data-verdict]"), find<HTMLFormElement>("[data-scan-form]")];
  const input = form?.querySelector<HTMLInputElement>("input[name=code]");
  if (!panel || !form || !input) return null;
  const { gate = "", csrf = "" } = main.dataset;
  const device = main.dataset.device || gate;
  const kept = await readEnrolment();
  const proof: Record<string, string> =
    kept?.device === device ? { Authorization: `Bearer ${kept.token}` } : { "X-CSRF-Token": csrf };
  const direction = (): Direction => (new FormData(form).get("direction") === "exit" ? "exit" : "entry");
  const language = document.documentElement.lang || "en";
  return { main, find, panel, form, input, words: readWords(main), language, direction, gate, device, proof };
}

/** Everything between this page and the server: queue, list, contact, and the line of state that shows them. */
interface Line {
  readonly clock: Clock;
  readonly store: Store;
  readonly desk: Desk;
  readonly judgement: Judgement;
  readonly contact: Contact;
  readonly queue: () => DeskState;
  readonly problem: (text: string) => void;
}

async function openLine({ main, find, words, language, direction, gate, device, proof }: Place): Promise<Line> {
  const { scansUrl = "", packUrl = "", contactUrl = "" } = main.dataset;
  const clock = createClock(undefined, undefined, keptHere());
  const store = await openStore(device);
  const status = showStatus(main, words);
  let queue: DeskState = { waiting: 0, setAside: 0, signedOut: false, safe: true };
  const tabs = joinTabs(device, { onLead: () => void desk?.flush(), onChange: () => void desk?.report() });
  const mayFlush = (): boolean => tabs.leads();
  const onNumber = (number: number): void => judgement?.learn(number);
  const desk = createDesk({ gate, scansUrl, proof, store, clock, onState: showQueue, mayFlush, onNumber });
  const { toServerTime, isTrusted } = clock;
  const onChange = (): void => {
    status.list(judgement.list());
    offerAnew(find("[data-list-refused]"), judgement.list().refused);
  };
  const judgement = await openJudgement({ gate, device, packUrl, proof, language, toServerTime, isTrusted, onChange });

  function showQueue(state: DeskState): void {
    queue = state;
    status.queue(state);
    tabs.changed(state.waiting);
    if (state.signedOut) problem(words("signed_out"));
    else if (!state.safe) problem(words("storage_full"));
    else problem(state.setAside > 0 ? words("stuck", state.setAside) : "");
  }

  function problem(text: string): void {
    const place = find("[data-problem]");
    if (!place) return;
    place.textContent = text;
    place.hidden = text === "";
  }

  const contact = keepContact({
    ...{ url: contactUrl, proof, clock },
    report: async () => ({
      ...{ queue: queue.waiting, pack_number: judgement.list().number ?? 0, direction: direction() },
      moves_since: judgement.cursor(),
    }),
    onHeard: async (heard) => {
      status.venue(heard);
      await judgement.hear(heard);
    },
    onLine: (line) => {
      status.line(line);
      if (line === "on" && queue.waiting > 0) void desk.flush();
    },
  });
  status.line(contact.line());
  onChange();
  setInterval(onChange, LIST_AGES_EVERY_MS);
  return { clock, store, desk, judgement, contact, queue: () => queue, problem };
}

/** A list that is refused for good is nothing to get used to: who stands here decides, with the lead. */
function offerAnew(notice: HTMLElement | null, refused: boolean): void {
  if (notice) notice.hidden = !refused;
}

/** What can be done with a code, a guest found by name, or the last scan. */
interface Taking {
  readonly take: (wish: Wish) => Promise<void>;
  readonly takeCode: (code: string) => void;
  /** Shows that the next guest may come. */
  readonly reset: () => void;
  /** The same when the page opens, unless it came with a verdict: then somebody was quicker than this script. */
  readonly begin: () => void;
}

function openTaking(place: Place, { desk, judgement, contact }: Line): Taking {
  const { main, find, panel, words, language, proof, direction } = place;
  const telling = tellingOf(place, judgement);
  const scanner = createScanner({
    ...{ desk, judgement, telling },
    isReachable: () => contact.line() !== "off" && navigator.onLine,
    onKept: () => void desk.report(),
  });
  const isNew = createSightings();
  const show = createShow(panel, () => ready(words, direction(), main));
  const { languages } = telling;
  const asking = wireResidence({ main, url: main.dataset.guestsUrl ?? "", proof, words, language, languages });
  const undoing = wireUndo(find("[data-undo]"), words, { onAsk: askWhether, onUndo: (taken) => void undo(taken) });

  /** One code: keep it, judge it, show the verdict unless a newer code came meanwhile. */
  async function take(wish: Wish): Promise<void> {
    const mine = show.next();
    asking?.close();
    const outcome = await scanner.scan(wish, mine);
    conclude(outcome.face, mine);
    if (outcome.verdict === "admitted") undoing.offer({ seq: outcome.scan.seq, who: outcome.face.who ?? "" });
    tell(main, outcome);
    const { reason, guest } = outcome;
    const missing = reason === "residence_missing" && outcome.verdict === "refused" && guest?.id;
    if (missing) asking?.ask({ ticket: missing, tongue: guest.language ?? null }, () => void take(wish));
  }

  function askWhether({ who }: Taken): () => void {
    const mine = show.next();
    mine({ kind: "warning", word: words("undo_sure"), who });
    return () => mine(ready(words, direction(), main));
  }

  /** Takes back the last entry or exit: a fact of its own, which goes through the queue like every other. */
  async function undo({ seq, who }: Taken): Promise<void> {
    judgement.undo(seq);
    const scan = await desk.keep({ code: "", direction: "undo", undoes: { device: null, seq } });
    conclude({ kind: "warning", word: words("undone"), reason: words("undone_reason"), who }, show.next());
    await desk.send(scan);
  }

  function conclude(face: Face, showIt: (face: Face) => void): void {
    showIt(face);
    logScan(find("[data-scan-log]"), face, face.staff?.split(" – ")[0] ?? face.word, language);
    if (face.kind !== "neutral") signal(face.kind);
  }

  function takeCode(code: string): void {
    if (code && isNew(`${direction()} ${code}`, performance.now())) void take({ code, direction: direction() });
  }

  return { take, takeCode, reset: show.reset, begin: show.begin };
}

/** The words of all languages come when they come; until then everybody is spoken to in the language of the page. */
function tellingOf({ main, words, language }: Place, { names, zone }: Judgement): Telling {
  let languages: Languages = { of: () => null };
  void loadLanguages(main.dataset.wordsUrl ?? "").then((found) => (languages = found));
  return { language, words, names, zone, languages: { of: (tag) => languages.of(tag) } };
}

function wireControls(place: Place, line: Line, { take, takeCode, reset }: Taking): void {
  const { main, find, form, input, words, proof, direction } = place;
  const { guestsUrl = "", walkInsUrl = "" } = main.dataset;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const code = cleanCode(input.value);
    input.value = "";
    takeCode(code);
  });
  listenForTypedCodes(input, takeCode);
  wireGuests({
    ...{ main, url: guestsUrl, proof, words, direction },
    onManual: (guest, manual) => void take({ code: "", ticket: guest.ticket, manual, direction: direction() }),
  });
  wireWalkIn({ ...{ main, url: walkInsUrl, proof, words }, onCode: takeCode });
  find("[data-choose-anew]")?.addEventListener("click", () => void line.judgement.renew());
  const sendNow = (): void => void Promise.all([line.contact.call(), line.desk.flush()]);
  wireMore(main, sendNow, () => describe(main, line.judgement, line.queue(), words));
  offerInstallation(find("[data-install]"));
  for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, unlockSound, { passive: true });
  for (const radio of main.querySelectorAll("input[name=direction]")) radio.addEventListener("change", reset);
  addEventListener("beforeunload", (event) => {
    if (!line.store.safe()) event.preventDefault(); // these scans exist in this tab only
  });
}

interface Show {
  readonly next: () => (face: Face) => void;
  readonly reset: () => void;
  readonly begin: () => void;
}

/** Shows faces in the order of the codes: an answer that comes after a newer code's never covers it. */
function createShow(panel: HTMLElement, ready: () => Face): Show {
  let latest = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function reset(): void {
    clearTimeout(timer);
    showFace(panel, ready());
  }

  function begin(): void {
    const kind = (["admitted", "refused", "warning"] as const).find((one) => panel.classList.contains(`verdict--${one}`));
    if (kind) timer = setTimeout(reset, STANDS_MS[kind]);
    else reset();
  }

  function next(): (face: Face) => void {
    latest += 1;
    const mine = latest;
    return (face) => {
      if (mine !== latest) return;
      clearTimeout(timer);
      showFace(panel, face);
      const stands = STANDS_MS[face.kind];
      if (stands > 0) timer = setTimeout(reset, stands);
    };
  }

  return { next, reset, begin };
}

function ready(words: (key: string) => string, direction: Direction, main: HTMLElement): Face {
  const films = main.querySelector<HTMLElement>("[data-camera]")?.dataset.running === "true";
  const hint = direction === "exit" ? "exit_aim" : films ? "aim" : "type_or_scan";
  return { kind: "neutral", word: words("ready"), type: words(hint) };
}

/** Tells whoever listens what came of a code: tests measure with it, and a page around this one may react. */
function tell(main: HTMLElement, { scan, verdict, reason, by, ms }: Outcome): void {
  const detail = { seq: scan.seq, code: scan.code, verdict, reason, by, ms };
  main.dispatchEvent(new CustomEvent("gate:verdict", { detail, bubbles: true }));
}

function wireMore(main: HTMLElement, sendNow: () => void, onOpen: () => void): void {
  const sheet = wireSheet(main, "more", onOpen);
  const sound = sheet?.element.querySelector<HTMLInputElement>("[data-sound]");
  sound?.addEventListener("change", () => setSound(sound.checked));
  sheet?.element.querySelector("[data-send-now]")?.addEventListener("click", () => {
    sendNow();
    sheet.close();
  });
}

/** What this phone holds, for whoever is asked on the telephone what it shows. */
function describe(main: HTMLElement, judgement: Judgement, queue: DeskState, words: (key: string, n?: number) => string): void {
  const list = judgement.list();
  const rows = [
    [words("device_waiting"), String(queue.waiting)],
    [words("pack_tickets", list.tickets), list.number === null ? words("never") : String(list.number)],
  ];
  const parts = rows.map(([term = "", value = ""]) => {
    const [row, dt, dd] = ["div", "dt", "dd"].map((name) => document.createElement(name));
    if (dt) dt.textContent = term;
    if (dd) dd.textContent = value;
    row?.append(...[dt, dd].filter((one) => one !== undefined));
    return row;
  });
  main.querySelector("[data-facts]")?.replaceChildren(...parts.filter((one) => one !== undefined));
}

/** Learns the difference to the server's clock before the first scan, from the `Date` of a small answer. */
async function askTime(url: string, clock: Clock): Promise<void> {
  const sentAt = Date.now();
  try {
    const answer = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(4_000) });
    const seconds = Date.parse(answer.headers.get("Date") ?? "");
    // The header counts whole seconds, so the true moment is half a second later on average.
    const quick = Date.now() - sentAt < 1_000; // a slow answer says little about the moment
    if (quick && !Number.isNaN(seconds)) clock.learn(new Date(seconds + 500).toISOString(), sentAt);
  } catch {
    // Off line: the clock stays as it is until the first receipt.
  }
}

const gatePage = document.querySelector<HTMLElement>("main[data-gate]");
if (gatePage) void openGate(gatePage);
