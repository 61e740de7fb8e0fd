/**
 * The service worker of the gate: with it the scanner opens while the server is dead. Written by hand, without imports:
 * every browser that knows service workers runs it as a plain script. The server puts `FILES` in front (`/gate/sw.js`).
 *
 * Files named after their content come from the cache; pages come from the server, and from the cache when it does not
 * answer within a second. Nothing that is sent passes through here, and no answer with a guest's name is ever kept.
 */

declare const FILES: readonly string[];

/** The little that is used of a service worker's scope; its types do not go together with those of pages. */
interface Scope {
  readonly location: Location;
  readonly clients: { claim: () => Promise<void> };
  readonly skipWaiting: () => Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: Lasting) => void): void;
  addEventListener(type: "fetch", listener: (event: Fetch) => void): void;
  addEventListener(type: "message", listener: (event: Lasting & { data: unknown }) => void): void;
}
interface Lasting {
  readonly waitUntil: (work: Promise<unknown>) => void;
}
interface Fetch extends Lasting {
  readonly request: Request;
  readonly respondWith: (answer: Promise<Response>) => void;
}

const scope = globalThis as unknown as Scope;
const PAGES = "gate-pages";
const WORDS = "/gate/words.json";
/** Files named after their content: what is in any cache under such a name is what the server has. */
const ASSETS = "/static/assets/";
/** A cache per build, named by its files: their names change with their content. */
const BUILD = `gate-files:${FILES.join("|")}`;
const SERVER_WITHIN_MS = 1_000;
const PAGE = /^\/gate(\/[0-9a-f-]{36})?$/;

scope.addEventListener("install", (event) => {
  event.waitUntil(fill().then(() => scope.skipWaiting()));
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(renew().then(() => scope.clients.claim()));
});

/** A page asks to be kept: the visit that installed this worker did not pass through it. */
scope.addEventListener("message", (event) => {
  const keep = (event.data as { keep?: unknown } | null)?.keep;
  if (Array.isArray(keep)) event.waitUntil(Promise.all(keep.map((path) => keepPage(String(path)))));
});

scope.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== scope.location.origin) return;
  if (pathname.startsWith(ASSETS)) event.respondWith(fromCache(event.request));
  else if (pathname === WORDS) event.respondWith(fromServer(event, pathname, BUILD));
  else if (mode === "navigate" && PAGE.test(pathname)) event.respondWith(openPage(event, pathname));
});

async function fill(): Promise<void> {
  const cache = await caches.open(BUILD);
  await cache.addAll([...FILES, WORDS]);
}

/**
 * Fetches the kept pages anew, as they name the files of the build before, and only then lets go of older ones. The last
 * build stays: a scanner that has been open since then has yet to load its decoder.
 */
async function renew(): Promise<void> {
  const kept = await (await caches.open(PAGES)).keys();
  const fresh = await Promise.all(kept.map((request) => keepPage(new URL(request.url).pathname)));
  if (!fresh.every(Boolean)) return;
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("gate-files:") && name !== BUILD);
  await Promise.all(old.slice(0, -1).map((name) => caches.delete(name)));
}

async function keepPage(path: string): Promise<boolean> {
  if (!PAGE.test(path)) return false;
  const answer = await fetch(path, { headers: { Accept: "text/html" }, redirect: "manual" }).catch(() => null);
  if (answer?.status !== 200) return false;
  await (await caches.open(PAGES)).put(path, answer);
  return true;
}

async function fromCache(request: Request): Promise<Response> {
  return (await caches.match(request.url, { ignoreVary: true })) ?? fetch(request);
}

/** A page of the gate. A phone whose session is over, but not its enrolment, comes in again by itself. */
async function openPage(event: Fetch, path: string): Promise<Response> {
  const answer = await fromServer(event, path, PAGES);
  const turnedAway = answer.type === "opaqueredirect" || answer.status === 401;
  return turnedAway && (await enter()) ? fetch(path) : answer;
}

/** The server's answer, which is kept when it is good; the kept one when the server is slow, broken or gone. */
async function fromServer(event: Fetch, path: string, name: string): Promise<Response> {
  const cache = await caches.open(name);
  const asked = fetch(event.request).then(async (answer) => {
    if (answer.status === 200 && !answer.redirected) await cache.put(path, answer.clone());
    return answer;
  });
  event.waitUntil(asked.catch(() => undefined));
  const soon = new Promise<null>((resolve) => setTimeout(resolve, SERVER_WITHIN_MS, null));
  const quick = await Promise.race([asked, soon]).catch(() => null);
  if (quick && quick.status < 500) return quick;
  return (await cache.match(path, { ignoreVary: true, ignoreSearch: true })) ?? asked;
}

/** Opens a session with the token that this phone was given when it was enrolled (`gate/keyring.ts`). */
async function enter(): Promise<boolean> {
  const token = await tokenOfPhone().catch(() => null);
  if (!token) return false;
  const headers = { Authorization: `Bearer ${token}`, Accept: "application/json" };
  const answer = await fetch("/gate/enter", { method: "POST", headers, redirect: "manual" }).catch(() => null);
  return answer?.type === "opaqueredirect" || answer?.ok === true;
}

function tokenOfPhone(): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("machigurumi-phone");
    // The phone was never enrolled: an empty database left behind would be in the way of a later enrolment.
    asked.onupgradeneeded = () => asked.transaction?.abort();
    asked.onerror = () => reject(asked.error ?? new Error("no keyring"));
    asked.onsuccess = () => {
      const found = asked.result.transaction("enrolment").objectStore("enrolment").get("this phone");
      found.onsuccess = () => {
        const kept = found.result as { token?: string; expires_at?: string } | undefined;
        resolve(kept?.token && Date.parse(kept.expires_at ?? "") > Date.now() ? kept.token : null);
      };
      found.onerror = () => reject(found.error ?? new Error("no keyring"));
      found.transaction?.addEventListener("complete", () => asked.result.close());
    };
  });
}
