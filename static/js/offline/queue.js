// Changes that were tapped on this device, stored until the site has them. Pages and the service worker use it.
import {
  changesAnswer,
  deviceDatabase,
  fetchFacts,
  getEndOfLogIn,
  getFetchOptions,
  readAll,
  readFacts,
  runAlone,
} from "./device.js";

/** @import { Change, Entry, Facts, Problem } from "./device.js" */

/**
 * What the site made of one change.
 *
 * @typedef {object} Result
 * @property {string} key
 * @property {string} outcome
 * @property {string} [revision]
 * @property {string} [state]  "" for a day that is not recorded
 * @property {string} [other]  not empty when the day is another than the device took it for
 * @property {string} [words]  why it was refused
 */
/** @typedef {{ results: Result[], left?: number | null, html?: string }} SyncAnswer */
/** @typedef {"empty" | "sent" | "waiting" | "closed"} SyncState */

const MAX_ENTRIES = 200; // in one request; the site refuses more
const MAX_AGE_SENT_AT_ONCE = 5; // s; what is sent later has waited

/**
 * Keys of the changes this page stored and has not tried to send, as long as sending works. Of any other it is not known
 * whether the person saw how the day was.
 *
 * @type {Set<string>}
 */
const untriedKeys = new Set();
let isSendingBroken = false;

const createKey = () =>
  crypto.randomUUID?.() ||
  "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
    (Number(digit) ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (Number(digit) / 4)))).toString(16),
  );

/**
 * @param {string} who
 * @returns {Promise<Entry[]>}
 */
export const listWaiting = async (who) => {
  /** @type {Entry[]} */
  const entries = await readAll("entries");
  return entries.filter((entry) => entry.who === who);
};

/**
 * @param {string} who
 * @returns {Promise<Problem[]>}
 */
export const listProblems = async (who) => {
  /** @type {Problem[]} */
  const problems = await readAll("problems");
  return problems.filter((problem) => problem.who === who);
};

/** @param {string} key */
export const removeProblem = (key) =>
  deviceDatabase.run(["problems"], "readwrite", ({ problems }) => problems.delete(key));

/**
 * Store a change. It comes after the last change of the same day on this device, sent or waiting; or after the one that
 * `after` names, where the page does not show that one.
 *
 * @param {Change} change
 * @returns {Promise<Omit<Entry, "place">>}
 */
export const addChange = async (change) => {
  const entry = /** @type {Omit<Entry, "place">} */ ({ key: createKey(), at: Date.now(), ...change });
  if (!isSendingBroken) untriedKeys.add(entry.key);
  await deviceDatabase.run(["entries", "facts"], "readwrite", ({ entries, facts }) => {
    /** @type {IDBRequest<Facts | undefined>} */
    const known = facts.get(change.who);
    /** @type {IDBRequest<Entry[]>} */
    const waiting = entries.getAll();
    waiting.onsuccess = () => {
      const sameDay = waiting.result.filter(
        (other) => other.who === change.who && other.date === change.date && changesAnswer(other.kind),
      );
      entry.after ??= sameDay.at(-1)?.key || known.result?.keys?.[change.date] || "";
      entries.add(entry);
    };
    return waiting;
  });
  return entry;
};

/** @param {Entry} entry */
const toRequestEntry = (entry) => {
  const { key, kind, date, value, base, after, name } = entry;
  const age = Math.max(0, (Date.now() - entry.at) / 1000); // s
  const waited = entry.waited || age > MAX_AGE_SENT_AT_ONCE || !untriedKeys.delete(key);
  return { key, kind, date, value, base, after, age, waited, ...(kind === "relief" && { name }) };
};

/**
 * Note in the facts what a day has become.
 *
 * @param {Facts} facts
 * @param {Entry} entry
 * @param {Result} result
 */
const noteResult = (facts, entry, { key, other, state, revision = "" }) => {
  facts.keys ||= {};
  if (other) delete facts.keys[entry.date];
  else if (changesAnswer(entry.kind)) facts.keys[entry.date] = key;
  if (state) facts.days[entry.date] = [state, revision];
  else delete facts.days[entry.date];
};

/**
 * Apply what the site answered: sent changes leave the queue, the days are as they are now, a refusal is stored with its
 * sentence.
 *
 * @param {Facts | undefined} facts
 * @param {Entry[]} sent
 * @param {SyncAnswer} answer
 */
const applyAnswer = (facts, sent, { results, left }) =>
  deviceDatabase.run(["entries", "facts", "problems"], "readwrite", (stores) => {
    for (const result of results) {
      const entry = sent.find((candidate) => candidate.key === result.key);
      if (!entry) continue;
      stores.entries.delete(entry.place);
      if (result.words) stores.problems.put({ ...entry, words: result.words });
      if (facts && result.outcome !== "refused") noteResult(facts, entry, result);
    }
    if (facts) stores.facts.put({ ...facts, sentAt: Date.now(), until: getEndOfLogIn(left) });
  });

/**
 * @param {object} body
 * @param {string} token
 * @returns {Promise<Response | null>}
 */
const postChanges = (body, token) =>
  fetch("/diary/sync/", {
    ...getFetchOptions(),
    method: "POST",
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
  }).catch(() => null);

/**
 * Send these changes in one request; gives the site's answer, or null when there is none.
 *
 * @param {string} who
 * @param {string} token
 * @param {string} part
 * @param {Entry[]} entries
 */
const requestSync = async (who, token, part, entries) => {
  const body = { who, part, entries: entries.map(toRequestEntry) };
  const answer = await postChanges(body, token);
  if (answer?.status !== 403) return answer;
  const fresh = await fetchFacts(); // the token of the form belongs to an earlier log-in
  return fresh?.who === who ? postChanges(body, fresh.token) : answer;
};

/**
 * Send what waits, in order. With `evenEmpty` the part of the page is requested although nothing waits. The state is
 * "waiting" without a network, "closed" without a log-in or when somebody else is logged in.
 *
 * @param {string} who
 * @param {string} token
 * @param {string} part  the part of the page that the site shall send back, or ""
 * @param {boolean} evenEmpty
 * @returns {Promise<{ state: SyncState, answer?: SyncAnswer }>}
 */
export const sendQueue = (who, token, part = "", evenEmpty = false) =>
  runAlone(async () => {
    const entries = (await listWaiting(who)).slice(0, MAX_ENTRIES);
    if (!entries.length && !evenEmpty) return { state: "empty" };
    const response = await requestSync(who, token, part, entries);
    /** @type {SyncAnswer | null} */
    const answer = response?.ok ? await response.json().catch(() => null) : null;
    isSendingBroken = !answer;
    if (!answer) {
      untriedKeys.clear();
      return { state: !response || response.ok || response.status >= 500 ? "waiting" : "closed" };
    }
    await applyAnswer(await readFacts(who), entries, answer);
    return { state: "sent", answer };
  });
