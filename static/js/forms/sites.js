// The sites of a session: plus and minus, presets, totals and remarks at once. Without it the same buttons ask the server.
//
// form[data-sites="id"]   the form; id names a JSON script: {fills, then, earlier, before}
// [data-slot]             a muscle on one side: a field of sites, a field of units, buttons name="step"
// button[name="fill"]     fills the form from fills[value]: {slot: [sites, units]}
// [data-dots] [data-mark] [data-region]   its dots, its mark and its outline on the picture
// [data-totals]           "155 units · 31 sites": the first number and the second are replaced
// [name="known"]          what she knows of the doses: only "sites" reads the fields of the muscles
// [data-remark]           a remark; data-pattern has {count} or {names}; the server writes the same sentences
// [data-changes]          what differs from last time, in words
import { closest, fillPattern, find, findAll, get, getLanguage, readJson } from "../lib/dom.js";
import { findRemarks, isDifferent, parseNumber, stepDose, sumBeyondScheme, sumDoses } from "./site_rules.js";

/** @import { Dose, Doses, Remarks } from "./site_rules.js" */
/**
 * @typedef {object} Muscle  on one side
 * @property {HTMLElement} row
 * @property {string} slot
 * @property {string} name
 * @property {HTMLInputElement} sites
 * @property {HTMLInputElement} units
 * @property {HTMLElement} was
 */

const numbers = new Intl.NumberFormat(getLanguage(), { maximumFractionDigits: 1, useGrouping: false });

/**
 * @param {HTMLElement} row
 * @returns {Muscle}
 */
const toMuscle = (row) => ({
  row,
  slot: row.dataset.slot || "",
  name: row.dataset.name || "",
  sites: get('input[name$="-sites"]', row),
  units: get('input[name$="-units"]', row),
  was: get("[data-was]", row),
});

/**
 * "7 sites, 35 units", in the words of the page.
 *
 * @param {DOMStringMap} texts
 * @param {Dose | undefined} dose
 */
const describeDose = (texts, dose) => {
  const { none = "", one = "", many = "", units = "", join = "" } = texts;
  if (!dose) return none;
  const parts = [];
  if (dose[0]) parts.push(fillPattern(dose[0] === 1 ? one : many, { count: dose[0] }));
  if (dose[1]) parts.push(fillPattern(units, { count: numbers.format(dose[1]) }));
  return parts.join(join);
};

/**
 * "+5", "−5", or "≠" where the units are the same and the sites are not.
 *
 * @param {Dose | undefined} dose
 * @param {Dose | undefined} before
 */
const formatChange = (dose, before) => {
  const change = (dose?.[1] ?? 0) - (before?.[1] ?? 0);
  if (!change) return "≠";
  return `${change > 0 ? "+" : "−"}${numbers.format(Math.abs(change))}`;
};

