// What the scripts of a page with the question of the day share.
import { formatDayName, getToday } from "../lib/dates.js";
import { find, getLanguage, readJson } from "../lib/dom.js";

/** @import { Facts } from "../offline/device.js" */

/**
 * Sentences of the page, with {day}, {state} and {medicine} in them (headaches/today.py, device_texts).
 *
 * @typedef {object} Texts
 * @property {Record<string, string>} states
 * @property {string} saved
 * @property {string} cleared
 * @property {string} takenBack
 * @property {string} taken
 * @property {string} removed
 * @property {string} recorded
 * @property {string} today
 * @property {string} how
 * @property {string} refused
 * @property {string} waiting
 * @property {string} took
 */

const { dataset } = document.body;

export const page = {
  who: dataset.who || "",
  formerCodes: (dataset.formerly || "").split(" ").filter(Boolean),
  zone: dataset.zone || "",
  language: getLanguage(),
  /** @type {Texts} */
  texts: readJson("diary-words"),
  isOffline: "offline" in dataset,
  /** Taps are stored on this device. */
  isReady: false,
  /** What is stored on this device may be shown. */
  showsStored: true,
  /** @type {Facts | null} */
  facts: null,
  /** Date by the key of each change that was tapped on this page. @type {Map<string, string>} */
  tappedDates: new Map(),
  /** Keys of changes whose notice was dismissed while they wait. @type {Set<string | undefined>} */
  dismissedKeys: new Set(),
  /** Keys of doses tapped here that marked their day as the first medicine of it. @type {Set<string>} */
  markingKeys: new Set(),
  openedOn: getToday(dataset.zone || ""),
};

export const getDate = () => getToday(page.zone);

/** Whether a new day began since the page came, by the device's own clock, which may be a day off all the time. */
export const isNewDay = () => getDate() !== page.openedOn;

/** @param {string} date */
export const nameDay = (date) => formatDayName(date, page.language);

export const getToken = () => {
  /** @type {HTMLInputElement | null} */
  const field = find("input[name=csrfmiddlewaretoken]");
  return field?.value || page.facts?.token || "";
};

/** The question of the day and all that the site sends back after a tap. */
export const getQuestion = () => find("#today-question");

/**
 * The address to load in place of a page that a form led to: the form's own page, or the first one. The form is not sent
 * again. Undefined for any other page.
 */
export const getReloadAddress = () => {
  const unsent = find("[data-unsent]:not([hidden])")?.dataset.unsent;
  if (unsent === "draft") return window.location.pathname + window.location.search;
  return unsent === "form" ? "/" : undefined;
};

export const reloadPage = () => {
  const address = getReloadAddress();
  if (address) window.location.replace(address);
  else window.location.reload();
};
