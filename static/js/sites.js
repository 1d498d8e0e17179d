/* The sites of a session: plus and minus, presets, totals and remarks at once. Without it the same buttons ask the server.

   form[data-sites="id"]   the form; id names a JSON script: {fills, then, earlier, before}
   [data-slot]             a muscle on one side: a field of sites, a field of units, buttons name="step"
   button[name="fill"]     fills the form from fills[value]: {slot: [sites, units]}
   [data-dots] [data-mark] [data-region]   its dots, its mark and its outline on the picture
   [data-totals]           "155 units · 31 sites": the first number and the second are replaced
   [data-remark]           a remark; data-pattern has {count} or {names}; the server writes the same sentences
   [data-changes]          what differs from last time, in words */
(() => {
  "use strict";

  const form = document.querySelector("form[data-sites]");
  const script = form && document.getElementById(form.dataset.sites);
  if (!form || !script) return;
  const { fills, then, earlier, before } = JSON.parse(script.textContent);
  const EACH = 5;
  const rows = [...form.querySelectorAll("[data-slot]")].map((row) => ({
    row,
    slot: row.dataset.slot,
    name: row.dataset.name,
    sites: row.querySelector('input[name$="-sites"]'),
    units: row.querySelector('input[name$="-units"]'),
    was: row.querySelector("[data-was]"),
  }));
  const total = form.elements.namedItem("units");
  const product = form.elements.namedItem("product");
  const day = form.elements.namedItem("date");
  const written = new Intl.NumberFormat(document.documentElement.lang || "en", { maximumFractionDigits: 1, useGrouping: false });

  const read = (field) => {
    const number = Number(field.value);
    return field.value.trim() === "" || !Number.isFinite(number) || number < 0 ? null : number;
  };

  const given = () => Object.fromEntries(
    rows.map((one) => [one.slot, [read(one.sites), read(one.units)]]).filter(([, [sites, units]]) => sites || units),
  );

  const show = (one, sites, units) => {
    one.sites.value = sites ?? "";
    one.units.value = units ?? "";
  };

  /* ---------- words ---------- */

  const fill = (pattern, values) => pattern.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

  const words = (texts, pair) => {
    if (!pair) return texts.none;
    const parts = [];
    if (pair[0]) parts.push(fill(pair[0] === 1 ? texts.one : texts.many, { count: pair[0] }));
    if (pair[1]) parts.push(fill(texts.units, { count: written.format(pair[1]) }));
    return parts.join(texts.join);
  };

  const mark = (now, old) => {
    const change = (now?.[1] ?? 0) - (old?.[1] ?? 0);
    if (change) return `${change > 0 ? "+" : "−"}${written.format(Math.abs(change))}`;
    return "≠";
  };

  const differs = (one, two) => (one?.[0] ?? null) !== (two?.[0] ?? null) || (one?.[1] ?? null) !== (two?.[1] ?? null);

  /* ---------- what is said ---------- */

  const remark = (code, shown, values) => {
    const item = form.querySelector(`[data-remark="${code}"]`);
    if (!item) return;
    if (shown) item.querySelector("span").textContent = fill(item.dataset.pattern, values);
    item.hidden = !shown;
  };

  const daysSince = () => {
    if (!day.value) return null;
    const last = earlier.filter((one) => one < day.value).sort().at(-1);
    return last ? Math.round((Date.parse(day.value) - Date.parse(last)) / 86_400_000) : null;
  };

  const isBotox = () => {
    const name = product.value.toLowerCase();
    return name === "" || name.includes("onabotulinum") || name.startsWith("botox");
  };

  const say = (now, sites, units) => {
    const ours = isBotox();
    const all = units || read(total) || 0;
    const odd = rows.filter(({ slot }) => now[slot]?.[0] && now[slot][1] && now[slot][1] !== EACH * now[slot][0]);
    remark("units", ours && all > 0 && (all < 155 || all > 195), { count: written.format(all) });
    remark("sites", sites > 0 && (sites < 31 || sites > 39), { count: sites });
    remark("each", ours && odd.length > 0, { names: odd.map(({ name }) => name).join("; ") });
    const days = daysSince();
    remark("days", days !== null && days < 84, { count: days });
    remark("product", !ours, {});
  };

  const FIXED = fills.preempt;
  const sayMore = (now) => {
    const place = form.querySelector("[data-more]");
    const beyond = (index) => Object.entries(now).reduce(
      (sum, [slot, pair]) => sum + (FIXED[slot] ? Math.max(0, (pair[index] ?? 0) - FIXED[slot][index]) : 0), 0);
    place.hidden = beyond(0) === 0;
    place.textContent = fill(place.dataset.pattern, { sites: beyond(0), units: written.format(beyond(1)) });
  };

  const changes = form.querySelector("[data-changes]");
  const sayChanges = (now) => {
    const compared = before && Object.keys(then).length > 0 && Object.keys(now).length > 0;
    const list = changes?.querySelector("ul");
    const lines = [];
    for (const one of rows) {
      const changed = compared && differs(now[one.slot], then[one.slot]);
      one.was.hidden = !changed;
      form.querySelectorAll(`[data-region="${one.slot}"]`).forEach((region) => region.toggleAttribute("data-changed", changed));
      form.querySelectorAll(`[data-mark="${one.slot}"]`).forEach((text) => {
        text.textContent = changed ? mark(now[one.slot], then[one.slot]) : "";
      });
      if (changed) {
        lines.push(fill(changes.dataset.pattern, {
          name: one.name, now: words(changes.dataset, now[one.slot]), then: words(changes.dataset, then[one.slot]),
        }));
      }
    }
    if (!list) return;
    list.replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
    changes.querySelector("[data-same]").hidden = !compared || lines.length > 0;
  };

  const refresh = (counted) => {
    const now = given();
    const pairs = Object.values(now);
    const sites = pairs.reduce((sum, pair) => sum + (pair[0] ?? 0), 0);
    const units = pairs.reduce((sum, pair) => sum + (pair[1] ?? 0), 0);
    if (counted && units) total.value = units;
    for (const place of form.querySelectorAll("[data-totals]")) {
      const numbers = [written.format(units), String(sites)];
      place.textContent = place.textContent.replace(/\d+(?:[.,]\d+)?/g, () => numbers.shift() ?? "");
    }
    for (const one of rows) {
      form.querySelectorAll(`[data-dots="${one.slot}"] circle`).forEach((dot, index) => {
        dot.toggleAttribute("hidden", index >= (now[one.slot]?.[0] ?? 0));
      });
    }
    say(now, sites, units);
    sayMore(now);
    sayChanges(now);
  };

  /* ---------- what is done ---------- */

  const step = (one, by) => {
    const old = read(one.sites) ?? 0;
    const sites = Math.min(100, Math.max(0, old + by));
    const units = Math.max(0, (read(one.units) ?? 0) + EACH * (sites - old));
    show(one, sites || null, sites && units ? units : null);
  };

  form.addEventListener("click", (event) => {
    const button = event.target.closest('button[name="step"], button[name="fill"]');
    if (button) {
      event.preventDefault();
      if (button.name === "fill") {
        rows.forEach((one) => show(one, ...(fills[button.value][one.slot] ?? [null, null])));
      } else {
        step(rows.find(({ row }) => row.contains(button)), button.value.endsWith("+") ? 1 : -1);
      }
      refresh(true);
      return;
    }
    const region = event.target.closest("[data-region]");
    if (region) form.querySelector(`[data-slot="${region.dataset.region}"] button[value$="+"]`)?.focus();
  });

  const near = (event, here) => {
    const row = event.target.closest("[data-slot]");
    if (row) form.querySelectorAll(`[data-region="${row.dataset.slot}"]`).forEach((region) => region.toggleAttribute("data-here", here));
  };

  form.addEventListener("focusin", (event) => near(event, true));
  form.addEventListener("focusout", (event) => near(event, false));
  form.addEventListener("input", (event) => refresh(Boolean(event.target.closest("[data-slot]"))));
  if (rows.some((one) => one.sites.value || one.units.value)) refresh(false);
})();
