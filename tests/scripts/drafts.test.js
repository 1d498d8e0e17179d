// @vitest-environment happy-dom
import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { DraftStore } from "../../static/js/forms/draft_store.js";
import { chooseDraft, startDrafts } from "../../static/js/forms/drafts.js";
import { Site } from "./site.js";

/** @import { ServerDraft } from "../../static/js/forms/drafts.js" */

const KEY = "/sessions/add/";
const QUIET_TIME = 1000; // ms, longer than a form waits before it tells the server
const FIELDS = { note: ["kept"], headache: ["yes"] };

/** @type {Site} */
let site;
/** @type {DraftStore} */
let store;

/**
 * Open the page with the form.
 *
 * @param {{ server?: ServerDraft | null, refused?: boolean, note?: string }} page
 */
const openForm = async ({ server = null, refused = false, note = "" } = {}) => {
  document.body.innerHTML = `
    <form data-draft>
      <input type="hidden" name="csrfmiddlewaretoken" value="token">
      <input type="hidden" name="draft" data-key="${KEY}" data-owner="alice" data-zone="Europe/Berlin"
        data-address="/account/draft/"${refused ? " data-refused" : ""}>
      <script id="draft-kept" type="application/json">${JSON.stringify(server)}</script>
      <div data-draft-place></div>
      <input type="radio" name="headache" value="yes"><input type="radio" name="headache" value="no">
      <details><textarea name="note">${note}</textarea></details>
      <input type="password" name="password">
      <button name="save" value="1">Save</button>
    </form>
    <template id="draft-back"><p tabindex="-1" data-text="Back from {time}"></p><button type="button" data-draft-discard></button></template>
    <template id="draft-gone"><p tabindex="-1" data-text="Discarded"></p><button type="button" data-draft-undo></button></template>`;
  const form = /** @type {HTMLFormElement} */ (document.querySelector("form"));
  await startDrafts(form, /** @type {HTMLInputElement} */ (form.elements.namedItem("draft")));
};

const getNote = () => /** @type {HTMLTextAreaElement} */ (document.querySelector("textarea"));

/** What the server was told of this form; forms of earlier tests hear of a page that is left too. */
const listRequests = () => {
  const mark = /** @type {HTMLInputElement} */ (document.querySelector("[name=draft]"));
  return site.drafts.filter(({ body }) => body.edit === mark.value);
};

/** @param {string} text */
const type = (text) => {
  getNote().value = text;
  getNote().dispatchEvent(new Event("input", { bubbles: true }));
};

/** @param {string} selector */
const press = (selector) => /** @type {HTMLElement} */ (document.querySelector(selector)).click();

const isShowing = (/** @type {string} */ text) =>
  document.querySelector("[data-draft-place]")?.textContent?.includes(text);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.stubGlobal("indexedDB", new IDBFactory());
  site = new Site();
  store = new DraftStore("alice", KEY);
});

afterEach(() => {
  vi.useRealTimers(); // no timer of a form outlives its test
});

describe("which draft comes back", () => {
  const local = { owner: "alice", key: KEY, edit: "edit 1", fields: FIELDS, at: 2000 };

  test("none, the only one, or the later one", () => {
    expect(chooseDraft(undefined, null).draft).toBeNull();
    expect(chooseDraft(local, null).draft).toMatchObject({ edit: "edit 1", isLocal: true });
    expect(chooseDraft(undefined, { edit: "edit 2", fields: FIELDS, at: 1 }).draft).toMatchObject({ isLocal: false });
    expect(chooseDraft(local, { edit: "edit 2", fields: FIELDS, at: 1999 }).draft?.edit).toBe("edit 1");
    expect(chooseDraft(local, { edit: "edit 2", fields: FIELDS, at: 2001 }).draft?.edit).toBe("edit 2");
  });

  test("one that the server has saved since does not, one of another edit does", () => {
    expect(chooseDraft(local, { edit: "edit 1", fields: null, at: 1 })).toEqual({ draft: null, isLocalSaved: true });
    expect(chooseDraft(local, { edit: "edit 2", fields: null, at: 9999 }).draft?.edit).toBe("edit 1");
  });
});

