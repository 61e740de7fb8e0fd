/** What a message of the stream brings: the moment it speaks of, and the HTML of the pieces that have changed. */
export interface Message {
  at: string;
  pieces: Record<string, string>;
}

/** Puts new pieces in the place of the old ones; whoever was at a link of one stays at it. */
export function put(board: ParentNode, pieces: Message["pieces"]): void {
  for (const [name, html] of Object.entries(pieces)) {
    const place = board.querySelector<HTMLElement>(`[data-piece="${CSS.escape(name)}"]`);
    if (!place) continue;
    const fresh = place.cloneNode(false);
    // Escaped by the server; a parsed document runs no scripts.
    for (const node of [...new DOMParser().parseFromString(html, "text/html").body.childNodes]) fresh.appendChild(node);
    if (fresh.isEqualNode(place)) continue;
    const focused = place.contains(document.activeElement) ? document.activeElement?.getAttribute("href") : null;
    place.replaceChildren(...fresh.childNodes);
    if (focused) place.querySelector<HTMLElement>(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
}

/** Returns the clock time of a moment in an IANA zone, as the page shows it: 24 hours. */
export function timeIn(zone: string, at: string): string {
  const options = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: zone } as const;
  return new Intl.DateTimeFormat("en-GB", options).format(new Date(at));
}

/** Returns how many milliseconds to wait before the next try, after so many in vain: 1 s at first, 30 s at most. */
export function pauseAfter(tries: number): number {
  return Math.min(30_000, 1000 * 2 ** Math.min(tries, 5));
}
