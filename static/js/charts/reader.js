/**
 * Reads a chart value by value: with two buttons, and where the pointer rests or taps.
 *
 *     <div data-chart>
 *       <svg class="drawing"> <rect class="value" data-words="…"/> … </svg>     one strip a value, from left to right
 *       <div data-reading hidden><button data-step="-1"> <output> <button data-step="1"></div>
 *     </div>
 */

/**
 * The drawing that the style sheet shows at this width, also while the chart is explored.
 * @param {Element} chart
 * @returns {Element | undefined}
 */
const shownDrawing = (chart) =>
  [...chart.querySelectorAll("svg.drawing")].find((svg) => getComputedStyle(svg).display !== "none");

/**
 * @param {Element} chart
 * @returns {Element[]}
 */
const stripsOf = (chart) => [...(shownDrawing(chart)?.querySelectorAll("[data-words]") ?? [])];

/**
 * Say a value and mark its strip.
 * @param {Element} chart
 * @param {Element | undefined} strip
 */
const read = (chart, strip) => {
  const output = chart.querySelector("output");
  if (!strip || !output || strip.hasAttribute("data-read")) return;
  for (const other of chart.querySelectorAll("[data-read]")) other.removeAttribute("data-read");
  strip.setAttribute("data-read", "");
  output.textContent = strip.getAttribute("data-words");
};

/**
 * Go on by one value; the first step begins at the end it comes from.
 * @param {HTMLElement} button
 */
const step = (button) => {
  const chart = button.closest("[data-chart]");
  if (!chart) return;
  const strips = stripsOf(chart);
  const by = Number(button.dataset.step);
  const at = strips.findIndex((strip) => strip.hasAttribute("data-read"));
  const from = at >= 0 ? at : by > 0 ? -1 : strips.length;
  read(chart, strips[Math.min(Math.max(from + by, 0), strips.length - 1)]);
};

/**
 * Read the value below the pointer.
 * @param {Event} event
 */
const point = (event) => {
  const strip = event.target instanceof Element ? event.target.closest("[data-words]") : null;
  const chart = strip?.closest("[data-chart]");
  if (strip && chart) read(chart, strip);
};

const reveal = () => {
  for (const reading of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-reading][hidden]"))) {
    reading.hidden = false;
  }
};

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-reading] button[data-step]") : null;
  if (button instanceof HTMLElement) step(button);
  else point(event);
});
document.addEventListener("pointermove", (event) => {
  if (event.pointerType === "mouse") point(event);
});
document.addEventListener("chart:swap", reveal);
reveal();

export {};
