// What this device stores for the time without a network, and what it asks the site about the person.
import { Database } from "../lib/database.js";

/**
 * A change that was tapped here.
 *
 * @typedef {object} Entry
 * @property {number} place  the order in which the changes were tapped; given by the database
 * @property {string} key
 * @property {string} who
 * @property {"answer" | "take" | "relief" | "undo"} kind
 * @property {string} date
 * @property {string} value  an answer, the number of a medicine, a relief or the key of the change to undo
 * @property {string} base  the revision of the day that the page showed
 * @property {string} after  key of this device's change of the same day before this one, or ""
 * @property {number} at  ms
 * @property {boolean} [waited]  made without a network, so without a view of what was entered elsewhere
 * @property {string} state  what the day becomes
 * @property {string} was  what the day was
 * @property {string} [name]  of the medicine; of an undo, the dose or the relief that it removes
 * @property {string} [label]  the medicine with its relief, such as "Sumatriptan, some relief"
 */
/**
 * A change as it is added.
 *
 * @typedef {Omit<Entry, "place" | "key" | "at" | "after"> & Partial<Entry>} Change
 */
/**
 * A change that the site refused, with its sentence, until the person has seen it.
 *
 * @typedef {Entry & { words: string }} Problem
 */
/**
 * What the device knows about the person who is logged in.
 *
 * @typedef {object} Facts
 * @property {string} who
 * @property {string} zone
 * @property {string} token  of the forms
 * @property {Record<string, [state: string, revision: string]>} days  by date
 * @property {Record<string, string>} [keys]  key of this device's last change by date
 * @property {string[]} [took]  dates of days with medicine
 * @property {[id: number, name: string][]} medicines
 * @property {number | null} left  seconds until the log-in ends if nothing is done
 * @property {number | null} [until]  the same as a moment (ms)
 * @property {number} [sentAt]  when something was sent last (ms)
 * @property {string} [theme]
 * @property {string} [warm]
 * @property {string} [language]
 */

/**
 * Whether a change may be one of the answer of the day; doses and relief are beside it.
 *
 * @param {Entry["kind"]} kind
 */
export const changesAnswer = (kind) => kind === "answer" || kind === "undo";

/** Logging out deletes it. */
export const deviceDatabase = new Database(
  "diary",
  { entries: { keyPath: "place", autoIncrement: true }, facts: { keyPath: "who" }, problems: { keyPath: "key" } },
  { reopens: true },
);

const PATIENCE = 20_000; // ms; a network that neither answers nor breaks must not hold the queue for ever

/** @returns {RequestInit} */
export const getFetchOptions = () => ({
  credentials: "same-origin",
  redirect: "manual",
  signal: AbortSignal.timeout?.(PATIENCE),
});

/**
 * Run alone among all pages of this browser and its worker.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export const runAlone = (work) => (navigator.locks ? navigator.locks.request("diary", work) : work());

/**
 * @template T
 * @param {string} store
 * @returns {Promise<T[]>}
 */
export const readAll = (store) => deviceDatabase.run([store], "readonly", (stores) => stores[store].getAll());

/**
 * @param {string} who
 * @returns {Promise<Facts | undefined>}
 */
export const readFacts = (who) => deviceDatabase.run(["facts"], "readonly", ({ facts }) => facts.get(who));

/** @returns {Promise<Facts | undefined>} */
export const readLatestFacts = async () => (await readAll("facts"))[0];

/**
 * The moment (ms) at which a log-in ends that lasts so many seconds while nothing is done.
 *
 * @param {number | null | undefined} left
 */
export const getEndOfLogIn = (left) => (typeof left === "number" ? Date.now() + left * 1000 : null);

/**
 * Store facts in place of all others. A change of this device counts as the last one of its day as long as the day is
 * as that change left it.
 *
 * @param {Facts} fresh
 * @returns {Promise<Facts>}
 */
const saveFacts = async (fresh) => {
  const known = await readFacts(fresh.who);
  const keys = Object.entries(known?.keys ?? {}).filter(
    ([date]) => String(known?.days[date]) === String(fresh.days[date]),
  );
  const saved = { ...fresh, keys: Object.fromEntries(keys), sentAt: known?.sentAt };
  await deviceDatabase.run(["facts"], "readwrite", ({ facts }) => {
    facts.clear();
    return facts.put(saved);
  });
  return saved;
};

/**
 * Facts of whoever is logged in now; null without a network or a log-in.
 *
 * @returns {Promise<Facts | null>}
 */
export const fetchFacts = async () => {
  try {
    const answer = await fetch("/diary/device/", getFetchOptions());
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
};

/**
 * What is stored under a former code of the person becomes hers again: the site has a new key.
 *
 * @param {string} who
 * @param {string[]} formerCodes
 */
export const adoptFormer = (who, formerCodes) =>
  deviceDatabase.run(["entries", "facts", "problems"], "readwrite", (stores) => {
    for (const store of Object.values(stores)) {
      const request = store.openCursor();
      request.onsuccess = () => {
        const cursor = request.result;
        if (!cursor) return;
        if (formerCodes.includes(cursor.value.who)) {
          if (store.keyPath === "who") cursor.delete();
          store.put({ ...cursor.value, who });
        }
        cursor.continue();
      };
    }
  });

/** Whether the site answers at all, with a log-in or without. */
export const isSiteReachable = () =>
  fetch("/diary/device/", { ...getFetchOptions(), method: "HEAD", cache: "no-store" }).then(
    () => true,
    () => false,
  );

/**
 * Fetch the facts while nothing is being sent, and store them with how the page looks. Gives null unless they are those
 * of `who`.
 *
 * @param {string} who
 * @param {Pick<Facts, "theme" | "warm" | "language">} look
 * @returns {Promise<Facts | null>}
 */
export const renewFacts = (who, look) =>
  runAlone(async () => {
    const fresh = await fetchFacts();
    if (fresh?.who !== who) return null;
    return saveFacts({ ...fresh, ...look, until: getEndOfLogIn(fresh.left) });
  });

/**
 * Whether something was sent since that moment (ms). A page made before does not show what became of it.
 *
 * @param {string} who
 * @param {number} moment
 */
export const hasSentSince = (who, moment) =>
  runAlone(async () => ((await readFacts(who))?.sentAt ?? Number.NEGATIVE_INFINITY) >= moment);
