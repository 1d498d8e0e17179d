// @vitest-environment happy-dom
import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createFacts, Site } from "./site.js";

const TEXTS = {
  states: { free: "no headache", mild: "mild headache", severe: "severe headache", unknown: "not recorded" },
  saved: "Saved: {state}, {day}",
  cleared: "{day} is not recorded now.",
  takenBack: "Taken back.",
  taken: "Saved: {medicine}",
  removed: "Removed: {medicine}",
  took: "medicine taken",
  recorded: "Today is recorded",
  today: "How was today?",
  how: "How was {day}?",
  refused: "{day}, {state}:",
  waiting: "waiting to be sent",
};
const DAY = "2026-05-06";

const QUESTION = `
  <div id="today-question" data-part="home">
    <form data-date="${DAY}" data-revision="r1">
      <h1 data-asks>How was today?</h1>
      <input type="hidden" name="csrfmiddlewaretoken" value="token">
      <button name="answer" value="free" aria-pressed="true"></button>
      <button name="answer" value="severe" aria-pressed="false"></button>
      <button name="medicine" value="7">Sumatriptan</button>
    </form>
    <form data-relief data-date="${DAY}" data-name="Sumatriptan" action="/diary/relief/">
      <button name="relief" value="partial" data-label="some relief"></button><button name="later"></button></form>
    <div data-toast></div>
  </div>`;

/** @type {Site} */
let site;
/** @type {typeof import("../../static/js/diary/page.js").page} */
let page;
/** @type {typeof import("../../static/js/diary/sync.js")} */
let sync;
/** @type {typeof import("../../static/js/offline/queue.js")} */
let queue;
/** @type {AbortController} */
let opened;

/** Open the first page, whose taps are handled from now on. */
const openPage = async () => {
  opened?.abort();
  opened = new AbortController();
  const listen = document.addEventListener.bind(document);
  vi.spyOn(document, "addEventListener").mockImplementation((/** @type {string} */ type, /** @type {any} */ listener) =>
    listen(type, listener, { signal: opened.signal }),
  );
  document.body.dataset.who = "alice";
  document.body.dataset.zone = "UTC";
  document.body.innerHTML = `
    <script type="application/json" id="diary-words">${JSON.stringify(TEXTS)}</script>${QUESTION}
    <div id="diary-problems"></div>
    <div class="month"><a data-day="${DAY}" data-state="free"><span data-words></span></a></div>
    <template id="tapped"><div class="toast" tabindex="-1"><span data-text></span><small data-waiting hidden></small>
      <form data-undo><button>Undo</button></form><form data-dismiss><button>Dismiss</button></form></div></template>
    <template id="problem"><div><p data-text></p><form data-drop><button>Dismiss</button></form></div></template>
    <template id="logged-out"><div>You are logged out.</div></template>`;
  vi.resetModules();
  ({ page } = await import("../../static/js/diary/page.js"));
  sync = await import("../../static/js/diary/sync.js");
  queue = await import("../../static/js/offline/queue.js");
  const { handleTaps } = await import("../../static/js/diary/taps.js");
  page.isReady = true;
  handleTaps();
};

/** @param {string} selector */
const press = (selector) => {
  const button = /** @type {HTMLButtonElement} */ (document.querySelector(selector));
  const submit = new Event("submit", { bubbles: true, cancelable: true });
  Object.defineProperty(submit, "submitter", { value: button });
  button.form?.dispatchEvent(submit);
  return submit.defaultPrevented;
};

const getText = (/** @type {string} */ selector) => document.querySelector(selector)?.textContent?.trim() ?? "";
const getCell = () => /** @type {HTMLElement} */ (document.querySelector("[data-day]"));

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.stubGlobal("indexedDB", new IDBFactory());
  site = new Site();
  await openPage();
});

afterEach(() => {
  vi.useRealTimers(); // no second try of a page outlives its test
});

