const DATABASE_PATIENCE = 5000; // ms; a browser that takes longer is taken for one that cannot store

/**
 * A database of this browser (IndexedDB), opened when it is first needed.
 */
export class Database {
  /**
   * @param {string} name
   * @param {Record<string, IDBObjectStoreParameters>} stores  options by the name of the store
   * @param {{ reopens: boolean }} options  reopens: whether it may be created again after it was deleted
   */
  constructor(name, stores, { reopens }) {
    this.name = name;
    this.stores = stores;
    this.reopens = reopens;
    /** @type {Promise<IDBDatabase> | null} */
    this.opening = null;
  }

  /** @returns {Promise<IDBDatabase>} */
  open() {
    this.opening ||= this.connect().catch((error) => {
      this.opening = null;
      throw error;
    });
    return this.opening;
  }

  /** @returns {Promise<IDBDatabase>} */
  connect() {
    return new Promise((resolve, reject) => {
      let isLate = false;
      const request = indexedDB.open(this.name, 1);
      request.onupgradeneeded = () => {
        for (const [name, options] of Object.entries(this.stores)) request.result.createObjectStore(name, options);
      };
      request.onsuccess = () => {
        // Another page deletes the database: an open connection would block it.
        request.result.onversionchange = () => {
          request.result.close();
          if (this.reopens) this.opening = null;
        };
        if (isLate) request.result.close();
        resolve(request.result);
      };
      request.onerror = () => reject(request.error);
      setTimeout(() => {
        isLate = true;
        reject(new DOMException("The database does not open.", "TimeoutError"));
      }, DATABASE_PATIENCE);
    });
  }

  /**
   * Run one transaction. `work` makes requests; the result of the one it returns is given back once all is written.
   * A transaction that takes too long is aborted.
   *
   * @template T
   * @param {string[]} names
   * @param {IDBTransactionMode} mode
   * @param {(stores: Record<string, IDBObjectStore>) => IDBRequest<T> | void} work
   * @returns {Promise<T>}
   */
  async run(names, mode, work) {
    const database = await this.open();
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(names, mode);
      const stores = Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)]));
      const request = /** @type {IDBRequest<T>} */ (work(stores));
      const timer = setTimeout(() => transaction.abort(), DATABASE_PATIENCE);
      transaction.oncomplete = () => {
        clearTimeout(timer);
        resolve(request?.result);
      };
      transaction.onabort = transaction.onerror = () => {
        clearTimeout(timer);
        reject(transaction.error);
      };
    });
  }

  async close() {
    (await this.open()).close();
    this.opening = null;
  }
}

/**
 * Delete a database. A browser that cannot is not an error: the pages that hold it open let go by themselves.
 *
 * @param {string} name
 * @returns {Promise<void>}
 */
export const deleteDatabase = (name) =>
  new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = request.onerror = request.onblocked = () => resolve();
  });
