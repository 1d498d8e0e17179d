// Shows how far the upload of a large file has come. Without it the browser sends the form and shows nothing.
//
// form[data-upload]     a form with a file and a hidden <progress>
// [data-upload-state]   where it is told; data-sent has {percent}, data-reading and data-failed are sentences
import { closest, fillPattern, find, findAll, get } from "../lib/dom.js";

const LARGE = 2 * 1024 * 1024; // bytes; a smaller file arrives before anybody could read a number

/**
 * @param {HTMLFormElement} form
 * @param {number} done  bytes
 * @param {number} total
 */
const showProgress = (form, done, total) => {
  /** @type {HTMLProgressElement} */
  const bar = get("progress", form);
  const state = get("[data-upload-state]", form);
  const { sent = "", reading = "" } = state.dataset;
  bar.hidden = false;
  bar.max = total;
  bar.value = done;
  state.textContent = done < total ? fillPattern(sent, { percent: Math.floor((100 * done) / total) }) : reading;
};

/** @param {HTMLFormElement} form */
const showFailure = (form) => {
  const state = get("[data-upload-state]", form);
  get("progress", form).hidden = true;
  state.textContent = state.dataset.failed ?? "";
  /** @type {HTMLButtonElement[]} */
  const buttons = findAll("button", form);
  for (const button of buttons) button.disabled = false;
};

/**
 * Go where the server leads, or show the same page with what is wrong.
 *
 * @param {HTMLFormElement} form
 * @param {XMLHttpRequest} request
 */
const showAnswer = (form, request) => {
  if (request.status < 400) {
    window.location.assign(request.responseURL);
    return;
  }
  const main = find("main", new DOMParser().parseFromString(request.responseText, "text/html"));
  if (request.status >= 500 || !main || !find("form[data-upload]", main)) {
    showFailure(form);
    return;
  }
  get("main").replaceWith(document.importNode(main, true));
  find("main [role=alert]")?.focus();
};

document.addEventListener("submit", (event) => {
  /** @type {HTMLFormElement | null} */
  const form = closest(event, "form[data-upload]");
  if (!form) return;
  /** @type {HTMLInputElement} */
  const field = get('input[type="file"]', form);
  const file = field.files?.[0];
  if (!file || file.size < LARGE) return;
  event.preventDefault();
  const request = new XMLHttpRequest();
  request.open("POST", window.location.href);
  request.upload.addEventListener("progress", ({ loaded, total }) => showProgress(form, loaded, total));
  request.addEventListener("load", () => showAnswer(form, request));
  request.addEventListener("error", () => showFailure(form));
  request.send(new FormData(form));
  /** @type {HTMLButtonElement[]} */
  const buttons = findAll("button", form);
  for (const button of buttons) button.disabled = true;
  showProgress(form, 0, file.size);
});
