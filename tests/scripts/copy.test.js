// @vitest-environment happy-dom
import { expect, test, vi } from "vitest";

/** @param {(text: string) => Promise<void>} write */
const openPage = async (write) => {
  document.body.innerHTML = `<input id="address" readonly value="https://example.org/x">
    <button data-copy="address" hidden>Copy</button>
    <span role="status" data-copied="address" data-done="Copied." data-selected="Selected."></span>`;
  vi.stubGlobal("navigator", { clipboard: { writeText: write } });
  vi.resetModules();
  await import("../../static/js/forms/copy.js");
  return /** @type {HTMLButtonElement} */ (document.querySelector("button"));
};

const said = () => document.querySelector("[role=status]")?.textContent;

test("the button shows itself and copies the field", async () => {
  const write = vi.fn(() => Promise.resolve());
  const button = await openPage(write);
  expect(button.hidden).toBe(false);
  button.click();
  await vi.waitFor(() => expect(said()).toBe("Copied."));
  expect(write).toHaveBeenCalledWith("https://example.org/x");
});

test("where the browser refuses, the field is selected and it says so", async () => {
  const button = await openPage(() => Promise.reject(new Error("no")));
  button.click();
  await vi.waitFor(() => expect(said()).toBe("Selected."));
});
