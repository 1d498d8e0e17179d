// What the sites of a session add up to and what is remarkable about them. Values in, values out; the server computes the
// same (treatments/sites.py).

/** @typedef {[sites: number | null, units: number | null]} Dose */
/** @typedef {Record<string, Dose>} Doses  by muscle and side */

export const UNITS_EACH_SITE = 5;
const MAX_SITES = 100;
const USUAL_UNITS = { least: 155, most: 195 };
const USUAL_SITES = { least: 31, most: 39 };
const LEAST_DAYS = 84; // between two sessions

/**
 * A number that was entered; null for none and for what is not a number of sites or units.
 *
 * @param {string} text
 */
export const parseNumber = (text) => {
  const number = Number(text);
  return text.trim() === "" || !Number.isFinite(number) || number < 0 ? null : number;
};

/**
 * @param {Doses} doses
 * @returns {{ sites: number, units: number }}
 */
export const sumDoses = (doses) => {
  const pairs = Object.values(doses);
  return {
    sites: pairs.reduce((sum, [sites]) => sum + (sites ?? 0), 0),
    units: pairs.reduce((sum, [, units]) => sum + (units ?? 0), 0),
  };
};

/**
 * What was given beyond the fixed scheme, in muscles that are part of it.
 *
 * @param {Doses} doses
 * @param {Doses} scheme
 */
export const sumBeyondScheme = (doses, scheme) => {
  const beyond = Object.entries(doses)
    .filter(([slot]) => scheme[slot])
    .map(([slot, [sites, units]]) => {
      const [schemeSites, schemeUnits] = scheme[slot];
      /** @type {Dose} */
      const more = [Math.max(0, (sites ?? 0) - (schemeSites ?? 0)), Math.max(0, (units ?? 0) - (schemeUnits ?? 0))];
      return more;
    });
  return sumDoses(Object.fromEntries(beyond.entries()));
};

/**
 * @param {Dose | undefined} left
 * @param {Dose | undefined} right
 */
export const isDifferent = (left, right) =>
  (left?.[0] ?? null) !== (right?.[0] ?? null) || (left?.[1] ?? null) !== (right?.[1] ?? null);

/**
 * The dose after one site more or less, with five units each.
 *
 * @param {Dose} dose
 * @param {1 | -1} change
 * @returns {Dose}
 */
export const stepDose = ([oldSites, oldUnits], change) => {
  const before = oldSites ?? 0;
  const sites = Math.min(MAX_SITES, Math.max(0, before + change));
  const units = Math.max(0, (oldUnits ?? 0) + UNITS_EACH_SITE * (sites - before));
  return [sites || null, sites && units ? units : null];
};

/**
 * Days since the last session before a date; null without one.
 *
 * @param {string} date
 * @param {string[]} sessions
 */
export const countDaysSince = (date, sessions) => {
  const last = sessions
    .filter((session) => date && session < date)
    .sort()
    .at(-1);
  return last ? Math.round((Date.parse(date) - Date.parse(last)) / 86_400_000) : null;
};

/** @param {string} product */
export const isOnabotulinumtoxin = (product) => {
  const name = product.toLowerCase();
  return name === "" || name.includes("onabotulinum") || name.startsWith("botox");
};

/**
 * @typedef {object} Remarks  what is remarked, or null
 * @property {number | null} units
 * @property {number | null} sites
 * @property {string[] | null} each  muscles with another number of units a site
 * @property {number | null} days
 * @property {true | null} product
 */
/**
 * @param {object} session
 * @param {Doses} session.doses
 * @param {number} session.total  units as entered, for a session without units by muscle
 * @param {string} session.product
 * @param {string} session.date
 * @param {string[]} session.earlier  dates of the earlier sessions
 * @returns {Remarks}
 */
export const findRemarks = ({ doses, total, product, date, earlier }) => {
  const isKnownProduct = isOnabotulinumtoxin(product);
  const sum = sumDoses(doses);
  const units = sum.units || total;
  const uneven = Object.keys(doses).filter((slot) => {
    const [sites, siteUnits] = doses[slot];
    return sites && siteUnits && siteUnits !== UNITS_EACH_SITE * sites;
  });
  const days = countDaysSince(date, earlier);
  const hasUnusualUnits = units > 0 && (units < USUAL_UNITS.least || units > USUAL_UNITS.most);
  const hasUnusualSites = sum.sites > 0 && (sum.sites < USUAL_SITES.least || sum.sites > USUAL_SITES.most);
  return {
    units: isKnownProduct && hasUnusualUnits ? units : null,
    sites: hasUnusualSites ? sum.sites : null,
    each: isKnownProduct && uneven.length ? uneven : null,
    days: days !== null && days < LEAST_DAYS ? days : null,
    product: isKnownProduct ? null : true,
  };
};
