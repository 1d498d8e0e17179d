/* The browser's worker of this site. Today it shows letters; each duty is a function of its own.

   push                 shows the neutral word the site sent; a second one with the same tag replaces the first
   notificationclick    opens the site, or the page of it that is open already */
"use strict";

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
