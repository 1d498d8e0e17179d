/* Passkeys: what allauth's scripts leave to the page. Loaded before allauth's onload.js.

   [data-passkey] (hidden)          shown in a browser that knows passkeys; in a form, Enter does what its button does
   [data-no-passkey]                hidden in such a browser
   input[type=hidden][name=remember] in such a form: takes over the tick "stay logged in" of the form beside it
   template#passkey-message         the sentence shown when no passkey was used
   template#passkey-known-message   the sentence shown when the device has a passkey for this account already */
(() => {
  "use strict";

  const able = typeof window.PublicKeyCredential === "function" && !!navigator.credentials;

  const arrange = () => {
    document.querySelectorAll("[data-passkey]").forEach((part) => { part.hidden = !able; });
    document.querySelectorAll("[data-no-passkey]").forEach((part) => { part.hidden = able; });
  };

  // When the ceremony is over, allauth's script sends the form without an event of "submit".
  const copyTick = () => {
    const tick = document.querySelector('input[type="checkbox"][name="remember"]');
    const copy = document.querySelector('form[data-passkey] input[type="hidden"][name="remember"]');
    if (tick && copy) copy.value = tick.checked ? "on" : "";
  };
  document.addEventListener("change", copyTick);
  window.addEventListener("pageshow", copyTick);

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-passkey]") || form.elements.credential?.value) return;
    event.preventDefault();
    form.querySelector("button")?.click();
  });

  document.addEventListener("allauth.error", (event) => {
    const known = event.detail.exception?.name === "InvalidStateError";
    const sentence = document.getElementById(known ? "passkey-known-message" : "passkey-message");
    const form = document.querySelector("form[data-passkey]");
    if (!sentence || !form) return;
    event.preventDefault();
    document.querySelectorAll("[data-passkey-message]").forEach((message) => message.remove());
    const message = document.createElement("div");
    message.className = "banner";
    message.dataset.passkeyMessage = "";
    message.setAttribute("role", "alert");
    form.before(message);
    message.append(sentence.content.cloneNode(true)); // after it stands in the page, so that it is read out
  });

  arrange();
})();
