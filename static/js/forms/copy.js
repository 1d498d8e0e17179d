// Copies what a read-only field holds; without scripts it is selected and copied by hand.
//
// button[data-copy]   shown by this script; the value names the id of the field
// [data-copied]       after the button: says that it was copied, or selected if the browser does not let pages copy
import { findAll, get } from "../lib/dom.js";

/**
 * @param {HTMLButtonElement} button
 */
const startCopying = (button) => {
  /** @type {HTMLInputElement} */
  const field = get(`#${button.dataset.copy}`);
  /** @type {HTMLElement} */
  const said = get(`[data-copied="${button.dataset.copy}"]`);
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    const isCopied = await navigator.clipboard.writeText(field.value).then(
      () => true,
      () => false,
    );
    said.textContent = (isCopied ? said.dataset.done : said.dataset.selected) || "";
  });
};

for (const button of findAll("button[data-copy]")) {
  if (button instanceof HTMLButtonElement && "clipboard" in navigator) startCopying(button);
}
