/* Small conveniences. Every page works without them.

   select or input [data-browser-zone]   takes the browser's time zone; its .field is hidden when the zone is among the options
   form.themes                           changes the theme at once and tells the server in the background
   template#offline-message              the sentence shown when nothing came back, or the server failed
   template#refused-message              the sentence shown when the server refused (4xx); without it nothing is shown */
(() => {
  "use strict";

  const root = document.documentElement;

  /* ---------- time zone ---------- */

  const browserZone = () => {
    try { return Intl.DateTimeFormat().resolvedOptions().timeZone || ""; } catch { return ""; }
  };

  const setZones = () => {
    const zone = browserZone();
    if (!zone) return;
    for (const field of document.querySelectorAll("[data-browser-zone]")) {
      if (field.tagName === "SELECT") {
        const known = [...field.options].some((option) => option.value === zone);
        if (!known || field.getAttribute("aria-invalid") === "true") continue;
        field.value = zone;
        const frame = field.closest(".field");
        if (frame) frame.hidden = true;
      } else if (!field.value) {
        field.value = zone;
      }
    }
  };

  /* ---------- theme ---------- */

  const SCHEMES = { light: "light", dim: "dark", system: "light dark" };

  const showTheme = (theme) => {
    root.dataset.theme = theme;
    for (const button of document.querySelectorAll('form.themes button[name="theme"]')) {
      button.setAttribute("aria-pressed", String(button.value === theme));
    }
    document.querySelector('meta[name="color-scheme"]')?.setAttribute("content", SCHEMES[theme]);
    const ground = getComputedStyle(root).getPropertyValue("--bg").trim();
    document.querySelectorAll('meta[name="theme-color"]').forEach((meta) => {
      meta.removeAttribute("media");
      meta.setAttribute("content", ground);
    });
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    if (!form.matches("form.themes") || button?.name !== "theme" || !(button.value in SCHEMES)) return;
    event.preventDefault();
    const body = new FormData(form);
    body.set("theme", button.value);
    showTheme(button.value);
    fetch(form.action, {
      method: "POST",
      body,
      headers: { "X-CSRFToken": body.get("csrfmiddlewaretoken") || "", "X-Requested-With": "XMLHttpRequest" },
      credentials: "same-origin",
      redirect: "manual",
      keepalive: true,
    }).catch(() => {}); // offline: the page is as wished, the choice is not kept
  });

  /* ---------- what went wrong on the way ---------- */

  const say = (id, from) => {
    const template = document.getElementById(id);
    if (!template) return;
    document.querySelectorAll("[data-message]").forEach((message) => message.remove());
    const message = document.createElement("div");
    message.dataset.message = id;
    message.setAttribute("role", "alert");
    const main = from?.closest("main") || document.querySelector("main") || document.body;
    const place = from?.closest("main form") || null;
    if (place) place.before(message); else main.prepend(message);
    message.append(template.content.cloneNode(true)); // after it stands in the page, so that it is read out
    message.scrollIntoView({ block: "nearest" });
  };

  for (const failure of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, (event) => say("offline-message", event.detail.elt));
  }
  document.addEventListener("htmx:responseError", (event) => {
    say(event.detail.xhr.status >= 500 ? "offline-message" : "refused-message", event.detail.elt);
  });

  setZones();
})();
