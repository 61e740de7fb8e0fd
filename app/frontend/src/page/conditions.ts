/** Whether a question applies that hangs on another one's answers. */
export function applies(wanted: string, given: readonly string[]): boolean {
  return wanted.split(" ").some((value) => given.includes(value));
}

/** Shows questions (`data-shown-when` names a field, `data-shown-for` its answers) only where they apply. */
export function showWhatApplies(root: Document): void {
  const questions = Array.from(root.querySelectorAll<HTMLElement>("[data-shown-when]"));
  if (questions.length === 0) return;
  root.querySelectorAll<HTMLElement>("[data-only-if]").forEach((words) => {
    words.hidden = true;
  });
  const update = (): void => {
    // In the order of the form: what hangs on a hidden question is hidden as well.
    for (const question of questions) {
      question.hidden = !applies(question.dataset.shownFor ?? "", answers(question));
    }
  };
  root.addEventListener("change", update);
  update();
}

function answers(question: HTMLElement): string[] {
  const form = question.closest("form");
  const name = question.dataset.shownWhen ?? "";
  if (!form) return [];
  return Array.from(form.elements).flatMap((control) => {
    if (!(control instanceof HTMLInputElement || control instanceof HTMLSelectElement || control instanceof HTMLTextAreaElement)) return [];
    if (control.name !== name || control.closest("[data-shown-when][hidden]")) return [];
    const ticked = control instanceof HTMLInputElement && (control.type === "radio" || control.type === "checkbox");
    return !ticked || control.checked ? [control.value] : [];
  });
}

/** Offers to show other questions (`data-when-changed` names a select) only once something else is chosen. */
export function offerWhenChanged(root: Document): void {
  root.querySelectorAll<HTMLElement>("[data-when-changed]").forEach((offer) => {
    const field = root.getElementById(offer.dataset.whenChanged ?? "");
    if (!(field instanceof HTMLSelectElement)) return;
    const shown = Array.from(field.options).find((option) => option.defaultSelected)?.value; // a browser may restore another
    const update = (): void => {
      offer.hidden = field.value === shown;
    };
    field.addEventListener("change", update);
    update();
  });
}
