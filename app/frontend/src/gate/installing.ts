/** Makes the scanner open without a server: registers its service worker and has this gate's pages kept. */
export async function keepOffLine(workerUrl: string, gate: string): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(workerUrl, { scope: "/gate", updateViaCache: "none" });
  const ready = await navigator.serviceWorker.ready;
  ready.active?.postMessage({ keep: ["/gate", `/gate/${gate}`] });
  // Browsers throw storage away when a disk gets full; what is not sent yet must not go with it.
  await navigator.storage?.persist?.();
}

interface InstallPrompt extends Event {
  readonly prompt: () => Promise<unknown>;
}

/** Offers the installation where the browser has one to offer. */
export function offerInstallation(button: HTMLElement | null): void {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", () => void (event as InstallPrompt).prompt(), { once: true });
  });
  addEventListener("appinstalled", () => {
    if (button) button.hidden = true;
  });
}
