// Passkeys: what allauth's scripts leave to the page. Stands before allauth's onload.js.
//
// [data-passkey] (hidden)          shown in a browser that knows passkeys; in a form, Enter does what its button does
// [data-no-passkey]                hidden in such a browser
// input[type=hidden][name=remember] in such a form: takes over the tick "stay logged in" of the form beside it
// template#passkey-message         the sentence shown when no passkey was used
// template#passkey-known-message   the sentence shown when the device has a passkey for this account already
import { cloneTemplate, find, findAll } from "../lib/dom.js";

// After the passkey was used, allauth's script sends the form without a submit event: the tick is copied before.
const copyRemember = () => {
  /** @type {HTMLInputElement | null} */
  const tick = find('input[type="checkbox"][name="remember"]');
  /** @type {HTMLInputElement | null} */
  const copy = find('form[data-passkey] input[type="hidden"][name="remember"]');
  if (tick && copy) copy.value = tick.checked ? "on" : "";
};

/**
 * @param {HTMLElement} form
 * @param {string} template
 */
const showMessage = (form, template) => {
  for (const message of findAll("[data-passkey-message]")) message.remove();
  const message = document.createElement("div");
  message.className = "banner";
  message.dataset.passkeyMessage = "";
  message.setAttribute("role", "alert");
  form.before(message);
  message.append(cloneTemplate(template)); // after the alert stands in the page, so that it is read out
};

document.addEventListener("change", copyRemember);
window.addEventListener("pageshow", copyRemember);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement && form.matches("form[data-passkey]"))) return;
  const credential = form.elements.namedItem("credential");
  if (credential instanceof HTMLInputElement && credential.value) return;
  event.preventDefault();
  form.querySelector("button")?.click();
});

document.addEventListener("allauth.error", (event) => {
  const { exception } = /** @type {CustomEvent} */ (event).detail;
  const template = exception?.name === "InvalidStateError" ? "passkey-known-message" : "passkey-message";
  const form = find("form[data-passkey]");
  if (!form || !find(`#${template}`)) return;
  event.preventDefault();
  showMessage(form, template);
});

const isAble = typeof window.PublicKeyCredential === "function" && "credentials" in navigator;
for (const part of findAll("[data-passkey]")) part.hidden = !isAble;
for (const part of findAll("[data-no-passkey]")) part.hidden = isAble;
