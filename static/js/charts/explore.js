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
 * A figure is {data, layout, config} of plotly (progress/charts/plotly.py), its colours by the names of custom properties:
 * "$after". "idle": every chart is explored once the browser has nothing to do, unless the connection asks to save data.
 */

/**
 * @typedef {{data: any[], layout: any, config: any}} Figure
 * @typedef {{react: (div: Element, figure: any) => Promise<unknown>, purge: (div: Element) => void,
 *   relayout: (div: Element, changes: Record<string, unknown>) => Promise<unknown>}} Plotly
 */

const page = /** @type {HTMLElement | null} */ (document.querySelector("script[data-plotly]"));
const isEager = page?.dataset.exploreWhen === "idle";
/** @type {Promise<Plotly> | undefined} */
let library;

/**
 * Add an element to the head and wait for what it loads. One that does not arrive is taken away again.
 * @param {HTMLLinkElement | HTMLScriptElement} element
 * @returns {Promise<void>}
 */
const arrive = (element) =>
  new Promise((resolve, reject) => {
    element.addEventListener("load", () => resolve());
    element.addEventListener("error", () => {
      element.remove();
      reject(new Error("a file did not arrive"));
    });
    document.head.append(element);
  });

/**
 * plotly.js with its style sheet. By its id and class plotly finds the sheet and writes no style element of its own,
 * which the content policy would refuse.
 * @returns {Promise<Plotly>}
 */
const fetchPlotly = async () => {
  if (!document.getElementById("plotly.js-style-global")) {
    const sheet = document.createElement("link");
    sheet.id = "plotly.js-style-global";
    sheet.className = "no-inline-styles";
    sheet.rel = "stylesheet";
    sheet.href = page?.dataset.plotlyStyle ?? "";
    await arrive(sheet);
  }
  const script = document.createElement("script");
  script.src = page?.dataset.plotly ?? "";
  await arrive(script);
  return /** @type {any} */ (window).Plotly;
};

/** plotly.js, fetched once; after a failure the next call tries again. */
const loadPlotly = () => {
  library ??= fetchPlotly().catch((error) => {
    library = undefined;
    throw error;
  });
  return library;
};

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

/** @param {Element} chart */
const partsOf = (chart) => ({
  drawings: /** @type {HTMLElement} */ (chart.querySelector("[data-drawings]")),
  plot: /** @type {HTMLElement} */ (chart.querySelector("[data-plot]")),
  button: /** @type {HTMLElement} */ (chart.querySelector("[data-explore]")),
  zooms: /** @type {HTMLElement} */ (chart.querySelector("[data-zooms]")),
  missing: /** @type {HTMLElement} */ (chart.querySelector("[data-missing]")),
});

/**
 * Words in lines that fit a phone, as themselves: plotly reads tags and entities.
 * @param {string} words
 */
const wrap = (words) => words.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/(.{1,32})(?: |$)/g, "$1<br>");

/**
 * The figure of the drawing that fits the width, in the colours of the theme and with the words of its values.
 * Parsed each time: plotly writes into it.
 * @param {Element} chart
 * @returns {Figure}
 */
const figureOf = (chart) => {
  const drawings = /** @type {SVGElement[]} */ ([...chart.querySelectorAll("svg.drawing")]);
  const drawing = drawings.find((svg) => getComputedStyle(svg).display !== "none");
  const words = [...(drawing?.querySelectorAll("[data-words]") ?? [])].map((strip) => wrap(strip.getAttribute("data-words") ?? ""));
  const source = document.getElementById(drawing?.dataset.figure ?? "");
  const figure = paint(JSON.parse(source?.textContent ?? "{}"), getComputedStyle(document.documentElement));
  for (const trace of figure.data) trace.hovertext = trace.customdata?.map((/** @type {number} */ value) => words[value]);
  return figure;
};

/** @param {Element} chart */
const isExplored = (chart) => !partsOf(chart).plot.hidden;

/**
 * Draw the figure, or draw it anew in other colours or another width; the part that was zoomed to stays.
 * @param {Element} chart
 * @param {Plotly} plotly
 */
const plotFigure = async (chart, plotly) => {
  const { plot } = partsOf(chart);
  const { data, layout, config } = figureOf(chart);
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
  const [low, high] = figureOf(chart).layout.xaxis.range;
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
new MutationObserver(redraw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "data-warm"] });
begin();

export {};
