// Taps that count as soon as this device has stored them, with or without a network.
//
// form[data-date] with buttons named answer   an answer for that day; data-revision: the day as this page knows it
// form[data-medicines]                        buttons named medicine: a dose
// form[data-relief]                           buttons named relief: how much the medicine data-name helped; the other
//                                             one puts the question away
// form[data-undo]                             undoes the change of that key; data-was: the state before it; data-name:
//                                             the dose or the relief that it removes
// form[data-dismiss], form[data-drop]         dismiss a notice, a refused change
// form[data-today]                            asks about today: on a later day the page is loaded again instead
// [data-part]                                 what the site sends back after a tap; without it the page is loaded again
// [data-day]                                  cells of calendars, marked at once
import { addChange, removeProblem } from "../offline/queue.js";
import { readState, showChange, showProblems } from "./display.js";
import { isNewDay, page, reloadPage } from "./page.js";
import { flushQueue } from "./sync.js";

/** @import { Change } from "../offline/device.js" */
/** @typedef {Pick<Change, "kind" | "date" | "value" | "base" | "state" | "name" | "label">} Tap */

/**
 * Where what is stored is not shown, the person has seen of a day what she tapped on this page, and nothing else.
 *
 * @param {string} date
 */
const getPredecessor = (date) => {
  if (page.showsStored) return {};
  const keys = Array.from(page.tappedDates).filter(([, tappedDate]) => tappedDate === date);
  return { after: keys.at(-1)?.[0] || "" };
};

/**
 * Store a tap, then show it: what the page shows as recorded is never lost with the page. A device that cannot store sends
 * the form.
 *
 * @param {Tap} tap
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} button
 * @param {(tap: Tap) => void} [onAnswer]
 */
const recordTap = async (tap, form, button, onAnswer) => {
  const { who, isOffline } = page;
  const was = readState(tap.date);
  let entry;
  try {
    const waited = isOffline || !navigator.onLine;
    entry = await addChange({ who, was, waited, ...getPredecessor(tap.date), ...tap });
  } catch {
    page.isReady = false;
    if (form.hasAttribute("action")) form.requestSubmit(button);
    else reloadPage();
    return;
  }
  page.tappedDates.set(entry.key, entry.date);
  showChange(entry, isOffline);
  if (tap.kind === "answer") onAnswer?.(tap);
  flushQueue();
};

/** The end of the last tap. A tap comes after it, so that it sees the day as that tap left it. */
let lastTap = Promise.resolve();

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} button
 * @returns {Tap | null}
 */
const readTap = (form, button) => {
  const { date = "", revision = "", undo = "", was = "", name: medicine = "" } = form.dataset;
  if (form.matches("[data-undo]")) return { kind: "undo", value: undo, name: medicine, date, state: was, base: "" };
  if (!date || !(button instanceof HTMLButtonElement)) return null;
  const { name, value } = button;
  if (name === "answer") return { kind: "answer", value, date, state: value, base: revision };
  if (name === "relief") {
    const label = `${medicine}, ${button.dataset.label}`;
    return { kind: "relief", value, name: medicine, label, date, state: readState(date), base: "" };
  }
  if (name !== "medicine") return null;
  return { kind: "take", value, name: button.textContent.trim(), date, state: readState(date), base: "" };
};

/** @param {HTMLFormElement} form */
const dismissNotice = (form) => {
  /** @type {HTMLElement | null} */
  const notice = form.closest(".toast");
  if (!notice) return;
  /** @type {HTMLElement | null} */
  const undo = notice.querySelector("[data-undo]");
  page.dismissedKeys.add(undo?.dataset.undo);
  notice.remove();
  if (form.hasAttribute("action")) postQuietly(form, new FormData(form));
};

/**
 * Send what is gone from this page all the same, without a network too.
 *
 * @param {HTMLFormElement} form
 * @param {FormData} body
 */
const postQuietly = (form, body) => {
  fetch(form.action, { method: "POST", body, keepalive: true, redirect: "manual" }).catch(() => {});
};

/**
 * Put the question away whether a dose helped.
 *
 * @param {HTMLFormElement} form
 */
const putAway = (form) => {
  const body = new FormData(form);
  body.set("later", "");
  form.remove();
  postQuietly(form, body);
};

/**
 * Handle the forms of the diary by script from now on.
 *
 * @param {(tap: Tap) => void} [onAnswer]  called after an answer was stored
 */
export const handleTaps = (onAnswer) => {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!page.isReady || !page.who || !(form instanceof HTMLFormElement)) return;
    const tap = readTap(form, event.submitter);
    if (form.matches("[data-today]") && isNewDay()) {
      event.preventDefault();
      reloadPage();
    } else if (tap) {
      event.preventDefault();
      const record = () => recordTap(tap, form, event.submitter, onAnswer);
      lastTap = lastTap.then(record, record);
    } else if (form.matches("[data-relief]")) {
      event.preventDefault();
      putAway(form);
    } else if (form.matches("[data-drop]")) {
      event.preventDefault();
      removeProblem(form.dataset.drop || "").then(showProblems);
    } else if (form.matches("[data-dismiss]")) {
      event.preventDefault();
      dismissNotice(form);
    }
  });
};
