// What was typed and not sent yet is not lost: by a closed tab, a lost connection, a log-in that has ended.
//
// form[data-draft]   its fields are stored while they are filled in; inside it {% draft %} puts what this script needs
//
// The server stores a draft (accounts/drafts.py). Until it has, and once the form is sent, the browser stores it; whoever
// opens such a form removes the drafts of others.
import { formatMoment } from "../lib/dates.js";
import { cloneTemplate, fillPattern, find, get, getLanguage, readJson } from "../lib/dom.js";
import { DraftStore } from "./draft_store.js";
import { fillFields, isSame, openDetails, readFields } from "./form_fields.js";

/** @import { LocalDraft } from "./draft_store.js" */
/** @import { Fields } from "./form_fields.js" */
/** @typedef {{ edit: string, fields: Fields | null, at: number }} ServerDraft  without fields: that edit was saved */
/** @typedef {{ edit: string, fields: Fields, at: number, isLocal: boolean }} Draft */

const SAVE_DELAY = 800; // ms without a key before the server is told

const createEdit = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * The draft to bring back, the later of both. One that the server has saved since is none.
 *
 * @param {LocalDraft | undefined} local
 * @param {ServerDraft | null} server
 * @returns {{ draft: Draft | null, isLocalSaved: boolean }}
 */
export const chooseDraft = (local, server) => {
  const isLocalSaved = Boolean(local && server && server.fields === null && server.edit === local.edit);
  const localDraft = local && !isLocalSaved ? { ...local, isLocal: true } : null;
  const serverDraft = server?.fields ? { ...server, fields: server.fields, isLocal: false } : null;
  if (!localDraft || !serverDraft) return { draft: localDraft || serverDraft, isLocalSaved };
  return { draft: serverDraft.at > localDraft.at ? serverDraft : localDraft, isLocalSaved };
};

/**
 * Store what is entered in a form, and bring back what was stored.
 *
 * @param {HTMLFormElement} form
 * @param {HTMLInputElement} mark  the hidden field of {% draft %}
 */
export const startDrafts = async (form, mark) => {
  const { key = "", owner = "", zone = "", address = "" } = mark.dataset;
  /** @type {HTMLInputElement | null} */
  const tokenField = find("[name=csrfmiddlewaretoken]", form);
  const place = get("[data-draft-place]", form);
  const store = new DraftStore(owner, key);

  let known = readFields(form); // as the page came, or as it was stored last
  let isUnsaved = false; // the server does not have it
  let isSent = false;
  let isFilling = false;
  let saveTimer = 0;
  let lastRequest = Promise.resolve(); // requests go one after the other

  /**
   * @param {"POST" | "DELETE"} method
   * @param {Fields} [fields]
   * @param {boolean} keepalive  the page is being left
   */
  const sendDraft = (method, fields, keepalive = false) =>
    fetch(address, {
      method,
      body: JSON.stringify({ key, edit: mark.value, ...(fields && { fields }) }),
      headers: {
        "Content-Type": "application/json",
        "X-CSRFToken": tokenField?.value || "",
        "X-Requested-With": "XMLHttpRequest",
      },
      credentials: "same-origin",
      redirect: "manual", // to the log-in: not stored
      keepalive,
    }).then(
      (answer) => answer.ok,
      () => false,
    );

  const saveDraft = async () => {
    const fields = known;
    if (!(await sendDraft("POST", fields)) || !isSame(fields, known) || isSent) return;
    isUnsaved = false;
    await store.remove();
  };

  const scheduleSave = () => {
    clearTimeout(saveTimer);
    saveTimer = window.setTimeout(() => {
      lastRequest = lastRequest.then(saveDraft);
    }, SAVE_DELAY);
  };

  /** Store the fields as they are now, here at once and at the server soon. */
  const storeFields = () => {
    known = readFields(form);
    isUnsaved = true;
    store.put(mark.value, known);
    scheduleSave();
  };

  const storeChange = () => {
    if (!isFilling && !isSent && !isSame(readFields(form), known)) storeFields();
  };

  /** @param {Fields} fields */
  const fillForm = (fields) => {
    isFilling = true;
    fillFields(form, fields);
    isFilling = false;
    known = readFields(form);
  };

  /**
   * @param {string} template
   * @param {number} [moment]  ms
   */
  const showMessage = (template, moment) => {
    const message = cloneTemplate(template);
    const text = get("[data-text]", message);
    const time = moment ? formatMoment(moment, zone, getLanguage()) : "";
    text.textContent = fillPattern(text.dataset.text || "", { time });
    place.replaceChildren(message); // the place was in the page before, so that it is read out
  };

  /**
   * @param {Draft} draft
   * @param {Fields} before  the fields as the page came
   */
  const restoreDraft = (draft, before) => {
    fillForm(draft.fields);
    if (isSame(known, before)) {
      store.remove();
      return;
    }
    openDetails(form);
    showMessage("draft-back", draft.at);
    get("[data-draft-discard]", place).addEventListener("click", () => discardDraft(draft, before));
    if (draft.isLocal) storeFields();
    else store.remove(); // the server's is newer
  };

  /**
   * @param {Draft} draft
   * @param {Fields} before
   */
  const discardDraft = (draft, before) => {
    clearTimeout(saveTimer);
    fillForm(before);
    isUnsaved = false;
    store.remove();
    lastRequest = lastRequest
      .then(() => sendDraft("DELETE"))
      .then(() => {
        mark.value = createEdit();
      });
    showMessage("draft-gone");
    get("[tabindex]", place).focus();
    get("[data-draft-undo]", place).addEventListener("click", () => {
      lastRequest = lastRequest.then(() => {
        restoreDraft({ ...draft, isLocal: true }, before);
        find("[tabindex]", place)?.focus();
      });
    });
  };

  form.addEventListener("input", storeChange);
  form.addEventListener("change", storeChange);
  form.addEventListener("click", () => setTimeout(storeChange)); // a button of the page may fill fields
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    // Stored until a page says that it was saved: on the way it may be lost, or be sent to the log-in.
    clearTimeout(saveTimer);
    store.put(mark.value, readFields(form));
    isSent = true;
  });
  window.addEventListener("online", () => {
    if (isUnsaved) scheduleSave();
  });
  window.addEventListener("pagehide", () => {
    if (isUnsaved && !isSent) sendDraft("POST", known, true);
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) isSent = false;
  });

  mark.value = createEdit();
  store.removeOthers();
  const local = await store.get();
  if ("refused" in mark.dataset) {
    storeFields(); // what was sent stands in the form, newer than any draft
    return;
  }
  const { draft, isLocalSaved } = chooseDraft(local, readJson("draft-kept"));
  if (isLocalSaved) store.remove();
  if (draft) restoreDraft(draft, known);
};

/** @type {HTMLFormElement | null} */
const form = find("form[data-draft]");
const mark = form?.elements.namedItem("draft");
if (form && mark instanceof HTMLInputElement) startDrafts(form, mark);
