// The page without a network, filled in from what this device stores as long as the log-in lasts: as long as the cookie
// that body[data-offline] names is there. After that it asks the question alone.

import { markMedicine, showProblems } from "../diary/display.js";
import { getDate, getQuestion, getReloadAddress, isNewDay, nameDay, page, reloadPage } from "../diary/page.js";
import { flushIfPending, flushQueue, POLL_INTERVAL, showWaiting } from "../diary/sync.js";
import { handleTaps } from "../diary/taps.js";
import { formatDate, listDates, toNoon } from "../lib/dates.js";
import { cloneTemplate, fillPattern, find, findAll, get } from "../lib/dom.js";
import { fetchFacts, isSiteReachable, readLatestFacts } from "./device.js";

/** @import { Facts } from "./device.js" */

const DAYS = 60;

/**
 * "1 Nov": the days of three months stand in one table.
 *
 * @param {string} date
 */
const formatMonthStart = (date) =>
  formatDate(date, { day: "numeric", month: "short" }, page.language).replace(/\.$/, "");

/**
 * @param {string} date
 * @param {string} state
 */
const createCell = (date, state) => {
  const cell = cloneTemplate("cell");
  /** @type {HTMLAnchorElement} */
  const link = get("a", cell);
  link.href = `#${date}`;
  link.dataset.day = date;
  link.dataset.state = state;
  if (date === getDate()) link.setAttribute("aria-current", "date");
  get("[data-number]", link).textContent = date.endsWith("-01")
    ? formatMonthStart(date)
    : String(Number(date.slice(8)));
  get("[data-name]", link).textContent = nameDay(date);
  get("[data-words]", link).textContent = page.texts.states[state];
  return cell;
};

/** @param {Facts} facts */
const showCalendar = ({ days, took }) => {
  /** @type {HTMLTableSectionElement} */
  const body = get("[data-calendar]");
  body.replaceChildren();
  const dates = listDates(getDate(), DAYS);
  let row = body.insertRow();
  const daysAfterMonday = (toNoon(dates[0]).getUTCDay() + 6) % 7;
  for (let index = 0; index < daysAfterMonday; index += 1) row.insertCell();
  for (const date of dates) {
    if (row.cells.length === 7) row = body.insertRow();
    row.insertCell().append(createCell(date, days[date]?.[0] || "unknown"));
  }
  for (const date of took || []) markMedicine(date, true);
};

/**
 * The medicines of the person, after a day with a headache.
 *
 * @param {string} date
 * @param {string} state
 */
const showMedicines = (date, state) => {
  const form = find("form[data-medicines]");
  if (!form || !page.facts || !page.showsStored) return;
  const { medicines } = page.facts;
  form.dataset.date = date;
  form.toggleAttribute("data-today", date === getDate());
  form.hidden = ["free", "unknown"].includes(state) || !medicines.length;
  const buttons = medicines.map(([id, name]) =>
    Object.assign(document.createElement("button"), { name: "medicine", value: String(id), textContent: name }),
  );
  get(".answers", form).replaceChildren(...buttons);
};

/** Ask about today, or about the day that the address names: #2026-05-06. */
const showQuestion = () => {
  const { hash } = window.location;
  const date = /^#\d{4}-\d\d-\d\d$/.test(hash) ? hash.slice(1) : getDate();
  const form = get("form[data-revision]");
  form.dataset.date = date;
  form.toggleAttribute("data-today", date === getDate());
  form.dataset.revision = (page.showsStored && page.facts?.days[date]?.[1]) || "";
  const state = find(`[data-day="${date}"]`)?.dataset.state || "unknown";
  /** @type {HTMLButtonElement[]} */
  const buttons = findAll("button[name=answer]", form);
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.value === state));
  const { how, recorded, today } = page.texts;
  const question = state === "unknown" ? today : recorded;
  get("[data-asks]").textContent = date === getDate() ? question : fillPattern(how, { day: nameDay(date) });
  showMedicines(date, state);
};

/** @param {Facts} facts */
const isLoggedIn = ({ until }) =>
  document.cookie.split("; ").includes(`${document.body.dataset.offline}=on`) &&
  (until ?? Number.POSITIVE_INFINITY) > Date.now();

/** Hide what is stored once the log-in has ended. */
const reloadIfLoggedOut = () => {
  if (page.facts && page.showsStored && !isLoggedIn(page.facts)) reloadPage();
};

/** @param {Facts} facts */
const showStoredDays = (facts) => {
  page.showsStored = isLoggedIn(facts);
  get("[data-ended]").hidden = page.showsStored;
  for (const part of findAll("[data-days]")) part.hidden = !page.showsStored;
  if (!page.showsStored) return;
  showCalendar(facts);
  if (facts.until) setTimeout(reloadIfLoggedOut, facts.until - Date.now() + 1000);
};

const fillIn = async () => {
  page.facts = (await readLatestFacts().catch(() => null)) ?? null;
  get("[data-nothing]").hidden = Boolean(page.facts);
  if (!page.facts) return;
  page.who = page.facts.who;
  page.zone = page.facts.zone;
  page.openedOn = getDate();
  const address = getReloadAddress();
  /** @type {HTMLAnchorElement} */
  const again = get("[data-again]");
  if (address) again.href = address;
  showStoredDays(page.facts);
  await showWaiting();
  showQuestion();
  window.addEventListener("hashchange", () => {
    showQuestion();
    get("[data-asks]").scrollIntoView();
  });
  const question = getQuestion();
  if (question) question.hidden = false;
};

/** A device may say "online" too early, or never. */
const pollConnection = async () => {
  if (document.visibilityState !== "visible") return;
  if (await (page.showsStored ? fetchFacts() : isSiteReachable())) reloadPage();
};

const start = async () => {
  await fillIn();
  if (!page.who) return;
  page.isReady = true;
  document.documentElement.dataset.ready = "";
  await showProblems();
  setInterval(pollConnection, POLL_INTERVAL);
  if (await showWaiting()) await flushQueue();
};

handleTaps(({ date, value }) => showMedicines(date, value));
window.addEventListener("online", reloadPage);
window.addEventListener("pageshow", (event) => {
  if (event.persisted) flushIfPending();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  reloadIfLoggedOut(); // timers stand still while a device sleeps
  if (find("form[data-today]") && isNewDay()) reloadPage();
  else flushIfPending();
});
navigator.serviceWorker?.addEventListener("message", ({ data }) => {
  if (data === "sent" && page.isReady) reloadPage();
});

start().catch(() => {}); // a browser that stores nothing has nothing to fill in
