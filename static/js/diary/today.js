// Script of the pages with the question of the day. They work without it, but not without a network.
import { find } from "../lib/dom.js";
import { adoptFormer, hasSentSince, readFacts, renewFacts } from "../offline/device.js";
import { showProblems } from "./display.js";
import { isNewDay, page, reloadPage } from "./page.js";
import { flushIfPending, flushQueue, refreshPart, resumePage, showWaiting } from "./sync.js";
import { handleTaps } from "./taps.js";

/** Store what the page without a network will show. */
const prepareOffline = async () => {
  const worker = await navigator.serviceWorker?.register("/worker.js");
  const { theme, warm } = document.documentElement.dataset;
  const { language } = page;
  const fresh = await renewFacts(page.who, { theme, warm, language });
  if (!fresh) return;
  if (page.facts && page.facts.language !== language) worker?.active?.postMessage("renew");
  page.facts = fresh;
  await navigator.serviceWorker?.ready;
  document.documentElement.dataset.kept = "";
};

/** The shortcut "I’m in pain" of the installed app opens the home page with ?pain: switch the mode on. */
const openPainMode = () => {
  if (!new URLSearchParams(window.location.search).has("pain")) return false;
  const button = document.querySelector('button[name="pain"][value="on"]');
  if (button instanceof HTMLButtonElement) button.click();
  return button !== null;
};

const start = async () => {
  if (openPainMode()) return;
  if (!page.who) return;
  if (page.formerCodes.length) await adoptFormer(page.who, page.formerCodes);
  page.facts = (await readFacts(page.who)) ?? null;
  page.isReady = true;
  document.documentElement.dataset.ready = "";
  await showProblems();
  if (await showWaiting()) await flushQueue();
  else if (await hasSentSince(page.who, performance.timeOrigin)) await refreshPart();
  await prepareOffline();
};

handleTaps();
window.addEventListener("online", flushIfPending);
window.addEventListener("pageshow", (event) => {
  if (event.persisted) flushIfPending();
});
let hiddenAt = Date.now();
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") hiddenAt = Date.now();
  else if (find("form[data-today]") && isNewDay()) reloadPage();
  else resumePage(Date.now() - hiddenAt);
});
navigator.serviceWorker?.addEventListener("message", ({ data }) => {
  if (data === "sent" && page.isReady) refreshPart(); // the worker was faster than this page
});

start().catch(() => {}); // a browser that stores nothing: forms go the plain way
