/* Draws the charts of a page with plotly.

   <div class="plot" data-plot="ID" role="img" aria-label="…"></div>
   <script type="application/json" id="ID">{"wide": FIG, "narrow": FIG, "config": {}}</script>
   <script type="application/json" id="palettes">{"light": {"text": "#…"}, "dim": {…}}</script>

   FIG is {"data": […], "layout": {…}}, its colours by name: "$text". The figure that fits the window is drawn in the colours
   of the theme, and drawn anew when either changes, when its place gets another width, and in the light palette for paper.
   Without plotly the table beneath stands. */
(() => {
  "use strict";

  const WIDE = window.matchMedia("(min-width: 64rem)");
  const DARK = window.matchMedia("(prefers-color-scheme: dark)");
  const PAPER_WIDTH = 820; // px; print.css shrinks it to the sheet, so 14 px become about 9 pt
  const root = document.documentElement;
  const drawn = new WeakMap(); // div -> what it was last drawn for
  let paper = false;

  const theme = () => {
    const chosen = root.dataset.theme;
    if (paper || chosen === "light") return "light";
    return chosen === "dim" || (chosen === "system" && DARK.matches) ? "dim" : "light";
  };

  const palettes = () => JSON.parse(document.getElementById("palettes").textContent);

  // The same figure with a colour in the place of each name of one.
  const painted = (value, palette) => {
    if (typeof value === "string") return value[0] === "$" ? palette[value.slice(1)] : value;
    if (Array.isArray(value)) return value.map((one) => painted(one, palette));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, painted(one, palette)]));
  };

  const draw = (div) => {
    const source = document.getElementById(div.dataset.plot);
    const width = paper ? PAPER_WIDTH : div.clientWidth;
    if (!source || !width || !window.Plotly) return;
    const size = paper || WIDE.matches ? "wide" : "narrow";
    const state = `${size} ${theme()} ${width} ${paper}`;
    if (drawn.get(div) === state) return;
    drawn.set(div, state);
    const charts = JSON.parse(source.textContent); // parsed each time: plotly writes into what it is given
    const { data, layout } = painted(charts[size], palettes()[theme()]);
    const height = layout.height || div.clientHeight;
    const config = { ...charts.config, responsive: false }; // the observer below does that
    const done = window.Plotly.newPlot(div, data, { ...layout, width, height, autosize: false }, config);
    hide(div, width, height);
    Promise.resolve(done).then(() => hide(div, width, height));
  };

  // The picture has its name on the div; what plotly drew inside is not read out.
  const hide = (div, width, height) => {
    for (const svg of div.querySelectorAll("svg")) {
      svg.setAttribute("aria-hidden", "true");
      svg.setAttribute("focusable", "false");
      if (svg.classList.contains("main-svg")) svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    }
  };

  const plots = () => document.querySelectorAll("div.plot[data-plot]");
  const drawAll = () => plots().forEach(draw);

  let waiting = 0;
  const drawSoon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { if (!paper) drawAll(); }, 80);
  };

  const sizes = new ResizeObserver(drawSoon);
  const watch = () => {
    plots().forEach((div) => sizes.observe(div));
    drawAll();
  };

  const start = () => {
    watch();
    WIDE.addEventListener("change", drawSoon);
    DARK.addEventListener("change", drawAll);
    new MutationObserver(drawAll).observe(root, { attributes: true, attributeFilter: ["data-theme"] });
    document.addEventListener("htmx:beforeCleanupElement", (event) => {
      if (event.target.matches?.("div.plot[data-plot]") && drawn.has(event.target)) {
        sizes.unobserve(event.target);
        drawn.delete(event.target);
        window.Plotly.purge(event.target);
      }
    });
    document.addEventListener("htmx:afterSettle", watch);
    document.addEventListener("htmx:historyRestore", watch);
    window.addEventListener("beforeprint", () => { paper = true; drawAll(); });
    window.addEventListener("afterprint", () => { paper = false; drawAll(); });
  };

  // Labels are measured as they are drawn, so the typeface comes first; a slow one is not waited for.
  const late = new Promise((resolve) => setTimeout(resolve, 1500));
  const faces = ["400", "600"].map((weight) => document.fonts.load(`${weight} 14px "Atkinson Hyperlegible Next"`));
  Promise.race([Promise.allSettled(faces), late]).then(start);
})();
