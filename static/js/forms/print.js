// Shows the button that prints the page; without scripts, the menu of the browser prints.

const button = document.querySelector("[data-print]");
if (button instanceof HTMLButtonElement) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

export {};
