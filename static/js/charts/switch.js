/**
 * Shows another metric in the chart of periods without a new page.
 *
 *     <figure id="periods"> <form data-switch> <select name="metric"> … <button> </form> … </figure>
 *     <template id="offline-message">    what is said when nothing came back
 *
 * Without this, the button of the form leads to the page itself; with scripts, the style sheet hides the button.
 * Tells of the new figure by a "chart:swap" event.
 */

const ID = "periods";
let search = window.location.search;

/**
 * Fetch a page and put its figure in the place of this one's. Rejects when nothing comes back.
 * @param {string} url
 * @returns {Promise<boolean>} whether there was one: a page to log in has none
 */
const swap = async (url) => {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (answer.status >= 500) throw new Error("the server failed");
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(ID);
  const old = document.getElementById(ID);
  if (!fresh || !old) return false;
  const hadFocus = old.contains(document.activeElement);
  const figure = document.importNode(fresh, true);
  old.replaceWith(figure);
  const select = figure.querySelector("[data-switch] select");
  if (hadFocus && select instanceof HTMLElement) select.focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("chart:swap", { detail: old }));
  return true;
};

/** Say that nothing came back; the chart stays as it is. */
const sayOffline = () => {
  const template = document.getElementById("offline-message");
  if (!(template instanceof HTMLTemplateElement)) return;
  for (const message of document.querySelectorAll("[data-message]")) message.remove();
  const message = document.createElement("div");
  message.dataset.message = template.id;
  message.setAttribute("role", "alert");
  document.getElementById(ID)?.before(message);
  message.append(template.content.cloneNode(true)); // after it stands in the page, so that it is read out
};

/**
 * The address that a form leads to.
 * @param {HTMLFormElement} form
 */
const addressOf = (form) => {
  const url = new URL(form.action);
  url.hash = "";
  url.search = new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)])).toString();
  return url;
};

document.addEventListener("change", async (event) => {
  const form = event.target instanceof HTMLSelectElement ? event.target.closest("form[data-switch]") : null;
  if (!(form instanceof HTMLFormElement)) return;
  const url = addressOf(form);
  try {
    if (!(await swap(url.href))) {
      window.location.assign(url.href);
      return;
    }
    window.history.pushState(null, "", url);
    search = url.search;
  } catch {
    form.reset(); // to the metric that the chart shows
    sayOffline();
  }
});

window.addEventListener("popstate", async () => {
  if (search === window.location.search) return; // a jump within the page
  search = window.location.search;
  if (!(await swap(window.location.href).catch(() => false))) window.location.reload();
});

export {};
