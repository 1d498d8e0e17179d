/** Loads plotly.js and its style sheet, whose addresses stand at the script element of the page. */

/**
 * @typedef {{react: (div: Element, figure: any) => Promise<unknown>, purge: (div: Element) => void,
 *   relayout: (div: Element, changes: Record<string, unknown>) => Promise<unknown>}} Plotly
 */

const addresses = /** @type {HTMLElement | null} */ (document.querySelector("script[data-plotly]"))?.dataset;
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
    sheet.href = addresses?.plotlyStyle ?? "";
    await arrive(sheet);
  }
  const script = document.createElement("script");
  script.src = addresses?.plotly ?? "";
  await arrive(script);
  return /** @type {any} */ (window).Plotly;
};

/** plotly.js, fetched once; after a failure the next call tries again. */
export const loadPlotly = () => {
  library ??= fetchPlotly().catch((error) => {
    library = undefined;
    throw error;
  });
  return library;
};
