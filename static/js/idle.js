/* A log-in at which nothing is done ends (accounts/auth/idle.py). This says so two minutes before, and goes to the log-in after.

   [data-idle]              where it is said; data-left: seconds until the end when the page was made
   template#idle-warning    what is said
   A key, a tap or the wheel is activity, told to the server once a minute at most; while the warning stands, at once.
   The pages of one browser tell each other. */
(() => {
  "use strict";

  const place = document.querySelector("[data-idle]");
  if (!place) return;

  const WARNING = 120_000; // ms before the end
  const TELL_AFTER = 60_000;
  const { stay, login, token, zone } = place.dataset;
  const others = "BroadcastChannel" in window ? new BroadcastChannel("idle") : null;

  let end = Date.now() + Number(place.dataset.left) * 1000;
  let told = Date.now();
  const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
  let asking = false;
  let due = 0;

  const warned = () => place.childElementCount > 0;

  const warn = () => {
    const words = document.getElementById("idle-warning").content.cloneNode(true);
    const text = words.querySelector("[data-text]");
    const time = new Date(end).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit", timeZone: zone });
    text.textContent = text.dataset.text.replace("{time}", time);
    words.querySelector("[data-idle-kept]").hidden = !document.querySelector("form[data-draft]");
    place.replaceChildren(words); // once, so that it is read out once
  };

  const leave = () => {
    const here = window.location.pathname + window.location.search;
    window.location.assign(`${login}?next=${encodeURIComponent(here)}`);
  };

  const look = () => {
    clearTimeout(due);
    const remaining = end - Date.now();
    if (remaining <= -1000) { leave(); return; } // a second later than the server, which is asked then
    if (remaining <= WARNING && !warned()) warn();
    due = setTimeout(look, remaining > WARNING ? remaining - WARNING : remaining + 1000);
  };

  const lastUntil = (later) => {
    end = later;
    told = Date.now();
    place.replaceChildren();
    look();
  };

  const isThere = async () => {
    if (asking || (!warned() && Date.now() - told < TELL_AFTER)) return;
    asking = true;
    try {
      const answer = await fetch(stay, { method: "POST", headers: { "X-CSRFToken": token }, credentials: "same-origin", redirect: "manual" });
      if (answer.type === "opaqueredirect") { leave(); return; } // ended already
      if (!answer.ok) return;
      const { left } = await answer.json();
      if (left === null) return;
      lastUntil(Date.now() + left * 1000);
      others?.postMessage(end);
    } catch {
      // No connection: the warning stays, and the next key asks again.
    } finally {
      asking = false;
    }
  };

  for (const what of ["keydown", "pointerdown", "wheel"]) {
    document.addEventListener(what, isThere, { passive: true, capture: true });
  }
  document.addEventListener("click", (event) => { if (event.target.closest("[data-idle] button")) isThere(); });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") look(); });
  window.addEventListener("pageshow", look); // timers stand still while a device sleeps
  others?.addEventListener("message", (event) => { if (event.data > end) lastUntil(event.data); });
  others?.postMessage(end);
  look();
})();
