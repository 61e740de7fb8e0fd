/** Sheets that slide over the scanner: search, a guest who is new, settings. */
export interface Sheet {
  readonly element: HTMLDialogElement;
  readonly open: () => void;
  readonly close: () => void;
}

/** Wires a sheet: what carries `data-open="name"` opens it, its own `data-close` and a touch beside it close it. */
export function wireSheet(main: HTMLElement, name: string, onOpen: () => void = () => undefined): Sheet | null {
  const element = main.querySelector<HTMLDialogElement>(`dialog[data-sheet="${name}"]`);
  if (!element) return null;
  const sheet = {
    element,
    open: (): void => {
      if (!element.open) element.showModal();
      onOpen();
    },
    close: (): void => element.close(),
  };
  for (const opener of main.querySelectorAll(`[data-open="${name}"]`)) opener.addEventListener("click", sheet.open);
  for (const closer of element.querySelectorAll("[data-close]")) closer.addEventListener("click", sheet.close);
  element.addEventListener("click", (event) => {
    if (event.target === element) sheet.close();
  });
  return sheet;
}
