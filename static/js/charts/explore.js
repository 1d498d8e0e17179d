/**
 * Explores a chart with plotly.js, which comes when it is asked for.
 *
 *     <script type="module" src="…/explore.js" data-explore-when="asked | idle" data-plotly="…" data-plotly-style="…">
 *     <div data-chart>
 *       <div data-drawings> <svg class="drawing" data-figure="ID"> <script type="application/json" id="ID"> … </div>
 *       <div data-plot hidden></div>
 *       <div data-exploring hidden><button data-explore data-other="…"> <span data-zooms hidden><button data-zoom="0.5">…</span>
 *         <p data-missing="…"></p></div>
 *     </div>
 *
 * A figure is {data, layout, config} of plotly (charts/plotly.py), its colours by the names of custom properties:
 * "$after". "idle": every chart is explored once the browser has nothing to do, unless the connection asks to save data.
 */

import { buildFigure } from "./figure.js";
import { loadPlotly } from "./library.js";

/** @typedef {import("./library.js").Plotly} Plotly */

const page = /** @type {HTMLElement | null} */ (document.querySelector("script[data-plotly]"));
const isEager = page?.dataset.exploreWhen === "idle";

/** @param {Element} chart */
const partsOf = (chart) => ({
  drawings: /** @type {HTMLElement} */ (chart.querySelector("[data-drawings]")),
  plot: /** @type {HTMLElement} */ (chart.querySelector("[data-plot]")),
  button: /** @type {HTMLElement} */ (chart.querySelector("[data-explore]")),
  zooms: /** @type {HTMLElement} */ (chart.querySelector("[data-zooms]")),
  missing: /** @type {HTMLElement} */ (chart.querySelector("[data-missing]")),
});

/** @param {Element} chart */
const isExplored = (chart) => !partsOf(chart).plot.hidden;

/**
 * Draw the figure, or draw it anew in other colours or another width; the part that was zoomed to stays.
 * @param {Element} chart
 * @param {Plotly} plotly
 */
const plotFigure = async (chart, plotly) => {
  const { plot } = partsOf(chart);
  const { data, layout, config } = buildFigure(chart);
  await plotly.react(plot, { data, layout: { ...layout, width: plot.clientWidth, autosize: false }, config });
  // The drawing has its name and description; the table has the numbers.
  for (const svg of plot.querySelectorAll("svg")) svg.setAttribute("aria-hidden", "true");
};

/**
 * Show the drawing or what plotly makes of it, with the buttons that go with it.
 * @param {Element} chart
 * @param {boolean} explored
 */
const turn = (chart, explored) => {
  const { drawings, plot, button, zooms } = partsOf(chart);
  if (plot.hidden !== explored) return;
  drawings.hidden = explored;
  plot.hidden = !explored;
  zooms.hidden = !explored;
  const words = button.textContent;
  button.textContent = button.dataset.other ?? "";
  button.dataset.other = words ?? "";
};

/**
 * Turn a drawing into the figure; what fails leaves the drawing.
 * @param {Element} chart
 */
const explore = async (chart) => {
  const plotly = await loadPlotly();
  if (!chart.isConnected || isExplored(chart)) return;
  turn(chart, true);
  try {
    await plotFigure(chart, plotly);
    sizes.observe(partsOf(chart).plot);
  } catch (error) {
    turn(chart, false);
    throw error;
  }
};

/** @param {Element} chart */
const leave = async (chart) => {
  const { plot } = partsOf(chart);
  sizes.unobserve(plot);
  turn(chart, false);
  (await loadPlotly()).purge(plot);
};

/**
 * What the button of a chart does. It is told when plotly does not come.
 * @param {Element} chart
 */
const toggle = async (chart) => {
  const { missing } = partsOf(chart);
  missing.textContent = "";
  try {
    await (isExplored(chart) ? leave(chart) : explore(chart));
  } catch {
    missing.textContent = missing.dataset.missing ?? "";
  }
};

/**
 * Closer or wider around the middle of what is shown, never beyond the whole.
 * @param {Element} chart
 * @param {number} factor
 */
const zoom = async (chart, factor) => {
  const plotly = await loadPlotly();
  const plot = /** @type {any} */ (partsOf(chart).plot);
  const [low, high] = buildFigure(chart).layout.xaxis.range;
  const [from, to] = plot.layout.xaxis.range;
  const width = Math.min((to - from) * factor, high - low);
  const start = Math.min(Math.max((from + to - width) / 2, low), high - width);
  await plotly.relayout(plot, { "xaxis.range": [start, start + width] });
};

const charts = () => [...document.querySelectorAll("[data-chart]")];

const redraw = async () => {
  for (const chart of charts().filter(isExplored)) await plotFigure(chart, await loadPlotly());
};

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const chart = target.closest("[data-chart]");
    if (chart && target.clientWidth && target.clientWidth !== /** @type {any} */ (target).layout?.width) {
      loadPlotly().then((plotly) => plotFigure(chart, plotly));
    }
  }
});

/** Explore every chart, one after another; without plotly the drawings are enough. */
const exploreAll = async () => {
  for (const chart of charts()) await explore(chart).catch(() => undefined);
};

const begin = () => {
  for (const tools of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-exploring][hidden]"))) {
    tools.hidden = false;
  }
  if (!isEager || /** @type {any} */ (navigator).connection?.saveData) return;
  if ("requestIdleCallback" in window) window.requestIdleCallback(() => exploreAll());
  else setTimeout(exploreAll, 1000);
};

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  const chart = button?.closest("[data-chart]");
  if (!button || !chart) return;
  if (button.hasAttribute("data-explore")) toggle(chart);
  if (button.dataset.zoom) zoom(chart, Number(button.dataset.zoom));
});
document.addEventListener("chart:swap", (event) => {
  const old = /** @type {CustomEvent<Element>} */ (event).detail.querySelector("[data-plot]:not([hidden])");
  if (old) {
    sizes.unobserve(old);
    loadPlotly().then((plotly) => plotly.purge(old));
  }
  begin();
});
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
new MutationObserver(redraw).observe(document.documentElement, {
  attributes: true,
  attributeFilter: ["data-theme", "data-warm"],
});
begin();
