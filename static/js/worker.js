/* The browser's worker of this site. OFFLINE, FILES and queue.js stand above, put there by the site.

   install, activate    the page without a network and its files, of this version and no other
   fetch                a page that cannot be reached is answered with that page, if somebody is logged in on this device;
                        it says what became of a form that was on its way
   sync                 what waits goes up when the browser says there is a network again
   message "renew"      the page without a network once more: another language
   push                 shows the neutral word the site sent; a second one with the same tag replaces the first
   notificationclick    opens the site, or the page of it that is open already */
"use strict";

const KEPT = `page ${FILES.join(" ")}`;
const PATIENCE = 6000; // ms for the first page; the others may take as long as they need

const fill = async () => {
  const cache = await caches.open(KEPT);
  await cache.addAll([OFFLINE, ...FILES].map((one) => new Request(one, { cache: one === OFFLINE ? "reload" : "default" })));
};

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(fill());
});

const leaveOthers = async () => {
  for (const name of await caches.keys()) if (name !== KEPT) await caches.delete(name);
  await self.clients.claim();
};

self.addEventListener("activate", (event) => event.waitUntil(leaveOthers()));

self.addEventListener("message", (event) => {
  if (event.data === "renew") event.waitUntil(fill());
});

/* What did not arrive: "draft" when static/js/drafts.js keeps it, "form" when nobody does, "" for a page that was asked for. */
const unsentOf = async (request) => {
  if (request.method === "GET") return "";
  const fields = await request.formData().catch(() => new FormData());
  return fields.has("draft") ? "draft" : "form";
};

/* The kept page in the light she had last; nothing when nobody is logged in here. */
const keptPage = async (unsent) => {
  const facts = await self.diary.lastFacts().catch(() => null);
  const kept = facts && await caches.match(OFFLINE);
  if (!kept) return null;
  const scheme = { light: "light", dim: "dark" }[facts.theme] || "light dark";
  const html = (await kept.text())
    .replace(/data-theme="\w*"/, `data-theme="${facts.theme}"`)
    .replace(/(name="color-scheme" content=")[^"]*/, `$1${scheme}`)
    .replace(`data-unsent="${unsent}" hidden`, `data-unsent="${unsent}"`);
  const headers = new Headers(kept.headers);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name);
  return new Response(html, { headers });
};

const page = async (request) => {
  const isFirst = request.method === "GET" && new URL(request.url).pathname === "/";
  const copy = request.clone();
  const live = fetch(request).then((answer) => (isFirst && answer.status >= 502 ? null : answer));
  const slow = new Promise((resolve) => { if (isFirst) setTimeout(resolve, PATIENCE); });
  try {
    const first = await Promise.race([live, slow]);
    if (first) return first;
  } catch (error) {
    const kept = await keptPage(await unsentOf(copy));
    if (kept) return kept;
    throw error;
  }
  return await keptPage("") || await live || fetch(request);
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (FILES.includes(new URL(request.url).pathname)) {
    event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
  }
});

const goUp = async () => {
  const facts = await self.diary.fetchFacts();
  if (!facts) throw new Error("no network, or no log-in: the browser tries again");
  const { state } = await self.diary.send(facts.who, facts.token);
  if (state === "waiting") throw new Error("still waiting");
  if (state === "sent") for (const open of await self.clients.matchAll()) open.postMessage("sent");
};

self.addEventListener("sync", (event) => {
  if (event.tag === "diary") event.waitUntil(goUp());
});

const wordOf = (event) => {
  try { return event.data.json(); } catch { return {}; }
};

self.addEventListener("push", (event) => {
  const { title = "Reminder", body = "", tag = "reminder" } = wordOf(event);
  event.waitUntil(self.registration.showNotification(title, { body, tag, silent: true }));
});

const openSite = async () => {
  const pages = await self.clients.matchAll({ type: "window" });
  return pages.length ? pages[0].focus() : self.clients.openWindow("/");
};

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openSite());
});