describe("a tap", () => {
  test("is shown once it is stored, and goes to the site with the day as the page knew it", async () => {
    site.isReachable = false;
    expect(press("button[value=severe]")).toBe(true);
    expect(document.querySelector("[value=severe]")?.getAttribute("aria-pressed")).toBe("false");
    await vi.waitFor(() => expect(getText(".toast [data-text]")).toBe("Saved: severe headache, Wednesday 6 May"));
    expect(await queue.listWaiting("alice")).toHaveLength(1);
    expect(document.querySelector("[value=severe]")?.getAttribute("aria-pressed")).toBe("true");
    expect(document.querySelector("[value=free]")?.getAttribute("aria-pressed")).toBe("false");
    expect(getCell().dataset.state).toBe("severe");
    site.isReachable = true;
    await sync.flushQueue();
    expect(site.lastEntries).toMatchObject([{ kind: "answer", value: "severe", date: DAY, base: "r1", after: "" }]);
  });

  test("right after another sees the day as that one left it", async () => {
    site.isReachable = false;
    press("button[value=severe]");
    press("button[value=free]");
    await vi.waitFor(async () => expect(await queue.listWaiting("alice")).toHaveLength(2));
    const [first, second] = await queue.listWaiting("alice");
    expect([first.was, second.was, second.after]).toEqual(["free", "severe", first.key]);
  });

  test("that cannot be sent says that it waits", async () => {
    site.isReachable = false;
    press("button[value=severe]");
    await vi.waitFor(() => expect(document.querySelector(".toast [data-waiting]")?.hasAttribute("hidden")).toBe(false));
    expect(getText("[data-day] [data-words]")).toBe("severe headache, waiting to be sent");
    expect(getCell().hasAttribute("data-waits")).toBe(true);
  });

  test("without a log-in says so", async () => {
    site.status = 401;
    press("button[value=severe]");
    await vi.waitFor(() => expect(getText("#logged-out-word")).toBe("You are logged out."));
    expect(await queue.listWaiting("alice")).toHaveLength(1);
  });

  test("on a medicine names it and leaves the day as it is", async () => {
    site.isReachable = false;
    press("button[name=medicine]");
    await vi.waitFor(() => expect(getText(".toast [data-text]")).toBe("Saved: Sumatriptan"));
    expect(getCell().dataset.state).toBe("free");
  });

  test("on a medicine marks the day in the calendar, and its undo says what it removed", async () => {
    site.isReachable = false;
    press("button[name=medicine]");
    await vi.waitFor(() => expect(getCell().hasAttribute("data-medicine")).toBe(true));
    expect(getText("[data-took]")).toBe(", medicine taken");
    await vi.waitFor(() => expect(document.querySelector(".toast")).not.toBeNull());
    press("[data-undo] button");
    await vi.waitFor(() => expect(getText(".toast [data-text]")).toBe("Removed: Sumatriptan"));
    expect([getCell().hasAttribute("data-medicine"), getText("[data-took]")]).toEqual([false, ""]);
  });

  test("says whether a medicine helped, once: the question goes, and the answer waits like any other", async () => {
    site.isReachable = false;
    /** @type {HTMLElement} */ (document.querySelector("button[name=relief]")).focus();
    expect(press("button[name=relief]")).toBe(true);
    await vi.waitFor(() => expect(getText(".toast [data-text]")).toBe("Saved: Sumatriptan, some relief"));
    expect(document.querySelector("[data-relief]")).toBeNull();
    expect(document.activeElement?.className).toBe("toast");
    expect(getCell().dataset.state).toBe("free");
    site.isReachable = true;
    await sync.flushQueue();
    expect(site.lastEntries).toMatchObject([{ kind: "relief", value: "partial", name: "Sumatriptan", date: DAY }]);
    press("[data-undo] button");
    await vi.waitFor(() => expect(getText(".toast [data-text]")).toBe("Removed: Sumatriptan, some relief"));
  });

  test("is undone to the state before it, by a change of its own", async () => {
    site.isReachable = false;
    press("button[value=severe]");
    await vi.waitFor(() => expect(document.querySelector(".toast")).not.toBeNull());
    press("[data-undo] button");
    await vi.waitFor(() => expect(getCell().dataset.state).toBe("free"));
    const [tap, undo] = await queue.listWaiting("alice");
    expect(undo).toMatchObject({ kind: "undo", value: tap.key, after: tap.key, base: "" });
  });

  test("of a day that is not shown comes after nothing but taps of this page", async () => {
    site.isReachable = false;
    const change = { who: "alice", date: DAY, value: "mild", state: "mild", was: "free", base: "" };
    await queue.addChange({ ...change, kind: "answer", waited: true });
    page.showsStored = false;
    press("button[value=severe]");
    await vi.waitFor(async () => expect(await queue.listWaiting("alice")).toHaveLength(2));
    press("button[value=free]");
    await vi.waitFor(async () => expect(await queue.listWaiting("alice")).toHaveLength(3));
    const [, second, third] = await queue.listWaiting("alice");
    expect([second.after, third.after]).toEqual(["", second.key]);
  });

  test("is left to the form while the device stores nothing", () => {
    page.isReady = false;
    expect(press("button[value=severe]")).toBe(false);
  });
});

