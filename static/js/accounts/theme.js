// form.themes   changes the theme at once and tells the server in the background

/** @type {Record<string, string>} */
const SCHEMES = { light: "light", dim: "dark", system: "light dark" };

/** @param {string} theme */
const showTheme = (theme) => {
  const root = document.documentElement;
  root.dataset.theme = theme;
  /** @type {NodeListOf<HTMLButtonElement>} */
  const buttons = document.querySelectorAll('form.themes button[name="theme"]');
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.value === theme));
  document.querySelector('meta[name="color-scheme"]')?.setAttribute("content", SCHEMES[theme]);
  const background = getComputedStyle(root).getPropertyValue("--bg").trim();
  for (const meta of document.querySelectorAll('meta[name="theme-color"]')) {
    meta.removeAttribute("media");
    meta.setAttribute("content", background);
  }
};

/**
 * @param {HTMLFormElement} form
 * @param {string} theme
 */
const sendTheme = (form, theme) => {
  const body = new FormData(form);
  body.set("theme", theme);
  fetch(form.action, {
    method: "POST",
    body,
    headers: { "X-CSRFToken": String(body.get("csrfmiddlewaretoken")), "X-Requested-With": "XMLHttpRequest" },
    credentials: "same-origin",
    redirect: "manual",
    keepalive: true,
  }).catch(() => {}); // offline: this page has the theme, the choice is not stored
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  const button = event.submitter;
  if (!(form instanceof HTMLFormElement && form.matches("form.themes"))) return;
  if (!(button instanceof HTMLButtonElement && button.name === "theme" && button.value in SCHEMES)) return;
  event.preventDefault();
  showTheme(button.value);
  sendTheme(form, button.value);
});
