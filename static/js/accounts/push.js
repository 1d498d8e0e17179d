// Adds this browser to the devices that reminders are shown on.
//
// form[data-push-key] (hidden)   shown where the browser can do it; data-push-key is the site's public key
// its [data-said]                where a problem is shown; its data attributes hold the sentences
import { find, get } from "../lib/dom.js";

/** @param {string} text  base64 as in URLs */
const decodeKey = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));

/** @param {HTMLFormElement} form */
const subscribe = async (form) => {
  const { worker = "", pushKey = "" } = form.dataset;
  const registration = await navigator.serviceWorker.register(worker, { scope: "/" });
  await navigator.serviceWorker.ready;
  return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: decodeKey(pushKey) });
};

/**
 * Tell the site; gives the sentence of what is wrong, "" when nothing is, null when the site answered otherwise.
 *
 * @param {HTMLFormElement} form
 * @param {PushSubscription} subscription
 * @returns {Promise<string | null>}
 */
const sendSubscription = async (form, subscription) => {
  const { endpoint = "", keys = {} } = subscription.toJSON();
  /** @type {Navigator & { userAgentData?: { platform: string } }} */
  const { userAgentData, platform } = navigator;
  const body = new FormData(form);
  body.set("endpoint", endpoint);
  body.set("p256dh", keys.p256dh);
  body.set("auth", keys.auth);
  body.set("name", userAgentData?.platform || platform || "");
  const answer = await fetch(form.action, { method: "POST", body });
  if (!answer.headers.get("Content-Type")?.startsWith("application/json")) return null;
  return (await answer.json()).said;
};

/** @param {HTMLFormElement} form */
const offerPush = (form) => {
  const place = get("[data-said]", form);

  /** @param {string} [sentence] */
  const showProblem = (sentence = "") => {
    place.textContent = sentence;
    place.hidden = !sentence;
  };

  const addDevice = async () => {
    if ((await Notification.requestPermission()) !== "granted") {
      showProblem(place.dataset.denied);
      return;
    }
    const problem = await sendSubscription(form, await subscribe(form));
    if (problem) showProblem(problem);
    else if (problem === null) showProblem(place.dataset.failed);
    else window.location.reload();
  };

  form.hidden = false;
  find("[data-push-missing]")?.setAttribute("hidden", "");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    showProblem();
    addDevice().catch(() => showProblem(place.dataset.failed));
  });
};

/** @type {HTMLFormElement | null} */
const form = find("form[data-push-key]");
if (form && "serviceWorker" in navigator && "PushManager" in window) offerPush(form);
