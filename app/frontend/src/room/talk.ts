/**
 * Sends questions and reactions without leaving the room: a page that is left ends its stretch of attendance. The answer
 * is the page as anybody gets it; of it only the part `data-talk` is put in place.
 */
export function talkInPlace(main: HTMLElement): void {
  main.addEventListener("submit", (event) => {
    const form = event.target;
    const talk = main.querySelector<HTMLElement>("[data-talk]");
    if (!(form instanceof HTMLFormElement) || !talk?.contains(form)) return;
    event.preventDefault();
    void send(form, talk, event.submitter);
  });
}

/** The fields of a form as they are sent, that of the pressed button among them. */
export function fields(form: HTMLFormElement, submitter: HTMLElement | null): URLSearchParams {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
  if (submitter instanceof HTMLButtonElement && submitter.name) body.append(submitter.name, submitter.value);
  return body;
}

async function send(form: HTMLFormElement, talk: HTMLElement, submitter: HTMLElement | null): Promise<void> {
  const pressed = submitter instanceof HTMLButtonElement ? submitter.value : "";
  const body = fields(form, submitter);
  try {
    const headers = { accept: "text/html" };
    const answer = await fetch(form.action, { method: "POST", body, credentials: "same-origin", headers });
    put(talk, await answer.text(), pressed);
  } catch {
    // off line: what was typed still stands there, and can be sent again
  }
}

/** Puts the fresh part in place; whoever pressed a button stays at it. */
export function put(talk: HTMLElement, html: string, pressed: string): void {
  // Escaped by the server; a parsed document runs no scripts.
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-talk]");
  if (!fresh) return;
  talk.replaceChildren(...fresh.childNodes);
  const wrong = talk.querySelector<HTMLElement>("[aria-invalid]");
  const again = pressed ? talk.querySelector<HTMLElement>(`button[value="${CSS.escape(pressed)}"]`) : null;
  (wrong ?? again ?? talk.querySelector<HTMLElement>("input[name=words]"))?.focus({ preventScroll: true });
}
