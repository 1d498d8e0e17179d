/** Builds the plotly figure of a chart from the JSON beside its drawing. */

/** @typedef {{data: any[], layout: any, config: any}} Figure */

/**
 * The same value with a colour of the theme in the place of each name of one.
 * @param {any} value
 * @param {CSSStyleDeclaration} style
 * @returns {any}
 */
const paint = (value, style) => {
  if (typeof value === "string") return value[0] === "$" ? style.getPropertyValue(`--${value.slice(1)}`).trim() : value;
  if (Array.isArray(value)) return value.map((item) => paint(item, style));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, paint(item, style)]));
};

/**
 * Words in lines that fit a phone, as themselves: plotly reads tags and entities.
 * @param {string} words
 */
const wrap = (words) =>
  words
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/(.{1,32})(?: |$)/g, "$1<br>");

/**
 * The figure of the drawing that fits the width, in the colours of the theme and with the words of its values.
 * Parsed each time: plotly writes into it.
 * @param {Element} chart
 * @returns {Figure}
 */
export const buildFigure = (chart) => {
  const drawings = /** @type {SVGElement[]} */ ([...chart.querySelectorAll("svg.drawing")]);
  const drawing = drawings.find((svg) => getComputedStyle(svg).display !== "none");
  const words = [...(drawing?.querySelectorAll("[data-words]") ?? [])].map((strip) =>
    wrap(strip.getAttribute("data-words") ?? ""),
  );
  const source = document.getElementById(drawing?.dataset.figure ?? "");
  const figure = paint(JSON.parse(source?.textContent ?? "{}"), getComputedStyle(document.documentElement));
  for (const trace of figure.data)
    trace.hovertext = trace.customdata?.map((/** @type {number} */ value) => words[value]);
  return figure;
};
