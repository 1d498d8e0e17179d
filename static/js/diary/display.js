// What a change looks like on the page: states of days, the notice after a tap, refused changes.
import { cloneTemplate, fillPattern, find, findAll, get } from "../lib/dom.js";
import { changesAnswer } from "../offline/device.js";
import { listProblems } from "../offline/queue.js";
import { getDate, nameDay, page } from "./page.js";

/** @import { Change } from "../offline/device.js" */
/** @typedef {Pick<Change, "kind" | "date" | "value" | "state" | "was" | "name" | "label"> & { key: string }} ShownChange */

/** @param {string} date */
export const readState = (date) => {
  /** @type {HTMLButtonElement | null} */
  const pressed = find(`form[data-date="${date}"] button[name=answer][aria-pressed=true]`);
  return pressed?.value || find(`[data-day="${date}"]`)?.dataset.state || "unknown";
};

/**
 * @param {HTMLElement} cell  of a calendar
 * @param {string} state
 * @param {boolean} waits
 */
const showInCell = (cell, state, waits) => {
  if (cell.tagName !== "FORM") cell.dataset.state = state;
  const text = page.texts.states[state] + (waits ? `, ${page.texts.waiting}` : "");
  for (const place of findAll("[data-words]", cell)) place.textContent = text;
  cell.toggleAttribute("data-waits", waits);
};

/**
 * Mark a day of a calendar as one with medicine, or take the mark away; gives whether a cell has changed.
 *
 * @param {string} date
 * @param {boolean} took
 */
export const markMedicine = (date, took) => {
  const cells = findAll(`.month [data-day="${date}"]`).filter((cell) => cell.hasAttribute("data-medicine") !== took);
  for (const cell of cells) {
    cell.toggleAttribute("data-medicine", took);
    find("[data-took]", cell)?.remove();
    const words = took ? find("[data-words]", cell) : null;
    words?.after(Object.assign(document.createElement("span"), { textContent: `, ${page.texts.took}` }));
    words?.nextElementSibling?.setAttribute("data-took", "");
  }
  return cells.length > 0;
};

/** @param {ShownChange} change */
export const showMedicineDay = ({ kind, date, key, value }) => {
  if (kind === "take" && markMedicine(date, true)) page.markingKeys.add(key);
  if (kind === "undo" && page.markingKeys.delete(value)) markMedicine(date, false);
};

/**
 * The form of the day's details asks the same question once more.
 *
 * @param {string} state
 */
const showInDetails = (state) => {
  const values = { headache: state === "free" ? "no" : "yes", intensity: state === "free" ? "" : state };
  for (const [name, value] of Object.entries(values)) {
    /** @type {HTMLInputElement[]} */
    const choices = findAll(`#details input[name="${name}"][value="${value}"]`);
    for (const choice of choices) choice.checked = true;
  }
};

/**
 * @param {string} date
 * @param {string} state
 * @param {boolean} waits
 */
export const showState = (date, state, waits) => {
  /** @type {HTMLButtonElement[]} */
  const buttons = findAll(`form[data-date="${date}"] button[name=answer]`);
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.value === state));
  for (const gap of findAll(`form[data-date="${date}"] [data-gap]`)) gap.remove();
  for (const cell of findAll(`[data-day="${date}"]`)) showInCell(cell, state, waits);
  showInDetails(state);
  const heading = find("[data-asks]");
  const isAsked = heading?.closest("form")?.dataset.date === date && date === getDate();
  if (!heading || !isAsked || document.body.classList.contains("calm")) return;
  heading.textContent = state === "unknown" ? page.texts.today : page.texts.recorded;
  for (const praise of findAll("[data-good]")) praise.remove();
};

/**
 * Cells outside what the site sent back, such as those of the month, show what is stored of their days now.
 *
 * @param {Record<string, [state: string, revision: string]> | undefined} days
 */
export const showStoredStates = (days) => {
  for (const cell of findAll("[data-day][data-waits]")) {
    const { day = "", state = "unknown" } = cell.dataset;
    showInCell(cell, days ? days[day]?.[0] || "unknown" : state, false);
  }
};

/** @param {ShownChange} change */
const describeChange = ({ kind, date, state, name = "", label = name }) => {
  const { texts } = page;
  if (kind === "undo" && !page.showsStored) return texts.takenBack; // to a state that is not shown
  if (kind === "undo" && name) return fillPattern(texts.removed, { medicine: name });
  if (kind === "take" || kind === "relief") return fillPattern(texts.taken, { medicine: label });
  if (state === "unknown") return fillPattern(texts.cleared, { day: nameDay(date) });
  return fillPattern(texts.saved, { state: texts.states[state], day: nameDay(date) });
};

/**
 * @param {ShownChange} change
 * @param {boolean} waits
 */
export const showNotice = (change, waits) => {
  const place = find("[data-toast]");
  if (!place || page.dismissedKeys.has(change.key)) return;
  const notice = cloneTemplate("tapped");
  get("[data-text]", notice).textContent = describeChange(change);
  get("[data-waiting]", notice).hidden = !waits;
  const { kind, key: undo, date, was, name = "", label = name } = change;
  const removed = changesAnswer(kind) ? "" : label;
  Object.assign(get("form", notice).dataset, { undo, date, was, name: removed });
  const hadFocus = place.contains(document.activeElement);
  place.dataset.over = "";
  place.replaceChildren(notice);
  if (hadFocus) get(".toast", place).focus({ preventScroll: true });
};

/**
 * @param {ShownChange} change
 * @param {boolean} waits
 */
export const showChange = (change, waits) => {
  if (changesAnswer(change.kind)) showState(change.date, change.state, waits);
  showMedicineDay(change);
  const question = change.kind === "relief" ? find("[data-relief]") : null;
  const hadFocus = question?.contains(document.activeElement);
  question?.remove();
  showNotice(change, waits);
  if (hadFocus) find("[data-toast] .toast")?.focus({ preventScroll: true });
};

/** Show what the site refused, each with a button that dismisses it. */
export const showProblems = async () => {
  const place = find("#diary-problems");
  if (!place || !page.showsStored) return;
  const { texts } = page;
  const problems = await listProblems(page.who);
  const banners = problems.map(({ key, kind, date, name = "", state, words }) => {
    const banner = cloneTemplate("problem");
    const values = { day: nameDay(date), state: changesAnswer(kind) ? texts.states[state] : name };
    get("[data-text]", banner).textContent = `${fillPattern(texts.refused, values)} ${words}`;
    get("form", banner).dataset.drop = key;
    return banner;
  });
  place.replaceChildren(...banners);
};

export const showLoggedOut = () => {
  const message = cloneTemplate("logged-out");
  get("*", message).id = "logged-out-word";
  find("[data-toast]")?.after(message);
};

export const hideLoggedOut = () => find("#logged-out-word")?.remove();
