const PAUSE_MS = 4_000;

/** Keeps a form that was begun (`data-follow`) a few seconds after the last change, quietly; a failure is tried with the next one. */
export function followForm(root: Document): void {
  const form = root.querySelector<HTMLFormElement>("form[data-follow]");
  if (!form) return;
  let timer = 0;
  const later = (): void => {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      void send(form);
    }, PAUSE_MS);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("submit", () => {
    clearTimeout(timer);
  });
}

async function send(form: HTMLFormElement): Promise<void> {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string") body.append(name, value); // files go with the form itself
  }
  body.set("action", "follow");
  try {
    // Not `form.action`: the buttons of this form bear that name.
    await fetch(form.getAttribute("action") ?? "", { method: "POST", body, credentials: "same-origin", headers: { accept: "text/html" } });
  } catch {
    // off line: the next change tries again, and the browser still holds what was typed
  }
}
