/** Several tabs of one scanner: one of them sends the queue, all of them tell each other when it has changed. */
export interface Tabs {
  /** Whether this tab sends the queue. */
  readonly leads: () => boolean;
  /** Tells the other tabs how many scans wait, when that has changed. */
  readonly changed: (waiting: number) => void;
}

/**
 * Joins the tabs of a device. The tab that somebody looks at takes the lead, because browsers put the others to sleep;
 * when it is closed or crashes the lead falls to another. A browser without locks lets every tab send, which is wasteful
 * and harmless: the server keeps each scan once.
 */
export function joinTabs(device: string, { onLead, onChange }: { onLead: () => void; onChange: () => void }): Tabs {
  const name = `machigurumi-gate:${device}`;
  const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(name) : null;
  let leading = false;
  let known: unknown = 0;

  function lead(): Promise<never> {
    leading = true;
    onLead();
    return new Promise<never>(() => undefined); // held until the tab is gone or another one takes over
  }

  /** Takes the lead at once, or (`steal` false) when it falls free; whoever loses it queues up for it. */
  function ask(steal: boolean): void {
    navigator.locks.request(name, { steal }, lead).catch(() => {
      leading = false;
      ask(false);
    });
  }

  function lookAt(): void {
    if (!document.hidden && !leading) ask(true);
  }

  if ("locks" in navigator) {
    ask(!document.hidden);
    document.addEventListener("visibilitychange", lookAt);
    addEventListener("focus", lookAt);
  } else queueMicrotask(() => void lead());
  channel?.addEventListener("message", ({ data }) => {
    if (data !== known) onChange();
    known = data;
  });
  return {
    leads: () => leading,
    changed: (waiting) => {
      if (waiting !== known) channel?.postMessage(waiting);
      known = waiting;
    },
  };
}
