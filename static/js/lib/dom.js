/**
 * The first element that matches. Its kind is the one the caller declares: the pages and their scripts come together.
 *
 * @template {Element} [T=HTMLElement]
 * @param {string} selector
 * @param {ParentNode} within
 * @returns {T | null}
 */
export const find = (selector, within = document) => within.querySelector(selector);

/**
 * The first element that matches, which the page always has.
 *
 * @template {Element} [T=HTMLElement]
 * @param {string} selector
 * @param {ParentNode} within
 * @returns {T}
 */
export const get = (selector, within = document) => {
  /** @type {T | null} */
  const element = within.querySelector(selector);
  if (!element) throw new Error(`The page lacks ${selector}`);
  return element;
};

/**
 * @template {Element} [T=HTMLElement]
 * @param {string} selector
 * @param {ParentNode} within
 * @returns {T[]}
 */
export const findAll = (selector, within = document) => Array.from(within.querySelectorAll(selector));

/**
 * The element of an event that matches, or the one around it.
 *
 * @template {Element} [T=HTMLElement]
 * @param {Event} event
 * @param {string} selector
 * @returns {T | null}
 */
export const closest = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);

/**
 * A copy of what stands in template#id.
 *
 * @param {string} id
 * @returns {DocumentFragment}
 */
export const cloneTemplate = (id) => {
  /** @type {HTMLTemplateElement} */
  const template = get(`template#${id}`);
  return /** @type {DocumentFragment} */ (template.content.cloneNode(true));
};

/**
 * A JSON script of the page.
 *
 * @param {string} id
 * @returns {any}
 */
export const readJson = (id) => JSON.parse(get(`#${id}`).textContent || "null");

/**
 * "Saved: {state}" with the values in place of their names.
 *
 * @param {string} pattern
 * @param {Record<string, string | number>} values
 */
export const fillPattern = (pattern, values) =>
  pattern.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));

export const getLanguage = () => document.documentElement.lang || "en";