/** @param {HTMLFormElement} form */
const handleSites = (form) => {
  /** @type {{ fills: Record<string, Doses>, then: Doses, earlier: string[], before: boolean }} */
  const { fills, then, earlier, before } = readJson(form.dataset.sites || "");
  /** @param {string} name */
  const getField = (name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
  const [total, product, date] = ["units", "product", "date"].map(getField);
  const muscles = findAll("[data-slot]", form).map(toMuscle);
  const changes = find("[data-changes]", form);
  const getKnown = () => getField("known").value;

  /** @returns {Doses}  those that would be saved */
  const readDoses = () => {
    if (getKnown() === "last") return then;
    if (getKnown() !== "sites") return {};
    /** @type {Doses} */
    const doses = {};
    for (const { slot, sites, units } of muscles) {
      /** @type {Dose} */
      const dose = [parseNumber(sites.value), parseNumber(units.value)];
      if (dose[0] || dose[1]) doses[slot] = dose;
    }
    return doses;
  };

  /**
   * @param {Muscle} muscle
   * @param {Dose} dose
   */
  const enterDose = (muscle, [sites, units]) => {
    muscle.sites.value = String(sites ?? "");
    muscle.units.value = String(units ?? "");
  };

  /**
   * @param {string} code
   * @param {Record<string, string | number> | null} values  null hides the remark
   */
  const showRemark = (code, values) => {
    const remark = find(`[data-remark="${code}"]`, form);
    if (!remark) return;
    if (values) get("span", remark).textContent = fillPattern(remark.dataset.pattern || "", values);
    remark.hidden = !values;
  };

  /** @param {Remarks} remarks */
  const showRemarks = ({ units, sites, each, days, product: otherProduct }) => {
    const names = muscles.filter(({ slot }) => each?.includes(slot)).map(({ name }) => name);
    showRemark("units", units === null ? null : { count: numbers.format(units) });
    showRemark("sites", sites === null ? null : { count: sites });
    showRemark("each", each && { names: names.join("; ") });
    showRemark("days", days === null ? null : { count: days });
    showRemark("product", otherProduct && {});
  };

  /** @param {Doses} doses */
  const showBeyondScheme = (doses) => {
    const place = get("[data-more]", form);
    const { sites, units } = sumBeyondScheme(doses, fills.preempt);
    place.hidden = sites === 0;
    place.textContent = fillPattern(place.dataset.pattern || "", { sites, units: numbers.format(units) });
  };

  /**
   * Mark a muscle that differs from last time on the picture and in its row.
   *
   * @param {Muscle} muscle
   * @param {Doses} doses
   * @param {boolean} differs
   */
  const markChange = ({ slot, was }, doses, differs) => {
    was.hidden = !differs;
    for (const region of findAll(`[data-region="${slot}"]`, form)) region.toggleAttribute("data-changed", differs);
    const mark = differs ? formatChange(doses[slot], then[slot]) : "";
    for (const text of findAll(`[data-mark="${slot}"]`, form)) text.textContent = mark;
  };

  /** @param {Doses} doses */
  const showChanges = (doses) => {
    const isComparable = before && Object.keys(then).length > 0 && Object.keys(doses).length > 0;
    const lines = [];
    for (const muscle of muscles) {
      const { slot, name } = muscle;
      const differs = isComparable && isDifferent(doses[slot], then[slot]);
      markChange(muscle, doses, differs);
      if (!differs || !changes) continue;
      const texts = changes.dataset;
      // biome-ignore lint/suspicious/noThenProperty: the sentence of the page names it {then}
      const values = { name, now: describeDose(texts, doses[slot]), then: describeDose(texts, then[slot]) };
      lines.push(fillPattern(texts.pattern || "", values));
    }
    const list = changes && find("ul", changes);
    if (!list) return;
    const items = lines.map((line) => Object.assign(document.createElement("li"), { textContent: line }));
    list.replaceChildren(...items);
    get("[data-same]", changes).hidden = !isComparable || lines.length > 0;
  };

  /**
   * @param {{ sites: number, units: number }} sum
   */
  const showTotals = ({ sites, units }) => {
    for (const place of findAll("[data-totals]", form)) {
      const totals = [numbers.format(units), String(sites)];
      place.textContent = (place.textContent || "").replace(/\d+(?:[.,]\d+)?/g, () => totals.shift() ?? "");
    }
  };

  /** @param {Doses} doses */
  const showDots = (doses) => {
    for (const { slot } of muscles) {
      for (const [index, dot] of findAll(`[data-dots="${slot}"] circle`, form).entries()) {
        dot.toggleAttribute("hidden", index >= (doses[slot]?.[0] ?? 0));
      }
    }
  };

  /** @param {boolean} countsTotal  the field of all units follows the muscles */
  const refresh = (countsTotal) => {
    const doses = readDoses();
    const sum = sumDoses(doses);
    if (countsTotal && sum.units) total.value = String(sum.units);
    showTotals(sum);
    showDots(doses);
    const isTotalKnown = ["total", "sites"].includes(getKnown());
    const entered = {
      total: (isTotalKnown && parseNumber(total.value)) || 0,
      product: product.value,
      date: date.value,
    };
    showRemarks(findRemarks({ doses, earlier, ...entered }));
    showBeyondScheme(doses);
    showChanges(doses);
  };

  /** @param {HTMLButtonElement} button */
  const pressButton = (button) => {
    if (button.name === "fill") {
      for (const muscle of muscles) enterDose(muscle, fills[button.value][muscle.slot] ?? [null, null]);
    } else {
      const muscle = muscles.find(({ row }) => row.contains(button));
      const change = button.value.endsWith("+") ? 1 : -1;
      const dose = muscle && stepDose([parseNumber(muscle.sites.value), parseNumber(muscle.units.value)], change);
      if (muscle && dose) enterDose(muscle, dose);
    }
    refresh(true);
  };

  /**
   * @param {Event} event
   * @param {boolean} isNear
   */
  const highlightRegion = (event, isNear) => {
    const row = closest(event, "[data-slot]");
    if (!(row instanceof HTMLElement)) return;
    const regions = findAll(`[data-region="${row.dataset.slot}"]`, form);
    for (const region of regions) region.toggleAttribute("data-here", isNear);
  };

  form.addEventListener("click", (event) => {
    /** @type {HTMLButtonElement | null} */
    const button = closest(event, 'button[name="step"], button[name="fill"]');
    if (button) {
      event.preventDefault();
      pressButton(button);
      return;
    }
    const region = closest(event, "[data-region]")?.getAttribute("data-region");
    if (region) find(`[data-slot="${region}"] button[value$="+"]`, form)?.focus();
  });
  form.addEventListener("focusin", (event) => highlightRegion(event, true));
  form.addEventListener("focusout", (event) => highlightRegion(event, false));
  form.addEventListener("input", (event) => refresh(Boolean(closest(event, "[data-slot]"))));
  if (muscles.some(({ sites, units }) => sites.value || units.value)) refresh(false);
};

/** @type {HTMLFormElement | null} */
const form = find("form[data-sites]");
if (form && find(`#${form.dataset.sites}`)) handleSites(form);
