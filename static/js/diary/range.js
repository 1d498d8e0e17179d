// Choosing several days of the month at once. Without it the form "Several days at once" does the same.
//
// [data-range]            the frame of the calendar; data-range: the page that asks what these days were
// its a[data-day]         Shift with a click or Enter, or a long press, takes the day as first; the next one as last; the
//                         first again, or Escape, ends it
// its [data-range-said]   says so, and is read out; data-text: the sentence, with {day}
import { closest, fillPattern, find, get } from "../lib/dom.js";

const LONG_PRESS = 500; // ms
const MAX_MOVE = 10; // px a finger may move while it presses

/**
 * The name of a day without its state.
 *
 * @param {HTMLElement} day
 */
const getDayName = (day) => (get(".sr", day).firstChild?.textContent || "").trim().replace(/,$/, "");

/** @param {HTMLElement} frame */
const handleRange = (frame) => {
  const message = get("[data-range-said]", frame);
  /** @type {HTMLElement | null} */
  let first = null;
  let pressTimer = 0;
  /** @type {[x: number, y: number] | null} */
  let pressedAt = null;
  let wasLongPress = false;

  /** @param {Event} event */
  const findDay = (event) => closest(event, "a[data-day]");

  const cancelRange = () => {
    if (first) delete first.dataset.first;
    first = null;
    message.textContent = "";
  };

  /** @param {HTMLElement} day */
  const chooseDay = (day) => {
    if (!first) {
      first = day;
      day.dataset.first = "";
      message.textContent = fillPattern(message.dataset.text || "", { day: getDayName(day) });
    } else if (first === day) {
      cancelRange();
    } else {
      const [start, end] = [first.dataset.day, day.dataset.day].sort();
      window.location.assign(`${frame.dataset.range}?start=${start}&end=${end}#stretch`);
    }
  };

  const endPress = () => {
    clearTimeout(pressTimer);
    pressedAt = null;
  };

  frame.addEventListener("click", (event) => {
    const day = findDay(event);
    if (!day) return;
    if (wasLongPress) {
      wasLongPress = false;
      event.preventDefault();
    } else if (event.shiftKey || first) {
      event.preventDefault();
      chooseDay(day);
    }
  });
  frame.addEventListener("pointerdown", (event) => {
    const day = findDay(event);
    wasLongPress = false;
    if (!day || event.pointerType === "mouse") return;
    pressedAt = [event.clientX, event.clientY];
    pressTimer = window.setTimeout(() => {
      wasLongPress = true;
      chooseDay(day);
    }, LONG_PRESS);
  });
  frame.addEventListener("pointermove", (event) => {
    if (!pressedAt) return;
    const [x, y] = pressedAt;
    if (Math.hypot(event.clientX - x, event.clientY - y) > MAX_MOVE) endPress();
  });
  for (const type of ["pointerup", "pointercancel"]) frame.addEventListener(type, endPress);
  frame.addEventListener("contextmenu", (event) => {
    if (wasLongPress || pressedAt) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") cancelRange();
  });
};

const frame = find("[data-range]");
if (frame) handleRange(frame);
