const RELEASE_AFTER_MS = 10_000;

/** Moves the reader to the list of wrong answers, as a screen reader would not notice it otherwise. */
export function focusErrorSummary(root: Document): void {
  root.querySelector<HTMLElement>("[data-error-summary]")?.focus();
}

/**
 * Lets a form that changes something be sent once.
 *
 * Buttons are switched off after the browser has collected the fields, because the name of the pressed button belongs
 * to them. They come back when the page is shown again, and after ten seconds, since an answer may be a download.
 */
export function guardAgainstDoubleSubmit(root: Document): void {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent !== undefined) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "";
    setTimeout(() => {
      hold(form);
    });
    setTimeout(() => {
      release(form);
    }, RELEASE_AFTER_MS);
  });
  addEventListener("pageshow", () => {
    root.querySelectorAll<HTMLFormElement>("form[data-sent]").forEach(release);
  });
}

function hold(form: HTMLFormElement): void {
  for (const control of form.elements) {
    if (control instanceof HTMLButtonElement && control.type === "submit" && !control.disabled) {
      control.disabled = true;
      control.setAttribute("aria-busy", "true");
    }
  }
}

function release(form: HTMLFormElement): void {
  delete form.dataset.sent;
  for (const control of form.elements) {
    if (control instanceof HTMLButtonElement && control.getAttribute("aria-busy") === "true") {
      control.disabled = false;
      control.removeAttribute("aria-busy");
    }
  }
}
