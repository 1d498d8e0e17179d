import { describe, expect, test } from "vitest";
import {
  countDaysSince,
  findRemarks,
  isDifferent,
  parseNumber,
  stepDose,
  sumBeyondScheme,
  sumDoses,
} from "../../static/js/forms/site_rules.js";

/** @import { Dose, Doses } from "../../static/js/forms/site_rules.js" */

const SESSION = { doses: {}, total: 155, product: "Botox", date: "2026-05-06", earlier: [] };
const NOTHING = { units: null, sites: null, each: null, days: null, product: null };

/**
 * @param {number} sites
 * @param {number} units
 * @returns {Doses}
 */
const give = (sites, units) => ({ frontalis: [sites, units] });

test.each([
  ["7", 7],
  [" 2.5 ", 2.5],
  ["0", 0],
  ["", null],
  ["  ", null],
  ["-1", null],
  ["seven", null],
  ["1e999", null],
])("%j is read as %j", (text, number) => expect(parseNumber(text)).toBe(number));

test("sites and units are summed over muscles, of which some have only one of both", () => {
  expect(sumDoses({ a: [2, 10], b: [null, 5], c: [3, null] })).toEqual({ sites: 5, units: 15 });
});

test("beyond the scheme counts what is more in its muscles, and nothing less", () => {
  /** @type {Doses} */
  const scheme = { a: [2, 10], b: [4, 20] };
  expect(sumBeyondScheme({ a: [3, 15], b: [1, 5], c: [9, 45] }, scheme)).toEqual({ sites: 1, units: 5 });
});

test("no entry and an empty dose are the same", () => {
  expect(isDifferent(undefined, [null, null])).toBe(false);
  expect(isDifferent([1, 5], [1, 5])).toBe(false);
  expect(isDifferent([1, 5], [1, null])).toBe(true);
});

/** @type {[Dose, 1 | -1, Dose][]} */
const STEPS = [
  [[null, null], 1, [1, 5]],
  [[2, 10], 1, [3, 15]],
  [[2, 12], -1, [1, 7]],
  [[1, 5], -1, [null, null]],
  [[null, null], -1, [null, null]],
  [[100, 500], 1, [100, 500]],
];
test.each(STEPS)("%j and %i make %j", (dose, change, expected) => expect(stepDose(dose, change)).toEqual(expected));

test("days are counted from the last session before the date", () => {
  expect(countDaysSince("2026-05-06", ["2026-01-01", "2026-05-10", "2026-04-06"])).toBe(30);
  expect(countDaysSince("2026-05-06", ["2026-05-06"])).toBeNull();
  expect(countDaysSince("", ["2026-01-01"])).toBeNull();
});

describe("remarks", () => {
  test("the usual session has none", () => {
    expect(findRemarks({ ...SESSION, doses: give(31, 155), earlier: ["2026-02-01"] })).toEqual(NOTHING);
  });

  test.each([154, 196])("%i units are remarked", (units) => {
    expect(findRemarks({ ...SESSION, total: units })).toEqual({ ...NOTHING, units });
  });

  test.each([30, 40])("%i sites are remarked", (sites) => {
    expect(findRemarks({ ...SESSION, doses: give(sites, 155) })).toMatchObject({ sites, units: null });
  });

  test("another number of units a site is remarked by muscle", () => {
    expect(findRemarks({ ...SESSION, doses: give(31, 160) }).each).toEqual(["frontalis"]);
  });

  test("a session within twelve weeks is remarked", () => {
    expect(findRemarks({ ...SESSION, earlier: ["2026-02-12"] }).days).toBe(83);
    expect(findRemarks({ ...SESSION, earlier: ["2026-02-11"] }).days).toBeNull();
  });

  test("of another product the units are not judged", () => {
    const remarks = findRemarks({ ...SESSION, product: "Dysport", doses: give(31, 500) });
    expect(remarks).toEqual({ ...NOTHING, product: true });
  });

  test.each(["", "BOTOX", "onabotulinumtoxinA"])("%j is the known product", (product) => {
    expect(findRemarks({ ...SESSION, product }).product).toBeNull();
  });
});
