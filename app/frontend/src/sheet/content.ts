/** What a judge says of an entry, as the server keeps it: levels by criterion, null for "I cannot judge this". */
export interface Content {
  values: Record<string, number | null>;
  verdict: string | null;
  abstained: boolean;
  to_applicant: string;
  to_committee: string;
}

/** What waits in the browser: the content, and the revision it was made from. */
export interface Kept {
  revision: number;
  content: Content;
}

export const UNABLE = "none";
const LONGEST = 4_000;

/** The same content in the same words, whatever the order of its criteria. */
export function canonical(content: Content): string {
  const values = Object.entries(content.values).sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([values, content.verdict, content.abstained, content.to_applicant, content.to_committee]);
}

/** Names of the fields in which two sheets differ, as the form calls them. */
export function differences(mine: Content, stored: Content): string[] {
  const keys = [...new Set([...Object.keys(mine.values), ...Object.keys(stored.values)])].sort();
  const values = keys.filter((key) => mine.values[key] !== stored.values[key]).map((key) => `values.${key}`);
  const others = (["verdict", "abstained", "to_applicant", "to_committee"] as const).filter((name) => mine[name] !== stored[name]);
  return [...values, ...others];
}

/** What a name of the form holds in a sheet; undefined where nothing was chosen. */
export function held(content: Content, name: string): number | string | boolean | null | undefined {
  if (name.startsWith("values.")) return content.values[name.slice("values.".length)];
  if (name === "verdict") return content.verdict ?? undefined;
  if (name === "abstained") return content.abstained;
  return name === "to_applicant" ? content.to_applicant : content.to_committee;
}

/** How many of the questions have an answer. */
export function answered(content: Content, questions: number): number {
  if (content.abstained) return questions;
  return Math.min(questions, Object.keys(content.values).length + (content.verdict === null ? 0 : 1));
}

/** Reads the form, or with `initial` what the server has drawn into it, whatever the browser has restored since. */
export function read(form: HTMLFormElement, initial = false): Content {
  const content: Content = { values: {}, verdict: null, abstained: false, to_applicant: "", to_committee: "" };
  for (const control of form.elements) {
    if (control instanceof HTMLTextAreaElement) {
      const text = tidy(initial ? control.defaultValue : control.value);
      if (control.name === "to_applicant" || control.name === "to_committee") content[control.name] = text;
    } else if (control instanceof HTMLInputElement && (initial ? control.defaultChecked : control.checked)) {
      take(content, control);
    }
  }
  return content;
}

function take(content: Content, control: HTMLInputElement): void {
  if (control.name.startsWith("values.")) content.values[control.name.slice("values.".length)] = control.value === UNABLE ? null : Number(control.value);
  else if (control.name === "verdict") content.verdict = control.value;
  else if (control.name === "abstained") content.abstained = true;
}

/** Text as the server keeps that of a form. */
function tidy(text: string): string {
  return text.replaceAll("\r\n", "\n").trim().slice(0, LONGEST);
}

/** Puts a content into the form. */
export function fill(form: HTMLFormElement, content: Content): void {
  for (const control of form.elements) {
    if (control instanceof HTMLTextAreaElement) control.value = String(held(content, control.name) ?? "");
    else if (control instanceof HTMLInputElement && control.name === "abstained") control.checked = content.abstained;
    else if (control instanceof HTMLInputElement && control.type === "radio") control.checked = isChosen(content, control);
  }
}

function isChosen(content: Content, control: HTMLInputElement): boolean {
  const value = held(content, control.name);
  if (value === undefined) return false;
  return value === null ? control.value === UNABLE : control.value === String(value);
}