describe("the answer of the site", () => {
  test("replaces the question, and the focus goes on to the notice", async () => {
    site.html = QUESTION.replace(
      "<div data-toast></div>",
      '<div data-toast><div class="toast" tabindex="-1">Saved</div></div>',
    );
    /** @type {HTMLElement} */ (document.querySelector("[value=severe]")).focus();
    press("button[value=severe]");
    await vi.waitFor(() => expect(document.activeElement?.className).toBe("toast"));
    expect(document.querySelector("[data-over] > .toast")).not.toBeNull();
    expect(await queue.listWaiting("alice")).toEqual([]);
  });

  test("marks the month by what the site says, not by what was tapped", async () => {
    const { renewFacts } = await import("../../static/js/offline/device.js");
    site.facts = createFacts();
    await renewFacts("alice", {});
    site.judge = ({ key }) => ({ key, outcome: "made", state: "mild", revision: "r2", other: "yes" });
    site.isReachable = false;
    press("button[value=severe]");
    await vi.waitFor(() => expect(getCell().hasAttribute("data-waits")).toBe(true));
    site.isReachable = true;
    await sync.flushQueue();
    expect(getCell().hasAttribute("data-waits")).toBe(false);
    expect(getCell().dataset.state).toBe("mild");
    expect(getText("[data-day] [data-words]")).toBe("mild headache");
  });

  test("that refuses is shown with its reason until it is dismissed", async () => {
    site.judge = () => ({ outcome: "refused", words: "This day has not come yet." });
    press("button[value=severe]");
    const sentence = "Wednesday 6 May, severe headache: This day has not come yet.";
    await vi.waitFor(() => expect(getText("#diary-problems [data-text]")).toBe(sentence));
    press("[data-drop] button");
    await vi.waitFor(() => expect(document.querySelector("#diary-problems [data-text]")).toBeNull());
  });

  test("is fetched again when something was sent without this page", async () => {
    site.html = QUESTION.replace("How was today?", "Today is recorded");
    await sync.refreshPart();
    expect(getText("[data-asks]")).toBe("Today is recorded");
    expect(site.syncs).toMatchObject([{ part: "home", entries: [] }]);
  });
});

test("a page that was out of sight for long shows what the site asks by now", async () => {
  site.html = QUESTION.replace("How was today?", "Today is recorded");
  await sync.resumePage(599_999);
  expect(site.syncs).toEqual([]);
  await sync.resumePage(600_001);
  expect(getText("[data-asks]")).toBe("Today is recorded");
  site.isReachable = false;
  await sync.resumePage(600_001);
  expect(getText("[data-asks]")).toBe("Today is recorded");
});

test("the question whether a dose helped is put away at once, also without a network", async () => {
  site.isReachable = false;
  expect(press("button[name=later]")).toBe(true);
  expect(document.querySelector("[data-relief]")).toBeNull();
  expect(await queue.listWaiting("alice")).toEqual([]);
});

test("a notice that was dismissed does not come back while its change waits", async () => {
  site.isReachable = false;
  press("button[value=severe]");
  await vi.waitFor(() => expect(document.querySelector(".toast")).not.toBeNull());
  press("[data-dismiss] button");
  expect(document.querySelector(".toast")).toBeNull();
  expect(await sync.showWaiting()).toBe(1);
  expect(document.querySelector(".toast")).toBeNull();
});

test("on a page of yesterday a tap writes nothing", async () => {
  const reload = vi.spyOn(window.location, "reload").mockImplementation(() => {});
  document.querySelector("form")?.setAttribute("data-today", "");
  page.openedOn = "2000-01-01";
  expect(press("button[value=severe]")).toBe(true);
  expect(reload).toHaveBeenCalledOnce();
  expect(await queue.listWaiting("alice")).toEqual([]);
});
