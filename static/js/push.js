/* Adds this browser to the devices that letters are shown on.

   form[data-push-key] (hidden)   shown where the browser can do it; data-push-key is the site's public key
   its [data-said]                where what went otherwise is said */
(() => {
  "use strict";

  const form = document.querySelector("form[data-push-key]");
  if (!form || !("serviceWorker" in navigator) || !("PushManager" in window)) return;
  const said = form.querySelector("[data-said]");
  const words = (name) => said.dataset[name];
  const say = (sentence) => { said.textContent = sentence; said.hidden = !sentence; };
  form.hidden = false;
  document.querySelector("[data-push-missing]")?.setAttribute("hidden", "");

  const bytes = (text) => Uint8Array.from(
    atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));

  const subscription = async () => {
    const worker = await navigator.serviceWorker.register(form.dataset.worker, { scope: "/" });
    await navigator.serviceWorker.ready;
    return worker.pushManager.subscribe({
      userVisibleOnly: true, applicationServerKey: bytes(form.dataset.pushKey),
    });
  };

  const send = async (made) => {
    const { endpoint, keys } = made.toJSON();
    const body = new FormData(form);
    body.set("endpoint", endpoint);
    body.set("p256dh", keys.p256dh);
    body.set("auth", keys.auth);
    body.set("name", navigator.userAgentData?.platform || navigator.platform || "");
    const answer = await fetch(form.action, { method: "POST", body });
    return answer.headers.get("Content-Type")?.startsWith("application/json") ? answer.json() : { said: words("failed") };
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    say("");
    try {
      if (await Notification.requestPermission() !== "granted") { say(words("denied")); return; }
      const { said: problem } = await send(await subscription());
      if (problem) say(problem); else window.location.reload();
    } catch {
      say(words("failed"));
    }
  });
})();
