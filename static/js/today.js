/* Taps that count at once, with or without a network. Every page works without this file, but not offline.

   form[data-date] with buttons named answer   an answer for that day; data-revision: the day as this page knows it
   form[data-medicines]                        buttons named medicine: a dose
   form[data-undo]                             takes the change of that key back; data-was: the state of before
   form[data-today]                            asks about today: on a later day the page is loaded anew instead
   [data-part]                                 what the site sends anew after a tap: "home", "week"; without, the page loads
   [data-day]                                  cells of calendars, marked at once
   body[data-offline]                          the page without a network, filled in from what this device keeps as long as
                                               the log-in lasts: the cookie of that name is there; then the question alone */
(() => {
  "use strict";

  const { diary } = self;
  const offline = "offline" in document.body.dataset;
  const words = JSON.parse(document.getElementById("diary-words").textContent);
  const language = document.documentElement.lang || "en";
  const AGAIN = 20000; // ms between looks for a network
  const SOON = 2000; // ms to the second try; each further one waits twice as long, up to AGAIN

  let who = document.body.dataset.who || "";
  let zone = document.body.dataset.zone || "";
  let facts = null;
  let ready = false;
  let later = 0;
  let patience = SOON;
  let isOpen = true; // what is kept on this device may be shown
  const here = new Map(); // the keys of what was tapped on this page, each with its day
  const dismissed = new Set(); // keys of changes whose word she does not want to see again while they wait

  /* The page once more. In place of one that a form led to: that form's own page, or the first; the form is not sent again. */
  const target = () => {
    const unsent = document.querySelector("[data-unsent]:not([hidden])")?.dataset.unsent;
    return { draft: window.location.pathname + window.location.search, form: "/" }[unsent];
  };
  const anew = () => { if (target()) window.location.replace(target()); else window.location.reload(); };

  const each = (selector, work, within = document) => within.querySelectorAll(selector).forEach(work);
  const box = () => document.getElementById("today-question");
  const today = () => new Intl.DateTimeFormat("en-CA", { timeZone: zone || undefined, year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date());
  /* A new day since this page came, by the device's own clock, which may be a day off all the time. */
  let cameOn = today();
  const isNewDay = () => today() !== cameOn;
  const written = (date, parts) => new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { ...parts, timeZone: "UTC" })
    .format(new Date(`${date}T12:00:00Z`));
  const named = (date) => written(date, { weekday: "long", day: "numeric", month: "long" })
    .replace(language === "en" ? "," : "", ""); // as the site writes it
  const filled = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_all, name) => values[name] ?? "");
  const copy = (id) => document.getElementById(id).content.cloneNode(true);
  const token = () => document.querySelector("input[name=csrfmiddlewaretoken]")?.value || facts?.token || "";

  /* ---------- what a tap looks like ---------- */

  const showState = (date, state, waits) => {
    each(`form[data-date="${date}"] button[name=answer]`, (button) =>
      button.setAttribute("aria-pressed", String(button.value === state)));
    each(`form[data-date="${date}"] [data-gap]`, (gap) => gap.remove());
    each(`[data-day="${date}"]`, (cell) => {
      if (cell.tagName !== "FORM") cell.dataset.state = state;
      each("[data-words]", (place) => { place.textContent = words.states[state] + (waits ? `, ${words.waiting}` : ""); }, cell);
      cell.toggleAttribute("data-waits", waits);
    });
    for (const [name, value] of [["headache", state === "free" ? "no" : "yes"], ["intensity", state === "free" ? "" : state]]) {
      each(`#details input[name="${name}"][value="${value}"]`, (choice) => { choice.checked = true; });
    }
    const asks = document.querySelector("[data-asks]");
    if (asks?.closest("form").dataset.date === date && date === today() && !document.body.classList.contains("calm")) {
      asks.textContent = state === "unknown" ? words.today : words.recorded;
      each("[data-good]", (good) => good.remove());
    }
  };

  const sentenceOf = (entry) => {
    if (entry.kind === "undo" && !isOpen) return words.takenBack; // to what is not shown
    if (entry.kind === "take") return filled(words.taken, { medicine: entry.name });
    if (entry.state === "unknown") return filled(words.cleared, { day: named(entry.date) });
    return filled(words.saved, { state: words.states[entry.state], day: named(entry.date) });
  };

  const showToast = (entry, waits) => {
    const place = document.querySelector("[data-toast]");
    if (!place || dismissed.has(entry.key)) return;
    const toast = copy("tapped");
    toast.querySelector("[data-text]").textContent = sentenceOf(entry);
    toast.querySelector("[data-waiting]").hidden = !waits;
    Object.assign(toast.querySelector("form").dataset, { undo: entry.key, date: entry.date, was: entry.was });
    const had = place.contains(document.activeElement);
    place.replaceChildren(toast);
    if (had) place.firstElementChild.focus({ preventScroll: true });
  };

  const shown = (entry, waits) => {
    if (entry.kind !== "take") showState(entry.date, entry.state, waits);
    showToast(entry, waits);
  };

  const showProblems = async () => {
    const place = document.getElementById("diary-problems");
    if (!place || !isOpen) return;
    place.replaceChildren(...(await diary.problems(who)).map((problem) => {
      const banner = copy("problem");
      const what = problem.kind === "take" ? problem.name : words.states[problem.state];
      banner.querySelector("[data-text]").textContent =
        `${filled(words.refused, { day: named(problem.date), state: what })} ${problem.words}`;
      banner.querySelector("form").dataset.drop = problem.key;
      return banner;
    }));
  };

  const stateOf = (date) => {
    const pressed = document.querySelector(`form[data-date="${date}"] button[name=answer][aria-pressed=true]`);
    return pressed?.value || document.querySelector(`[data-day="${date}"]`)?.dataset.state || "unknown";
  };

  /* ---------- from the tap to the site ---------- */

  const mark = () => diary.waiting(who).then((entries) => {
    const known = entries.filter((entry) => isOpen || here.has(entry.key));
    for (const entry of known) if (entry.kind !== "take") showState(entry.date, entry.state, true);
    if (known.length) showToast(known.at(-1), true);
    return entries.length;
  });

  const tryLater = () => {
    clearTimeout(later);
    later = setTimeout(() => { if (document.visibilityState === "visible") go(); else tryLater(); }, patience);
    patience = Math.min(AGAIN, 2 * patience);
    navigator.serviceWorker?.ready.then((one) => one.sync?.register("diary")).catch(() => {});
  };

  /* What the site shall send anew: this part of this page. */
  const partHere = () => {
    const part = box()?.dataset.part || "";
    return part === "day" ? `day ${document.querySelector("form[data-revision]").dataset.date}` : part;
  };

  /* Where the focus goes on. In the week it stays with the day, for the next one is answered next; on the word's own buttons
     it stays where it is. */
  const sameIn = (fresh, at) => {
    for (const form of ["[data-undo]", "[data-dismiss]"]) {
      if (at.closest(form)) return fresh.querySelector(`.toast ${form} button`);
    }
    if (box().dataset.part === "week" && at.matches("button[name=answer]")) {
      return fresh.querySelector(`form[data-date="${at.form.dataset.date}"] button[value="${at.value}"]`);
    }
    return fresh.querySelector(".toast");
  };

  const replaced = (html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("today-question");
    const at = document.activeElement;
    const next = box().contains(at) && sameIn(fresh, at);
    box().replaceWith(fresh);
    if (next) next.focus({ preventScroll: true });
  };

  /* Cells outside what was sent anew, such as the month: not what was tapped, but what stands now. */
  const showStanding = async () => {
    const { days } = await diary.factsOf(who) || {};
    each("[data-day][data-waits]", (cell) => {
      const state = days ? days[cell.dataset.day]?.[0] || "unknown" : cell.dataset.state;
      cell.removeAttribute("data-waits");
      if (cell.tagName !== "FORM") cell.dataset.state = state;
      each("[data-words]", (place) => { place.textContent = words.states[state]; }, cell);
    });
  };

  /* Send until nothing waits. One at a time: a tap meanwhile is taken along by the next round. */
  let running = null;
  const go = () => {
    running ||= rounds().finally(() => { running = null; });
    return running;
  };
  const rounds = async () => {
    for (;;) {
      const { state, answer } = await diary.send(who, token(), partHere());
      if (state === "empty") return;
      if (state !== "sent") {
        await mark();
        each("#logged-out-word", (one) => one.remove());
        if (state === "closed") {
          const word = copy("logged-out");
          word.firstElementChild.id = "logged-out-word";
          document.querySelector("[data-toast]")?.after(word);
        }
        return tryLater();
      }
      patience = SOON;
      await showProblems();
      if (await diary.waiting(who).then((entries) => entries.length)) continue;
      if (offline) return anew();
      if (answer.html) replaced(answer.html);
      await showStanding();
    }
  };

  /* What went up without this page knowing. */
  const again = async () => {
    const { answer } = await diary.send(who, token(), partHere(), true).catch(() => ({}));
    if (!answer?.html) return;
    replaced(answer.html);
    await showStanding();
  };

  /* Where what is kept is not shown, she has seen of a day what she tapped on this page, and nothing else. */
  const seen = (date) => (isOpen ? {} : { after: [...here].filter(([_key, on]) => on === date).at(-1)?.[0] || "" });

  /* It stands as recorded at once, and is called saved when this device has written it. One that cannot, sends the form. */
  const tapped = async (change, form, button) => {
    const was = stateOf(change.date);
    if (change.kind !== "take") showState(change.date, change.state, offline);
    let entry;
    try {
      entry = await diary.add({ who, was, waited: offline || !navigator.onLine, ...seen(change.date), ...change });
    } catch {
      ready = false;
      if (form.hasAttribute("action")) return form.requestSubmit(button);
      return anew();
    }
    here.set(entry.key, entry.date);
    shown(entry, offline);
    if (offline && change.kind === "answer") showMedicines(change);
    return go();
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    if (!ready || !who) return;
    const date = form.dataset.date;
    if (form.matches("[data-today]") && isNewDay()) {
      event.preventDefault();
      anew();
    } else if (form.matches("[data-undo]")) {
      event.preventDefault();
      tapped({ kind: "undo", value: form.dataset.undo, date, state: form.dataset.was, base: "" }, form, button);
    } else if (date && button?.name === "answer") {
      event.preventDefault();
      tapped({ kind: "answer", value: button.value, date, state: button.value, base: form.dataset.revision }, form, button);
    } else if (date && button?.name === "medicine") {
      event.preventDefault();
      tapped({ kind: "take", value: button.value, name: button.textContent.trim(), date, state: stateOf(date), base: "" }, form, button);
    } else if (form.matches("[data-drop]")) {
      event.preventDefault();
      diary.dropProblem(form.dataset.drop).then(showProblems);
    } else if (form.matches("[data-dismiss]")) {
      event.preventDefault();
      const toast = form.closest(".toast");
      dismissed.add(toast.querySelector("[data-undo]")?.dataset.undo);
      toast.remove();
      if (form.hasAttribute("action")) fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual", keepalive: true }).catch(() => {});
    }
  });

  /* ---------- the page without a network ---------- */

  const dates = (number) => {
    const last = Date.parse(`${today()}T12:00:00Z`);
    return Array.from({ length: number }, (_one, back) => new Date(last - (number - 1 - back) * 86400000).toISOString().slice(0, 10));
  };

  /* 1 Nov: the days of three months stand in one table. */
  const monthBegins = (date) => written(date, { day: "numeric", month: "short" }).replace(/\.$/, "");

  const showCalendar = () => {
    const body = document.querySelector("[data-calendar]");
    body.replaceChildren();
    const days = dates(60);
    let row = body.insertRow();
    for (let skipped = (new Date(`${days[0]}T12:00:00Z`).getUTCDay() + 6) % 7; skipped; skipped -= 1) row.insertCell();
    for (const date of days) {
      if (row.cells.length === 7) row = body.insertRow();
      const cell = copy("cell");
      const link = cell.querySelector("a");
      link.href = `#${date}`;
      link.dataset.day = date;
      link.dataset.state = facts.days[date]?.[0] || "unknown";
      if (date === today()) link.setAttribute("aria-current", "date");
      link.querySelector("[data-number]").textContent = date.endsWith("-01") ? monthBegins(date) : String(Number(date.slice(8)));
      link.querySelector("[data-name]").textContent = named(date);
      link.querySelector("[data-words]").textContent = words.states[link.dataset.state];
      row.insertCell().append(cell);
    }
  };

  const ask = () => {
    const date = /^#\d{4}-\d\d-\d\d$/.test(window.location.hash) ? window.location.hash.slice(1) : today();
    const form = document.querySelector("form[data-revision]");
    form.dataset.date = date;
    form.toggleAttribute("data-today", date === today());
    form.dataset.revision = (isOpen && facts.days[date]?.[1]) || "";
    const state = document.querySelector(`[data-day="${date}"]`)?.dataset.state || "unknown";
    each("button[name=answer]", (button) => button.setAttribute("aria-pressed", String(button.value === state)), form);
    document.querySelector("[data-asks]").textContent =
      date === today() ? (state === "unknown" ? words.today : words.recorded) : filled(words.how, { day: named(date) });
    showMedicines({ date, value: state });
  };

  const showMedicines = ({ date, value }) => {
    const form = document.querySelector("form[data-medicines]");
    if (!form || !isOpen) return;
    form.dataset.date = date;
    form.toggleAttribute("data-today", date === today());
    form.hidden = ["free", "unknown"].includes(value) || !facts.medicines.length;
    form.querySelector(".answers").replaceChildren(...facts.medicines.map(([pk, name]) => {
      const button = document.createElement("button");
      Object.assign(button, { name: "medicine", value: String(pk), textContent: name });
      return button;
    }));
  };

  const isLoggedIn = () => document.cookie.split("; ").includes(`${document.body.dataset.offline}=on`)
    && (facts.until ?? Infinity) > Date.now();

  const fillIn = async () => {
    facts = await diary.lastFacts().catch(() => null);
    document.querySelector("[data-nothing]").hidden = Boolean(facts);
    if (!facts) return;
    ({ who, zone } = facts);
    cameOn = today();
    if (target()) document.querySelector("[data-again]").href = target();
    isOpen = isLoggedIn();
    document.querySelector("[data-ended]").hidden = isOpen;
    each("[data-days]", (part) => { part.hidden = !isOpen; });
    if (isOpen) showCalendar();
    if (isOpen && facts.until) setTimeout(closed, facts.until - Date.now() + 1000);
    await mark();
    ask();
    window.addEventListener("hashchange", () => { ask(); document.querySelector("[data-asks]").scrollIntoView(); });
    box().hidden = false;
  };

  const closed = () => { if (isOpen && !isLoggedIn()) anew(); };

  /* ---------- beginning ---------- */

  const begin = async () => {
    if (offline) await fillIn(); else facts = await diary.factsOf(who);
    if (!who) return;
    ready = true;
    document.documentElement.dataset.ready = "";
    await showProblems();
    if (offline) setInterval(lookAgain, AGAIN);
    if (await mark()) await go();
    else if (!offline && await diary.sentSince(who, performance.timeOrigin)) await again();
    if (!offline) await keep();
  };

  /* A device may say "online" too early, or never. */
  const lookAgain = async () => {
    if (document.visibilityState !== "visible") return;
    if (await (isOpen ? diary.fetchFacts() : diary.isReached())) anew();
  };

  /* What the page without a network will know. */
  const keep = async () => {
    const worker = await navigator.serviceWorker?.register("/worker.js");
    const { theme, warm } = document.documentElement.dataset;
    const fresh = await diary.renewFacts(who, { theme, warm, language });
    if (!fresh) return;
    if (facts && facts.language !== language) worker?.active?.postMessage("renew");
    facts = fresh;
    await navigator.serviceWorker?.ready;
    document.documentElement.dataset.kept = "";
  };

  const goAgain = () => { if (ready) mark().then((number) => number && go()); };
  window.addEventListener("online", () => { if (offline) anew(); else goAgain(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) goAgain(); });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    if (offline && facts) closed(); // timers stand still while a device sleeps
    if (document.querySelector("form[data-today]") && isNewDay()) anew(); else goAgain();
  });

  navigator.serviceWorker?.addEventListener("message", (event) => { // the worker was faster than this page
    if (event.data !== "sent" || !ready) return;
    if (offline) anew(); else again();
  });

  begin().catch(() => {}); // a browser that keeps nothing: forms go the plain way
})();
