/**
 * An alarm clock in a worker: browsers slow the timers of a hidden tab down to one a minute, but not those of a worker,
 * and a hidden tab with sound is a person who listens. A new time replaces the old one.
 */
let pending: ReturnType<typeof setTimeout> | undefined;

addEventListener("message", (event: MessageEvent<number>) => {
  clearTimeout(pending);
  pending = setTimeout(() => {
    postMessage("ring");
  }, event.data);
});
