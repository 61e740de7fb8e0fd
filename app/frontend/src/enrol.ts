import { keepEnrolment, makeKeys, publicKey, readEnrolment } from "./gate/keyring";

interface Answer {
  readonly device: string;
  readonly token: string;
  readonly gates: readonly string[];
  readonly expires_at: string;
}

/** Gives the phone a key pair and a token of its own; without this module the form enrols it by a session alone. */
async function openEnrolment(main: HTMLElement): Promise<void> {
  const { devicesUrl = "", enterUrl = "", gatesUrl = "", csrf = "" } = main.dataset;
  const form = main.querySelector<HTMLFormElement>("[data-enrol-form]");
  const code = form?.querySelector<HTMLInputElement>("input[name=code]");
  const name = form?.querySelector<HTMLInputElement>("input[name=name]");
  if (!form || !code || !name) return;
  code.value ||= takeCode();
  addEventListener("hashchange", () => {
    code.value = takeCode() || code.value;
  });

  /** Opens a session for the token and goes to the gates; false when the token opens nothing any more. */
  async function enter(token: string): Promise<boolean> {
    const answer = await fetch(enterUrl, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, Accept: "application/json" },
      redirect: "manual",
    });
    const entered = answer.type === "opaqueredirect" || answer.ok;
    if (entered) location.assign(gatesUrl);
    return entered;
  }

  async function enrol(): Promise<void> {
    problem("");
    const keys = await makeKeys();
    const wish = { code: code?.value, ...(name?.value.trim() ? { name: name.value.trim() } : {}) };
    const answer = await fetch(devicesUrl, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": csrf },
      body: JSON.stringify({ ...wish, public_key: await publicKey(keys) }),
    });
    if (!answer.ok) {
      problem(await reason(answer));
      code?.focus();
      return;
    }
    const { device, token, gates, expires_at } = (await answer.json()) as Answer;
    const kept = { device, token, gates, expires_at, keys, name: name?.value.trim() || device.slice(0, 8) };
    await keepEnrolment(kept).catch(() => undefined); // a private window: the session alone must do
    if (!(await enter(token))) problem(main.querySelector<HTMLElement>("[data-problem]")?.dataset.offLine ?? "");
  }

  function problem(text: string): void {
    const place = main.querySelector<HTMLElement>("[data-problem]");
    if (!place) return;
    place.textContent = text;
    place.hidden = text === "";
  }

  /** Runs one attempt at a time; what the network does is told in words. */
  async function attempt(work: () => Promise<unknown>): Promise<void> {
    const buttons = main.querySelectorAll("button");
    buttons.forEach((button) => (button.disabled = true));
    try {
      await work();
    } catch {
      problem(main.querySelector<HTMLElement>("[data-problem]")?.dataset.offLine ?? "");
    } finally {
      buttons.forEach((button) => (button.disabled = false));
    }
  }

  form.addEventListener("submit", (event) => {
    if (!globalThis.crypto?.subtle) return; // without https there are no keys: the form enrols by itself
    event.preventDefault();
    void attempt(enrol);
  });

  const kept = await readEnrolment();
  const already = main.querySelector<HTMLElement>("[data-enrolled]");
  if (!kept || !already) return;
  already.querySelector("[data-name]")?.append(kept.name);
  already.hidden = false;
  already.querySelector("[data-enter]")?.addEventListener("click", () => {
    void attempt(async () => {
      if (!(await enter(kept.token))) already.hidden = true;
    });
  });
}

/** The code behind the #, which is then taken out of the address: nobody finds it in the history. */
function takeCode(): string {
  const code = decodeURIComponent(location.hash.slice(1));
  if (code) history.replaceState(null, "", location.pathname + location.search);
  return code;
}

/** What the server says about it: the wrong fields, or why not. */
async function reason(answer: Response): Promise<string> {
  const problem = (await answer.json().catch(() => ({}))) as { detail?: string; errors?: { detail: string }[] };
  return problem.errors?.map((error) => error.detail).join(" ") || problem.detail || String(answer.status);
}

const enrolPage = document.querySelector<HTMLElement>("main[data-enrol]");
if (enrolPage) void openEnrolment(enrolPage);
