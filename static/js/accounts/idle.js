// A log-in at which nothing is done ends (accounts/auth/idle.py). This warns two minutes before, and goes to the log-in after.
//
// [data-idle]              where the warning is shown; data-left: seconds until the end when the page was made
// template#idle-warning    the warning
//
// A key, a tap or the wheel is activity, told to the server once a minute at most; while the warning stands, at once. The
// pages of one browser tell each other.
import { formatTime } from "../lib/dates.js";
import { cloneTemplate, closest, fillPattern, find, get, getLanguage } from "../lib/dom.js";

const WARNING_TIME = 120_000; // ms before the end
const REPORT_INTERVAL = 60_000; // ms

/** @param {HTMLElement} place */
const watchActivity = (place) => {
  const { stay = "", login = "", token = "", zone = "" } = place.dataset;
  const otherPages = "BroadcastChannel" in window ? new BroadcastChannel("idle") : null;

  let end = Date.now() + Number(place.dataset.left) * 1000;
  let reportedAt = Date.now();
  let isReporting = false;
  let checkTimer = 0;

  const isWarning = () => place.childElementCount > 0;

  const showWarning = () => {
    const warning = cloneTemplate("idle-warning");
    const text = get("[data-text]", warning);
    text.textContent = fillPattern(text.dataset.text || "", { time: formatTime(end, zone, getLanguage()) });
    get("[data-idle-kept]", warning).hidden = !find("form[data-draft]");
    place.replaceChildren(warning); // once, so that it is read out once
  };

  const goToLogIn = () => {
    const address = window.location.pathname + window.location.search;
    window.location.assign(`${login}?next=${encodeURIComponent(address)}`);
  };

  const checkTime = () => {
    clearTimeout(checkTimer);
    const remaining = end - Date.now();
    if (remaining <= -1000) {
      goToLogIn(); // a second later than the server ends it
      return;
    }
    if (remaining <= WARNING_TIME && !isWarning()) showWarning();
    checkTimer = window.setTimeout(checkTime, remaining > WARNING_TIME ? remaining - WARNING_TIME : remaining + 1000);
  };

  /** @param {number} newEnd  ms */
  const extend = (newEnd) => {
    end = newEnd;
    reportedAt = Date.now();
    place.replaceChildren();
    checkTime();
  };

  const requestStay = async () => {
    const headers = { "X-CSRFToken": token };
    const answer = await fetch(stay, { method: "POST", headers, credentials: "same-origin", redirect: "manual" });
    if (answer.type === "opaqueredirect") goToLogIn(); // it has ended already
    if (!answer.ok) return;
    const { left } = await answer.json();
    if (left === null) return;
    extend(Date.now() + left * 1000);
    otherPages?.postMessage(end);
  };

  const reportActivity = async () => {
    if (isReporting || (!isWarning() && Date.now() - reportedAt < REPORT_INTERVAL)) return;
    isReporting = true;
    // Without a connection the warning stays, and the next key tries again.
    await requestStay().catch(() => {});
    isReporting = false;
  };

  for (const type of ["keydown", "pointerdown", "wheel"]) {
    document.addEventListener(type, reportActivity, { passive: true, capture: true });
  }
  document.addEventListener("click", (event) => {
    if (closest(event, "[data-idle] button")) reportActivity();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") checkTime();
  });
  window.addEventListener("pageshow", checkTime); // timers stand still while a device sleeps
  otherPages?.addEventListener("message", ({ data }) => {
    if (data > end) extend(data);
  });
  otherPages?.postMessage(end);
  checkTime();
};

const place = find("[data-idle]");
if (place) watchActivity(place);
