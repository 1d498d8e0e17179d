/* Several days of the month at once. Without this file the form "Several days at once" does the same.

   [data-range]            the calendar's frame; data-range: the page that asks what these days were
   its a[data-day]         Shift with a click or Enter, or a long press, takes the day as first; the next one as last; the
                             first again, or Escape, ends it
   its [data-range-said]   says so, and is read out; data-text: the sentence, with {day} */
(() => {
  "use strict";

  const frame = document.querySelector("[data-range]");
  if (!frame) return;
  const said = frame.querySelector("[data-range-said]");
  const LONG = 500; // ms
  const STILL = 10; // px a finger may move while it holds

  let first = null;
  let held = 0;
  let at = null;
  let wasHeld = false;

  const dayOf = (event) => event.target.closest?.("a[data-day]");

  const leave = () => {
    if (first) delete first.dataset.first;
    first = null;
    said.textContent = "";
  };

  const take = (day) => {
    if (!first) {
      first = day;
      day.dataset.first = "";
      const name = day.querySelector(".sr").firstChild.data.trim().replace(/,$/, ""); // without its state
      said.textContent = said.dataset.text.replace("{day}", name);
      return;
    }
    if (first === day) { leave(); return; }
    const [start, end] = [first.dataset.day, day.dataset.day].sort();
    window.location.assign(`${frame.dataset.range}?start=${start}&end=${end}#stretch`);
  };

  frame.addEventListener("click", (event) => {
    const day = dayOf(event);
    if (!day) return;
    if (wasHeld) { wasHeld = false; event.preventDefault(); return; }
    if (event.shiftKey || first) { event.preventDefault(); take(day); }
  });

  const letGo = () => { clearTimeout(held); at = null; };

  frame.addEventListener("pointerdown", (event) => {
    const day = dayOf(event);
    wasHeld = false;
    if (!day || event.pointerType === "mouse") return;
    at = [event.clientX, event.clientY];
    held = setTimeout(() => { wasHeld = true; take(day); }, LONG);
  });
  frame.addEventListener("pointermove", (event) => {
    if (at && Math.hypot(event.clientX - at[0], event.clientY - at[1]) > STILL) letGo();
  });
  for (const end of ["pointerup", "pointercancel"]) frame.addEventListener(end, letGo);
  frame.addEventListener("contextmenu", (event) => { if (wasHeld || at) event.preventDefault(); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave();
  });
})();
