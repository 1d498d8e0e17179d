// select[data-browser-zone]   takes the browser's time zone and is hidden with its .field, when that zone is a choice
import { findAll } from "../lib/dom.js";

const readBrowserZone = () => {
  try {
    return Intl.DateTimeFormat().resolvedOptions().timeZone;
  } catch {
    return "";
  }
};

/**
 * @param {HTMLSelectElement} field
 * @param {string} zone
 */
const chooseZone = (field, zone) => {
  const isKnown = Array.from(field.options).some((option) => option.value === zone);
  if (!isKnown || field.getAttribute("aria-invalid") === "true") return;
  field.value = zone;
  /** @type {HTMLElement | null} */
  const frame = field.closest(".field");
  if (frame) frame.hidden = true;
};

const browserZone = readBrowserZone();
/** @type {HTMLSelectElement[]} */
const fields = findAll("select[data-browser-zone]");
for (const field of fields) if (browserZone) chooseZone(field, browserZone);
