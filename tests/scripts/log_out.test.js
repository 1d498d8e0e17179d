// @vitest-environment happy-dom
import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, expect, test, vi } from "vitest";
import { createFacts, Site } from "./site.js";

/** @type {Site} */
let site;
/** @type {string[]} */
let storedPages;
/** @type {HTMLFormElement} */
let form;
/** @type {import("vitest").Mock} */
let submit;
/** @type {typeof import("../../static/js/offline/queue.js")} */
let queue;
/** @type {typeof import("../../static/js/offline/device.js")} */
let device;

/** @param {{ who: string, hasForm: boolean }} page */
const openPage = async ({ who, hasForm }) => {
  document.body.dataset.who = who;
  document.body.innerHTML = hasForm
    ? `<form data-leave><input name="csrfmiddlewaretoken" value="token">
        <p data-left tabindex="-1" hidden></p><p data-unreached tabindex="-1" hidden></p></form>`
    : "";
  vi.resetModules();
  queue = await import("../../static/js/offline/queue.js");
  device = await import("../../static/js/offline/device.js");
  await device.deviceDatabase.run(["facts"], "readwrite", ({ facts }) => facts.put(createFacts()));
  const day = { date: "2026-05-06", value: "mild", state: "mild", was: "free", base: "" };
  await queue.addChange({ who: "alice", kind: "answer", ...day });
  await import("../../static/js/offline/log_out.js");
  if (!hasForm) return;
  form = /** @type {HTMLFormElement} */ (document.querySelector("form"));
  submit = vi.fn();
  form.submit = submit;
};

const press = () => form.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
const isHidden = (/** @type {string} */ selector) => document.querySelector(selector)?.hasAttribute("hidden");
const listDatabases = async () => (await indexedDB.databases()).map(({ name }) => name);

beforeEach(() => {
  vi.stubGlobal("indexedDB", new IDBFactory());
  site = new Site();
  storedPages = ["page 1"];
  vi.stubGlobal("caches", {
    keys: async () => [...storedPages],
    delete: async (/** @type {string} */ name) => {
      storedPages = storedPages.filter((stored) => stored !== name);
    },
  });
});

test("logging out sends what waits and leaves nothing", async () => {
  await openPage({ who: "alice", hasForm: true });
  press();
  await vi.waitFor(() => expect(submit).toHaveBeenCalledOnce());
  expect(site.lastEntries).toHaveLength(1);
  expect(await listDatabases()).toEqual([]);
  expect(storedPages).toEqual([]);
});

test("without a network nothing is deleted, and that is said", async () => {
  await openPage({ who: "alice", hasForm: true });
  site.isReachable = false;
  press();
  await vi.waitFor(() => expect(isHidden("[data-unreached]")).toBe(false));
  expect(await queue.listWaiting("alice")).toHaveLength(1);
  expect(storedPages).toEqual(["page 1"]);
  expect(submit).not.toHaveBeenCalled();
});

test("what cannot be sent is lost only after a second press", async () => {
  await openPage({ who: "alice", hasForm: true });
  site.status = 500;
  press();
  await vi.waitFor(() => expect(isHidden("[data-left]")).toBe(false));
  expect(await queue.listWaiting("alice")).toHaveLength(1);
  press();
  await vi.waitFor(() => expect(submit).toHaveBeenCalledOnce());
  expect(await listDatabases()).toEqual([]);
});

test("a page without a log-in deletes what was stored, but not what waits", async () => {
  await openPage({ who: "", hasForm: false });
  await vi.waitFor(async () => expect(await device.readLatestFacts()).toBeUndefined());
  expect(storedPages).toEqual([]);
  expect(await queue.listWaiting("alice")).toHaveLength(1);
});
