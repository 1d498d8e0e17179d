/* What was tapped on this device, kept until the site has it: for the page and for the worker.

   entries     {key, who, kind, date, value, base, after, at, waited}: changes in the order they were tapped; waited: made
               without a network, so without a view of what had been entered elsewhere
   facts       of the person who is logged in: {who, zone, token, days: {date: [state, revision]}, keys: {date: key of this
               device's last change of it}, medicines, theme, language, sentAt: when something went up last (ms), until: when the
               log-in ends if nothing is done (ms), or null}
   problems    {key, date, value, words}: what the site refused, with its sentence, until she has seen it

   Everything lies in the database "diary" of this browser. Logging out deletes it. */
(() => {
  "use strict";

  const STORES = { entries: { keyPath: "place", autoIncrement: true }, facts: { keyPath: "who" }, problems: { keyPath: "key" } };

  let opened = null;
  const database = () => {
    opened ||= new Promise((resolve, reject) => {
      const asked = indexedDB.open("diary", 1);
      asked.onupgradeneeded = () => {
        for (const [name, options] of Object.entries(STORES)) asked.result.createObjectStore(name, options);
      };
      asked.onsuccess = () => {
        asked.result.onversionchange = () => { asked.result.close(); opened = null; }; // being deleted: let go
        resolve(asked.result);
      };
      asked.onerror = () => { opened = null; reject(asked.error); };
    });
    return opened;
  };

  /* One transaction: work(stores) makes requests; gives the result of the one it returns, once all is written. */
  const within = async (names, mode, work) => {
    const base = await database();
    return new Promise((resolve, reject) => {
      const transaction = base.transaction(names, mode);
      const request = work(Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)])));
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  };

  const all = (name) => within([name], "readonly", (stores) => stores[name].getAll());
  const waiting = async (who) => (await all("entries")).filter((entry) => entry.who === who);
  const problems = async (who) => (await all("problems")).filter((one) => one.who === who);
  const factsOf = (who) => within(["facts"], "readonly", ({ facts }) => facts.get(who));
  const lastFacts = async () => (await all("facts"))[0];
  /* What this device changed last of a day counts as long as the day stands as it left it. */
  const keepFacts = async (fresh) => {
    const { keys = {}, days = {}, sentAt } = await factsOf(fresh.who) || {};
    const mine = Object.fromEntries(Object.entries(keys).filter(([date]) => String(days[date]) === String(fresh.days[date])));
    const kept = { ...fresh, keys: mine, sentAt };
    await within(["facts"], "readwrite", ({ facts }) => { facts.clear(); return facts.put(kept); });
    return kept;
  };
  const dropProblem = (key) => within(["problems"], "readwrite", (stores) => stores.problems.delete(key));

  const newKey = () => crypto.randomUUID?.() || "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (one) =>
    (one ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (one / 4)))).toString(16));

  /* What this page kept and has not tried to send, as long as sending works. Of anything else it is not known whether
     she saw how the day stood. */
  const untried = new Set();
  let broken = false;

  /* Keep a change. It comes after what this device changed last of the same day, whether that was sent or waits; or after
     what `after` names, where the page does not show that. */
  const add = async (change) => {
    const entry = { key: newKey(), at: Date.now(), ...change };
    if (!broken) untried.add(entry.key);
    await within(["entries", "facts"], "readwrite", ({ entries, facts }) => {
      const known = facts.get(change.who);
      const asked = entries.getAll();
      asked.onsuccess = () => {
        const before = asked.result.filter((one) => one.who === change.who && one.date === change.date && one.kind !== "take");
        entry.after ??= before.at(-1)?.key || known.result?.keys?.[change.date] || "";
        entries.add(entry);
      };
      return asked;
    });
    return entry;
  };

  const AT_ONCE = 5; // s; what goes up later than that has waited

  const asSent = (entry) => {
    const { key, kind, date, value, base, after } = entry;
    const age = Math.max(0, (Date.now() - entry.at) / 1000);
    const waited = entry.waited || age > AT_ONCE || !untried.delete(key);
    return { key, kind, date, value, base, after, age, waited };
  };

  /* What the site said to each: gone from the queue, the day known as it stands now, a refusal kept with its sentence. */
  const settle = (facts, sent, { results, left }) => within(["entries", "facts", "problems"], "readwrite", (stores) => {
    for (const { key, outcome, revision, state, other, words } of results) {
      const entry = sent.find((one) => one.key === key);
      if (!entry) continue;
      stores.entries.delete(entry.place);
      if (words) stores.problems.put({ ...entry, words });
      if (!facts || outcome === "refused") continue;
      facts.keys ||= {};
      if (other) delete facts.keys[entry.date]; else if (entry.kind !== "take") facts.keys[entry.date] = key;
      if (state) facts.days[entry.date] = [state, revision]; else delete facts.days[entry.date];
    }
    if (facts) stores.facts.put({ ...facts, sentAt: Date.now(), until: endOf(left) });
  });

  /* When a log-in ends that lasts so many seconds while nothing is done. */
  const endOf = (left) => (typeof left === "number" ? Date.now() + left * 1000 : null);

  const PATIENCE = 20000; // ms; a network that neither answers nor breaks must not hold the queue for ever

  const post = (path, body, token) => fetch(path, {
    method: "POST", body: JSON.stringify(body), credentials: "same-origin", redirect: "manual",
    signal: AbortSignal.timeout?.(PATIENCE),
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
  });

  /* Facts of whoever is logged in now; null without a network or a log-in. */
  const fetchFacts = async () => {
    try {
      const options = { credentials: "same-origin", redirect: "manual", signal: AbortSignal.timeout?.(PATIENCE) };
      const answer = await fetch("/diary/device/", options);
      return answer.ok ? await answer.json() : null;
    } catch { return null; }
  };

  /* Whether the site answers at all, with a log-in or without. */
  const isReached = () => fetch("/diary/device/", {
    method: "HEAD", cache: "no-store", redirect: "manual", signal: AbortSignal.timeout?.(PATIENCE),
  }).then(() => true, () => false);

  const alone = (work) => (navigator.locks ? navigator.locks.request("diary", work) : work());

  /* Facts once more, while nothing is being sent; kept with `look`. Gives null unless they are those of `who`. */
  const renewFacts = (who, look) => alone(async () => {
    const fresh = await fetchFacts();
    if (fresh?.who !== who) return null;
    return keepFacts({ ...fresh, ...look, until: endOf(fresh.left) });
  });

  /* Whether something went up since that moment (ms): a page of before does not show what became of it. */
  const sentSince = (who, moment) => alone(async () => (await factsOf(who))?.sentAt >= moment);

  /* One request with these changes; the site's answer, or null when there is none. */
  const request = async (who, token, part, sent) => {
    const body = { who, part, entries: sent.map(asSent) };
    const answer = await post("/diary/sync/", body, token).catch(() => null);
    if (answer?.status !== 403) return answer;
    const fresh = await fetchFacts(); // the form's token is of an earlier log-in
    return fresh?.who === who ? post("/diary/sync/", body, fresh.token).catch(() => null) : answer;
  };

  /* Send what waits, in order; with evenEmpty the part of the page is asked for although nothing waits. Gives
     {state, answer}: state is "empty", "sent", "waiting" (no network) or "closed" (no log-in, or somebody else's). */
  const send = (who, token, part = "", evenEmpty = false) => alone(async () => {
    const sent = (await waiting(who)).slice(0, 200);
    if (!sent.length && !evenEmpty) return { state: "empty" };
    const answer = await request(who, token, part, sent);
    const said = answer?.ok && await answer.json().catch(() => null);
    broken = !said;
    if (broken) {
      untried.clear();
      return { state: !answer || answer.ok || answer.status >= 500 ? "waiting" : "closed" };
    }
    await settle(await factsOf(who), sent, said);
    return { state: "sent", answer: said };
  });

  /* Leave nothing of anybody on this device; with keepWaiting, what is not sent yet stays for when she logs in again. */
  const forget = async (keepWaiting) => {
    for (const name of await caches.keys()) await caches.delete(name);
    if (keepWaiting) return within(["facts"], "readwrite", ({ facts }) => facts.clear());
    (await database()).close();
    opened = null;
    return Promise.all(["diary", "drafts"].map((name) => new Promise((resolve) => {
      const asked = indexedDB.deleteDatabase(name);
      asked.onsuccess = asked.onerror = asked.onblocked = () => resolve();
    })));
  };

  self.diary = { add, all, waiting, problems, dropProblem, factsOf, lastFacts, fetchFacts, isReached, renewFacts, sentSince, send, forget };
})();
