/* What was typed and not sent yet is not lost: by a closed tab, a lost connection, a log-in that has ended.

   form[data-draft]                 its fields are kept while they are filled in; inside it {% draft %} puts what this needs
   [data-draft-row="name"]          a row of a form whose number may change: its fields are kept under this name
   The server keeps a draft (accounts/drafts.py). Until it has, and once the form is sent, the browser keeps it, in
   IndexedDB under the person's code; whoever opens such a form removes what belongs to others.
   Passwords, files and hidden fields are never kept. */
(() => {
  "use strict";

  const NAME = "drafts";
  const QUIET = 800; // ms without a key before the server is told

  /* ---------- what the browser keeps ---------- */

  const opened = () => new Promise((resolve, reject) => {
    const asked = window.indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(NAME, { keyPath: ["owner", "key"] });
    asked.onsuccess = () => {
      asked.result.onversionchange = () => asked.result.close(); // another page wants it removed
      resolve(asked.result);
    };
    asked.onerror = () => reject(asked.error);
  });

  let database = null;

  // Without a database (some private windows) the server's draft is all there is.
  const inStore = async (mode, work) => {
    try {
      database ??= opened();
      const transaction = (await database).transaction(NAME, mode);
      const asked = work(transaction.objectStore(NAME));
      return await new Promise((resolve, reject) => {
        transaction.oncomplete = () => resolve(asked?.result);
        transaction.onerror = transaction.onabort = () => reject(transaction.error);
      });
    } catch {
      return undefined;
    }
  };

  const form = document.querySelector("form[data-draft]");
  const mark = form?.elements.draft;
  if (!mark) return;

  const { key, owner, zone, address } = mark.dataset;
  const token = form.elements.csrfmiddlewaretoken?.value || "";
  const kept = JSON.parse(document.getElementById("draft-kept").textContent);
  const place = form.querySelector("[data-draft-place]");

  const newEdit = () => [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");

  const local = {
    get: () => inStore("readonly", (store) => store.get([owner, key])),
    put: (fields) => inStore("readwrite", (store) => store.put({ owner, key, edit: mark.value, fields, at: Date.now() })),
    drop: () => inStore("readwrite", (store) => store.delete([owner, key])),
    dropOthers: () => inStore("readwrite", (store) => {
      store.openCursor().onsuccess = ({ target: { result: cursor } }) => {
        if (!cursor) return;
        if (cursor.value.owner !== owner) cursor.delete();
        cursor.continue();
      };
    }),
  };

  /* ---------- what stands in the form ---------- */

  const SKIPPED = new Set(["hidden", "password", "file", "submit", "button", "reset", "image"]);

  const controls = () => [...form.elements].filter((one) => one.name && "value" in one && !SKIPPED.has(one.type) && one.tagName !== "BUTTON");

  const nameOf = (control) => {
    const row = control.closest("[data-draft-row]");
    return row ? `${row.dataset.draftRow}/${control.name.split("-").at(-1)}` : control.name;
  };

  const ticks = (control) => control.type === "checkbox" || control.type === "radio";

  const read = () => {
    const fields = {};
    for (const control of controls()) {
      const values = (fields[nameOf(control)] ??= []);
      if (!ticks(control) || control.checked) values.push(control.value);
    }
    return fields;
  };

  const differs = (one, other) => JSON.stringify(one) !== JSON.stringify(other);

  const open = (within) => {
    for (let part = within.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
  };

  let filling = false;

  // The fields that changed. One the page did not have then stays as it is.
  const set = (fields) => controls().filter((control) => {
    const values = fields[nameOf(control)];
    if (!values) return false;
    const before = ticks(control) ? control.checked : control.value;
    if (ticks(control)) control.checked = values.includes(control.value);
    else control.value = values[0] ?? "";
    return before !== (ticks(control) ? control.checked : control.value);
  });

  const fill = (fields) => {
    filling = true;
    for (const control of set(fields)) {
      open(control);
      control.dispatchEvent(new Event("input", { bubbles: true }));
      control.dispatchEvent(new Event("change", { bubbles: true }));
    }
    set(fields); // a script of the page may have counted a field anew
    filling = false;
  };

  /* ---------- keeping ---------- */

  let known = read();   // as the page came, or as it was last kept
  let unsaved = false;  // the server does not have it
  let sent = false;
  let due = 0;
  let turn = Promise.resolve();

  const ask = (method, fields, keepalive = false) => fetch(address, {
    method,
    body: JSON.stringify({ key, edit: mark.value, ...(fields && { fields }) }),
    headers: { "Content-Type": "application/json", "X-CSRFToken": token, "X-Requested-With": "XMLHttpRequest" },
    credentials: "same-origin",
    redirect: "manual", // to the log-in: not kept
    keepalive,
  }).then((answer) => answer.ok, () => false);

  const tell = async () => {
    const fields = known;
    if (!(await ask("POST", fields)) || differs(fields, known) || sent) return;
    unsaved = false;
    await local.drop();
  };

  const later = () => {
    clearTimeout(due);
    due = setTimeout(() => { turn = turn.then(tell); }, QUIET);
  };

  const touched = () => {
    const fields = read();
    if (filling || sent || !differs(fields, known)) return;
    known = fields;
    unsaved = true;
    local.put(fields);
    later();
  };

  form.addEventListener("input", touched);
  form.addEventListener("change", touched);
  form.addEventListener("click", () => setTimeout(touched)); // a button of the page may fill fields
  window.addEventListener("online", () => { if (unsaved) later(); });
  window.addEventListener("pagehide", () => {
    if (unsaved && !sent) ask("POST", known, true);
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) sent = false; });
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    // Kept until a page comes that says it was saved: on the way it may be lost, or be sent to the log-in.
    local.put(read());
    sent = true;
  });

  /* ---------- bringing back ---------- */

  // 14:02, and 19 May: as the pages write them.
  const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;

  const timeOf = (at) => {
    const written = new Date(at);
    const dayOf = (instant) => instant.toLocaleDateString("en", { timeZone: zone });
    const time = written.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit", timeZone: zone });
    if (dayOf(written) === dayOf(new Date())) return time;
    return `${written.toLocaleDateString(language, { day: "numeric", month: "long", timeZone: zone })}, ${time}`;
  };

  const say = (id, at) => {
    const words = document.getElementById(id).content.cloneNode(true);
    const text = words.querySelector("[data-text]");
    text.textContent = text.dataset.text.replace("{time}", at ? timeOf(at) : "");
    place.replaceChildren(words); // it stood in the page before, so that it is read out
  };

  const bringBack = (found, before) => {
    fill(found.fields);
    known = read();
    if (!differs(known, before)) return local.drop();
    open(form);
    say("draft-back", found.at);
    place.querySelector("[data-draft-discard]").addEventListener("click", () => discard(found, before));
    if (found.isLocal) {
      unsaved = true;
      local.put(known);
      later();
      return undefined;
    }
    return local.drop(); // the server's is newer
  };

  const discard = (found, before) => {
    clearTimeout(due);
    fill(before);
    known = read();
    unsaved = false;
    local.drop();
    turn = turn.then(() => ask("DELETE")).then(() => { mark.value = newEdit(); });
    say("draft-gone");
    place.querySelector("[tabindex]").focus();
    place.querySelector("[data-draft-undo]").addEventListener("click", () => {
      turn = turn.then(() => {
        bringBack({ ...found, isLocal: true }, before);
        place.querySelector("[tabindex]")?.focus();
      });
    });
  };

  const begin = async () => {
    mark.value = newEdit();
    local.dropOthers();
    const mine = await local.get();
    if ("refused" in mark.dataset) { // what was sent stands in the form, newer than anything kept
      known = read();
      unsaved = true;
      local.put(known);
      later();
      return;
    }
    const saved = mine && kept && kept.fields === null && kept.edit === mine.edit;
    if (saved) local.drop();
    const found = [
      ...(mine && !saved ? [{ ...mine, isLocal: true }] : []),
      ...(kept?.fields ? [kept] : []),
    ].sort((one, other) => other.at - one.at)[0];
    if (found) bringBack(found, known);
  };

  begin();
})();
