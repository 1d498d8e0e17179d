// From the queue on this device to the site, and what the site answers to the page.
import { find, get } from "../lib/dom.js";
import { changesAnswer, readFacts } from "../offline/device.js";
import { listWaiting, sendQueue } from "../offline/queue.js";
import {
  hideLoggedOut,
  showLoggedOut,
  showMedicineDay,
  showNotice,
  showProblems,
  showState,
  showStoredStates,
} from "./display.js";
import { getQuestion, getToken, page, reloadPage } from "./page.js";

const STALE_AFTER = 600_000; // ms out of sight, after which a page may have something else to ask
export const POLL_INTERVAL = 20_000; // ms between looks for a network
const FIRST_RETRY = 2000; // ms to the second try; each further one waits twice as long, up to POLL_INTERVAL

let retryDelay = FIRST_RETRY;
let retryTimer = 0;

/** Show what waits; gives how many changes that are. */
export const showWaiting = async () => {
  const entries = await listWaiting(page.who);
  const visible = entries.filter((entry) => page.showsStored || page.tappedDates.has(entry.key));
  for (const entry of visible) {
    if (changesAnswer(entry.kind)) showState(entry.date, entry.state, true);
    showMedicineDay(entry);
  }
  const last = visible.at(-1);
  if (last) showNotice(last, true);
  return entries.length;
};

const scheduleRetry = () => {
  clearTimeout(retryTimer);
  retryTimer = window.setTimeout(() => {
    if (document.visibilityState === "visible") flushQueue();
    else scheduleRetry();
  }, retryDelay);
  retryDelay = Math.min(POLL_INTERVAL, 2 * retryDelay);
  // A browser with background sync sends the queue by itself (worker.js).
  navigator.serviceWorker?.ready
    .then((/** @type {any} */ registration) => registration.sync?.register("diary"))
    .catch(() => {});
};

/** The part of this page that the site shall send back: "home", "weekly", "week", "pain" or "day 2026-05-06". */
const getPart = () => {
  const part = getQuestion()?.dataset.part || "";
  return part === "day" ? `day ${get("form[data-revision]").dataset.date}` : part;
};

/**
 * Where the focus goes in a part that replaces the one it stands in. In the week it stays with the day, since the next one
 * is answered next; on the buttons of the notice it stays where it is.
 *
 * @param {HTMLElement} fresh
 * @param {Element} focused
 */
const findNextFocus = (fresh, focused) => {
  for (const form of ["[data-undo]", "[data-dismiss]"]) {
    if (focused.closest(form)) return find(`.toast ${form} button`, fresh);
  }
  if (fresh.dataset.part?.startsWith("week") && focused instanceof HTMLButtonElement && focused.name === "answer") {
    return find(`form[data-date="${focused.form?.dataset.date}"] button[value="${focused.value}"]`, fresh);
  }
  return find(".toast", fresh);
};

/** @param {string} html */
const replacePart = (html) => {
  const stale = getQuestion();
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("today-question");
  if (!stale || !fresh) return;
  const place = find("[data-toast]", fresh);
  if (place && find("[data-over]", stale)) place.dataset.over = "";
  const focused = document.activeElement;
  const next = focused && stale.contains(focused) ? findNextFocus(fresh, focused) : null;
  stale.replaceWith(fresh);
  next?.focus({ preventScroll: true });
};

/** @param {string} [html] */
const showAnswer = async (html) => {
  if (html) replacePart(html);
  showStoredStates((await readFacts(page.who))?.days);
};

/** @param {boolean} isClosed  there is no log-in any more */
const handleUnsent = async (isClosed) => {
  await showWaiting();
  hideLoggedOut();
  if (isClosed) showLoggedOut();
  scheduleRetry();
};

const sendUntilEmpty = async () => {
  for (;;) {
    const { state, answer } = await sendQueue(page.who, getToken(), getPart());
    if (state === "empty") return;
    if (state !== "sent") {
      await handleUnsent(state === "closed");
      return;
    }
    retryDelay = FIRST_RETRY;
    await showProblems();
    if ((await listWaiting(page.who)).length) continue;
    if (page.isOffline) {
      reloadPage();
      return;
    }
    await showAnswer(answer?.html);
  }
};

/** @type {Promise<void> | null} */
let flushing = null;

/** Send until nothing waits. A tap meanwhile is taken along by the next round. */
export const flushQueue = () => {
  flushing ||= sendUntilEmpty().finally(() => {
    flushing = null;
  });
  return flushing;
};

export const flushIfPending = async () => {
  if (page.isReady && (await showWaiting())) await flushQueue();
};

/**
 * The page is in sight again: send what waits, or else ask the site what it shows by now.
 *
 * @param {number} hiddenFor  ms
 */
export const resumePage = async (hiddenFor) => {
  if (!page.isReady) return;
  if (await showWaiting()) await flushQueue();
  else if (hiddenFor > STALE_AFTER) await refreshPart();
};

/** Fetch the part of the page again: something was sent without this page knowing. */
export const refreshPart = async () => {
  const sync = await sendQueue(page.who, getToken(), getPart(), true).catch(() => null);
  if (sync?.answer?.html) await showAnswer(sync.answer.html);
};
