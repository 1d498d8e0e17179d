// Nothing of anybody stays on this device.
//
// a page without a log-in        what was stored for the time without a network is deleted; what was tapped and not sent
//                                stays until its owner logs in again
// form[data-leave]               logging out: sends what waits first, then deletes everything
// its [data-unreached] (hidden)  shown without a network: the site cannot end the log-in then, and nothing is deleted
// its [data-left] (hidden)       shown when something could not be sent; a second press logs out all the same
import { deleteDatabase } from "../lib/database.js";
import { find, get } from "../lib/dom.js";
import { deviceDatabase, isSiteReachable } from "./device.js";
import { listWaiting, sendQueue } from "./queue.js";

/**
 * Delete what this device stores.
 *
 * @param {{ keepsWaiting: boolean }} options  keepsWaiting: what is not sent yet stays
 */
export const deleteDeviceData = async ({ keepsWaiting }) => {
  for (const name of await caches.keys()) await caches.delete(name);
  if (keepsWaiting) {
    await deviceDatabase.run(["facts"], "readwrite", ({ facts }) => facts.clear());
    return;
  }
  await deviceDatabase.close();
  await Promise.all(["diary", "drafts"].map(deleteDatabase));
};

/**
 * @param {HTMLFormElement} form
 * @param {string} who
 */
const handleLogOut = (form, who) => {
  const leftMessage = get("[data-left]", form);
  const unreachedMessage = get("[data-unreached]", form);
  let wasWarned = false;

  /** @param {HTMLElement} message */
  const showMessage = (message) => {
    for (const candidate of [leftMessage, unreachedMessage]) candidate.hidden = candidate !== message;
    message.focus();
  };

  const logOut = async () => {
    if (!(await isSiteReachable())) {
      showMessage(unreachedMessage);
      return;
    }
    /** @type {HTMLInputElement} */
    const token = get("input[name=csrfmiddlewaretoken]", form);
    if (!wasWarned && who) {
      await sendQueue(who, token.value);
      if ((await listWaiting(who)).length) {
        wasWarned = true;
        showMessage(leftMessage);
        return;
      }
    }
    await deleteDeviceData({ keepsWaiting: false });
    form.submit();
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    logOut().catch(() => form.submit());
  });
};

/** @type {HTMLFormElement | null} */
const form = find("form[data-leave]");
const who = document.body.dataset.who || "";
if (form) handleLogOut(form, who);
else if (!who) deleteDeviceData({ keepsWaiting: true }).catch(() => {}); // a browser that stores nothing
