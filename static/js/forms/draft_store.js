// Drafts of forms as this browser stores them, in IndexedDB under the code of the person.
import { Database } from "../lib/database.js";

/** @import { Fields } from "./form_fields.js" */
/**
 * @typedef {object} LocalDraft
 * @property {string} owner
 * @property {string} key  of the form
 * @property {string} edit  a code of its own for each time the form was opened
 * @property {Fields} fields
 * @property {number} at  ms
 */

const STORE = "drafts";

/** Drafts of one form of one person. Without a database (some private windows) all of this does nothing. */
export class DraftStore {
  /**
   * @param {string} owner
   * @param {string} key
   */
  constructor(owner, key) {
    this.owner = owner;
    this.key = key;
    // Logging out on another page deletes the database; what is typed here after that must not bring it back.
    this.database = new Database(STORE, { [STORE]: { keyPath: ["owner", "key"] } }, { reopens: false });
  }

  /**
   * @template T
   * @param {IDBTransactionMode} mode
   * @param {(store: IDBObjectStore) => IDBRequest<T> | void} work
   * @returns {Promise<T | undefined>}
   */
  async run(mode, work) {
    try {
      return await this.database.run([STORE], mode, (stores) => work(stores[STORE]));
    } catch {
      return undefined;
    }
  }

  /** @returns {Promise<LocalDraft | undefined>} */
  get() {
    return this.run("readonly", (store) => store.get([this.owner, this.key]));
  }

  /**
   * @param {string} edit
   * @param {Fields} fields
   */
  put(edit, fields) {
    const { owner, key } = this;
    return this.run("readwrite", (store) => store.put({ owner, key, edit, fields, at: Date.now() }));
  }

  remove() {
    return this.run("readwrite", (store) => store.delete([this.owner, this.key]));
  }

  /** Remove the drafts of everybody else. */
  removeOthers() {
    return this.run("readwrite", (store) => {
      const request = store.openCursor();
      request.onsuccess = () => {
        const cursor = request.result;
        if (!cursor) return;
        if (cursor.value.owner !== this.owner) cursor.delete();
        cursor.continue();
      };
    });
  }
}
