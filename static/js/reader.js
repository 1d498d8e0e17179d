/* Reads a chart value by value: with two buttons, and where the pointer rests.

   <div class="reading" data-reading="ID" hidden><button type="button" data-step="-1">…</button>
   <output></output><button type="button" data-step="1">…</button></div>

   The JSON of ID (see plots.js) holds "values": {"wide": [[x, "words"], …], "narrow": […]}, x on the chart's own axis. */
(() => {
  "use strict";

  const WIDE = window.matchMedia("(min-width: 64rem)");
  const places = new WeakMap(); // reading -> index of the value it shows

  const chartOf = (reading) => {
    const source = document.getElementById(reading.dataset.reading);
    if (!source) return null;
    const all = JSON.parse(source.textContent);
    const size = WIDE.matches ? "wide" : "narrow";
    return { values: all.values[size], layout: all[size].layout };
  };

  const show = (reading, values, index) => {
    const place = Math.min(Math.max(index, 0), values.length - 1);
    places.set(reading, place);
    reading.querySelector("output").textContent = values[place][1];
  };

  const step = (button) => {
    const reading = button.closest("[data-reading]");
    const chart = chartOf(reading);
    if (!chart || !chart.values.length) return;
    const by = Number(button.dataset.step);
    const from = places.has(reading) ? places.get(reading) : by > 0 ? -1 : chart.values.length;
    show(reading, chart.values, from + by);
  };

  const point = (event) => {
    const div = event.target.closest("div.plot[data-plot]");
    const reading = div && document.querySelector(`[data-reading="${div.dataset.plot}"]`);
    const chart = reading && chartOf(reading);
    if (!chart || !chart.values.length) return;
    const { margin, xaxis } = chart.layout;
    const box = div.getBoundingClientRect();
    const share = (event.clientX - box.left - margin.l) / (box.width - margin.l - margin.r);
    const x = xaxis.range[0] + share * (xaxis.range[1] - xaxis.range[0]);
    const away = chart.values.map(([at]) => Math.abs(at - x));
    show(reading, chart.values, away.indexOf(Math.min(...away)));
  };

  const reveal = () => document.querySelectorAll("[data-reading][hidden]").forEach((reading) => { reading.hidden = false; });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-reading] button[data-step]");
    if (button) step(button);
    else point(event);
  });
  document.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse") point(event); });
  document.addEventListener("htmx:afterSettle", reveal);
  reveal();
})();
