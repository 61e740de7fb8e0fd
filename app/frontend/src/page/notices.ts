const LOOK_AGAIN_MS = 3_000;

/** Moves the reader to what a form has just done, and takes it out of the address, so that a reload is silent. */
export function sayWhatWasDone(root: Document): void {
  const notice = root.querySelector<HTMLElement>("[data-flash]");
  if (!notice) return;
  notice.focus();
  const address = new URL(location.href);
  address.searchParams.delete("done");
  history.replaceState(history.state, "", address);
}

/** Looks again at long work (`data-progress` is the address of the page that shows it) until the page no longer asks. */
export function followProgress(root: Document): void {
  const box = root.querySelector<HTMLElement>("[data-progress]");
  if (!box) return;
  setTimeout(() => {
    const onceMore = (): void => {
      followProgress(root);
    };
    lookAgain(root, box).then(onceMore, onceMore); // out of reach: in a moment perhaps no longer
  }, LOOK_AGAIN_MS);
}

async function lookAgain(root: Document, box: HTMLElement): Promise<void> {
  const answer = await fetch(box.dataset.progress ?? "", { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector(".progress-box");
  if (fresh) box.replaceWith(root.adoptNode(fresh));
  else location.assign(box.dataset.progress ?? ""); // the work's page has become another one
}