test("what is typed is stored here at once, and removed once the server has it", async () => {
  await openForm();
  type("an hour");
  expect(await store.get()).toMatchObject({ owner: "alice", fields: { note: ["an hour"], headache: [] } });
  await vi.advanceTimersByTimeAsync(QUIET_TIME);
  await vi.waitFor(() => expect(site.drafts).toHaveLength(1));
  expect(site.drafts[0]).toMatchObject({ method: "POST", body: { key: KEY, fields: { note: ["an hour"] } } });
  await vi.waitFor(async () => expect(await store.get()).toBeUndefined());
});

test("what the server did not take stays here", async () => {
  site.status = 500;
  await openForm();
  type("an hour");
  await vi.advanceTimersByTimeAsync(QUIET_TIME);
  await vi.waitFor(() => expect(site.drafts).toHaveLength(1));
  expect(await store.get()).toMatchObject({ fields: { note: ["an hour"] } });
});

test("passwords, hidden fields and buttons are never stored", async () => {
  await openForm();
  type("an hour");
  expect(Object.keys((await store.get())?.fields ?? {})).toEqual(["headache", "note"]);
});

test("a page that is left tells the server what it does not have yet", async () => {
  await openForm();
  type("an hour");
  window.dispatchEvent(new Event("pagehide"));
  expect(listRequests()).toMatchObject([{ method: "POST", keepalive: true, body: { fields: { note: ["an hour"] } } }]);
});

test("a form that was sent stays here until a page says that it was saved", async () => {
  await openForm();
  type("an hour");
  const form = /** @type {HTMLFormElement} */ (document.querySelector("form"));
  form.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
  window.dispatchEvent(new Event("pagehide"));
  expect(listRequests()).toEqual([]);
  const edit = (await store.get())?.edit ?? "";
  await openForm({ server: { edit, fields: null, at: 1 } });
  expect(getNote().value).toBe("");
  await vi.waitFor(async () => expect(await store.get()).toBeUndefined());
});

test("a draft comes back with its time, and its folded part is open", async () => {
  await store.put("edit 1", FIELDS);
  await openForm();
  expect(getNote().value).toBe("kept");
  expect(/** @type {HTMLInputElement} */ (document.querySelector("[value=yes]")).checked).toBe(true);
  expect(document.querySelector("details")?.open).toBe(true);
  expect(isShowing("Back from ")).toBe(true);
});

test("a draft that says what the page says is no news", async () => {
  await store.put("edit 1", { note: ["saved"], headache: [] });
  await openForm({ note: "saved" });
  expect(isShowing("Back")).toBe(false);
  await vi.waitFor(async () => expect(await store.get()).toBeUndefined());
});

test("a discarded draft is gone here and at the server, until that is undone", async () => {
  await store.put("edit 1", FIELDS);
  await openForm();
  press("[data-draft-discard]");
  expect(getNote().value).toBe("");
  expect(isShowing("Discarded")).toBe(true);
  await vi.waitFor(() => expect(site.drafts).toMatchObject([{ method: "DELETE" }]));
  expect(await store.get()).toBeUndefined();
  press("[data-draft-undo]");
  await vi.waitFor(() => expect(getNote().value).toBe("kept"));
  await vi.waitFor(async () => expect(await store.get()).toMatchObject({ fields: FIELDS }));
});

test("a form that the server refused goes over any draft", async () => {
  await store.put("edit 1", FIELDS);
  await openForm({ refused: true, note: "sent" });
  expect(getNote().value).toBe("sent");
  await vi.waitFor(async () => expect(await store.get()).toMatchObject({ fields: { note: ["sent"] } }));
});

test("whoever opens a form removes the drafts of others", async () => {
  const other = new DraftStore("bob", KEY);
  await other.put("edit 1", FIELDS);
  await openForm();
  await vi.waitFor(async () => expect(await other.get()).toBeUndefined());
});

test("without a database the server's draft comes back all the same", async () => {
  vi.stubGlobal("indexedDB", undefined);
  await openForm({ server: { edit: "edit 2", fields: FIELDS, at: 1 } });
  expect(getNote().value).toBe("kept");
});
