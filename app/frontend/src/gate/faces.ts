import type { Opinion } from "./decision";
import type { Face } from "./panel";
import type { Facts, Receipt } from "./scan";
import { explain, factWriter, wordsOf, type Languages, type Names, type Texts, type Words } from "./words";

/** What the phone knows to put a verdict into words: texts of the page and of all languages, names, the zone. */
export interface Telling {
  /** The language of the page, that of the staff. */
  readonly language: string;
  readonly words: Words;
  readonly languages: Languages;
  readonly names: () => Names;
  readonly zone: () => string | undefined;
}

interface Told {
  readonly verdict: "admitted" | "refused";
  readonly reason: string | null;
  readonly facts: Facts;
  readonly warnings: readonly string[];
  readonly explanation: string | null;
  readonly guest: { name: string; type: string; language: string | null; party: number; inside: number | null } | null;
}

/** The face of a receipt: verdict, reason and warnings in words, and who it is. */
export function faceOf(receipt: Receipt, telling: Telling): Face {
  const told = toldBy(receipt);
  if (receipt.status === "quarantined" || !told) return quarantined(receipt, telling);
  return faceOfTold(told, telling);
}

/** The face of the phone's own verdict. */
export function faceOfOpinion(opinion: Opinion, telling: Telling): Face {
  const { ticket } = opinion;
  const guest = ticket && { ...ticket, type: ticket.title };
  return faceOfTold({ ...opinion, explanation: null, guest }, telling);
}

function toldBy(receipt: Receipt): Told | null {
  const { verdict, ticket, facts = {}, explanation = null } = receipt;
  if (!verdict) return null;
  const guest = ticket && {
    name: ticket.name ?? "",
    type: typeof ticket.ticket_type === "string" ? ticket.ticket_type : "",
    language: ticket.language ?? null,
    party: ticket.party ?? 1,
    inside: typeof ticket.inside === "number" ? ticket.inside : null,
  };
  return { verdict, reason: receipt.reason, facts, warnings: receipt.warnings, explanation, guest };
}

function quarantined(receipt: Receipt, { words }: Telling): Face {
  const reason = receipt.reason === null ? words("quarantined_reason") : words(receipt.reason);
  return { kind: "warning", word: words("quarantined"), reason, who: receipt.ticket?.name ?? "", warnings: receipt.warnings.map((code) => words(code)) };
}

function faceOfTold(told: Told, telling: Telling): Face {
  const { words, language } = telling;
  const texts = told.guest?.language === language ? null : telling.languages.of(told.guest?.language);
  const staffReason = (plain(told) && told.explanation) || reasonIn(language, pageTexts(words, told.reason, telling), told, telling);
  const staffWord = words(told.verdict);
  const theirs = texts && told.guest?.language ? { texts, tag: told.guest.language } : null;
  // Someone let in on the phone's word although the server would have refused is inside: the reason is a warning then.
  const although = told.verdict === "admitted" && told.reason !== null;
  const reason = although ? "" : theirs ? reasonIn(theirs.tag, theirs.texts, told, telling) : staffReason;
  const warnings = told.warnings.map((code) => words(code));
  return {
    kind: told.verdict,
    word: theirs ? wordsOf(theirs.texts)(told.verdict) : staffWord,
    reason,
    who: told.guest?.name ?? "",
    type: told.guest?.type ?? "",
    warnings: although ? [...warnings, staffReason] : warnings,
    ...(theirs ? { lang: theirs.tag, staff: [staffWord, although ? "" : staffReason].filter(Boolean).join(" – ") } : {}),
    ...partyOf(told, words),
  };
}

/** Whether there is nothing to tell beside the reason: then the server's own words will do. */
function plain({ facts }: Told): boolean {
  return Object.keys(facts).length === 0;
}

/** The page's own texts have the plain sentences; those with facts come with the languages. */
function pageTexts(words: Words, reason: string | null, { languages, language }: Telling): Texts {
  return languages.of(language) ?? (reason ? { [reason]: words(reason) } : {});
}

function reasonIn(language: string, texts: Texts, told: Told, { names, zone }: Telling): string {
  if (told.reason === null) return "";
  return explain(texts, told.reason, told.facts, factWriter(language, zone(), names()));
}

function partyOf({ guest }: Told, words: Words): Pick<Face, "party"> {
  if (!guest || guest.party <= 1 || guest.inside === null) return {};
  const numbers = { inside: guest.inside, size: guest.party };
  return { party: { ...numbers, words: words("party_inside", numbers) } };
}
