// The service worker of this site. The site serves it as one classic script (headaches/service_worker.py), for not every browser
// runs a worker of modules; OFFLINE_PAGE and FILES are put before it there.
//
// install, activate    the page without a network and its files, of this version and no other
// fetch                a page that cannot be reached is answered with that page, if somebody is logged in on this device;
//                      it says what became of a form that was on its way
// sync                 what waits is sent when the browser says there is a network again
// message "renew"      fetches the page without a network again: another language
// push                 shows the neutral sentence that the site sent; a second one with the same tag replaces the first
// notificationclick    opens the site, or the page of it that is open already
import { fetchFacts, readLatestFacts } from "./device.js";
import { sendQueue } from "./queue.js";

/** @type {ServiceWorkerGlobalScope} */
const worker = /** @type {any} */ (self);

const CACHE_NAME = `page ${FILES.join(" ")}`;
const FIRST_PAGE_PATIENCE = 6000; // ms; the other pages may take as long as they need

const fillCache = async () => {
  const cache = await caches.open(CACHE_NAME);
  const requests = [OFFLINE_PAGE, ...FILES].map(
    (address) => new Request(address, { cache: address === OFFLINE_PAGE ? "reload" : "default" }),
  );
  await cache.addAll(requests);
};

const removeOtherCaches = async () => {
  for (const name of await caches.keys()) if (name !== CACHE_NAME) await caches.delete(name);
  await worker.clients.claim();
};

worker.addEventListener("install", (event) => {
  worker.skipWaiting();
  event.waitUntil(fillCache());
});

worker.addEventListener("activate", (event) => event.waitUntil(removeOtherCaches()));

worker.addEventListener("message", (event) => {
  if (event.data === "renew") event.waitUntil(fillCache());
});

/**
 * What did not arrive: "draft" when forms/drafts.js stores it, "form" when nothing does, "" for a page that was asked for.
 *
 * @param {Request} request
 */
const readUnsent = async (request) => {
  if (request.method === "GET") return "";
  const fields = await request.formData().catch(() => new FormData());
  return fields.has("draft") ? "draft" : "form";
};

/**
 * The page without a network, in the theme of the last visit; null when nobody is logged in here.
 *
 * @param {string} unsent
 */
const createOfflineResponse = async (unsent) => {
  const facts = await readLatestFacts().catch(() => null);
  const stored = facts && (await caches.match(OFFLINE_PAGE));
  if (!stored) return null;
  const { theme = "system" } = facts;
  const scheme = { light: "light", dim: "dark" }[theme] || "light dark";
  const html = (await stored.text())
    .replace(/data-theme="\w*"/, `data-theme="${theme}"`)
    .replace(/(name="color-scheme" content=")[^"]*/, `$1${scheme}`)
    .replace(`data-unsent="${unsent}" hidden`, `data-unsent="${unsent}"`);
  const headers = new Headers(stored.headers);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name);
  return new Response(html, { headers });
};

/**
 * Answer from the site, or with the page without a network: when there is none, and on the first page also when the site
 * takes too long or its proxy says that it is down.
 *
 * @param {Request} request
 */
const respondWithPage = async (request) => {
  const isFirst = request.method === "GET" && new URL(request.url).pathname === "/";
  const copy = request.clone();
  const live = fetch(request).then((response) => (isFirst && response.status >= 502 ? null : response));
  /** @type {Promise<void>} */
  const patience = new Promise((resolve) => {
    if (isFirst) setTimeout(resolve, FIRST_PAGE_PATIENCE);
  });
  try {
    const response = await Promise.race([live, patience]);
    if (response) return response;
  } catch (error) {
    const stored = await createOfflineResponse(await readUnsent(copy));
    if (stored) return stored;
    throw error;
  }
  return (await createOfflineResponse("")) || (await live) || fetch(request);
};

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") event.respondWith(respondWithPage(request));
  else if (FILES.includes(new URL(request.url).pathname)) {
    event.respondWith(caches.match(request).then((stored) => stored || fetch(request)));
  }
});

/** Send what waits. An error makes the browser try again. */
const flushInBackground = async () => {
  const facts = await fetchFacts();
  if (!facts) throw new Error("no network, or no log-in");
  const { state } = await sendQueue(facts.who, facts.token);
  if (state === "waiting") throw new Error("still waiting");
  if (state === "sent") for (const client of await worker.clients.matchAll()) client.postMessage("sent");
};

// Background sync is not in the standard types.
worker.addEventListener(/** @type {any} */ ("sync"), (/** @type {any} */ event) => {
  if (event.tag === "diary") event.waitUntil(flushInBackground());
});

/** @param {PushEvent} event */
const readNotification = (event) => {
  try {
    return event.data?.json() ?? {};
  } catch {
    return {};
  }
};

worker.addEventListener("push", (event) => {
  const { title = "Reminder", body = "", tag = "reminder" } = readNotification(event);
  event.waitUntil(worker.registration.showNotification(title, { body, tag, silent: true }));
});

const openSite = async () => {
  const [open] = await worker.clients.matchAll({ type: "window" });
  return open ? open.focus() : worker.clients.openWindow("/");
};

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openSite());
});
