import { vi } from "vitest";

/** @import { Entry, Facts } from "../../static/js/offline/device.js" */
/** @import { Result } from "../../static/js/offline/queue.js" */
/** @typedef {{ who: string, part: string, entries: (Entry & { age: number })[] }} SyncBody */

/**
 * The site at the other end of the network, as far as a device speaks with it: answers in place of fetch.
 */
export class Site {
  constructor() {
    /** @type {Facts | null} */
    this.facts = createFacts();
    this.isReachable = true;
    this.token = "token";
    /** @type {SyncBody[]} */
    this.syncs = [];
    /** @type {{ method: string, body: any, keepalive: boolean }[]} */
    this.drafts = [];
    /** What becomes of an entry; by default it is made. @type {(entry: Entry) => Partial<Result>} */
    this.judge = (entry) => ({ outcome: "made", state: entry.value, revision: `r-${entry.key}` });
    this.html = "";
    /** The status of each answer to changes, when it is not the usual one. */
    this.status = 0;
    vi.stubGlobal("fetch", (/** @type {string} */ path, /** @type {RequestInit} */ options) =>
      this.answer(path, options),
    );
  }

  /**
   * @param {string} path
   * @param {RequestInit} options
   */
  async answer(path, options = {}) {
    if (!this.isReachable) throw new TypeError("no network");
    const body = typeof options.body === "string" ? JSON.parse(options.body) : null;
    if (path === "/diary/sync/") return this.sync(body, new Headers(options.headers).get("X-CSRFToken"));
    if (path === "/account/draft/") {
      this.drafts.push({ method: options.method || "GET", body, keepalive: Boolean(options.keepalive) });
      return new Response(null, { status: this.status || 204 });
    }
    if (path !== "/diary/device/") throw new Error(`the site has no ${path}`);
    return this.facts ? Response.json(this.facts) : new Response(null, { status: 403 });
  }

  /**
   * @param {SyncBody} body
   * @param {string | null} token
   */
  sync(body, token) {
    if (this.status) return new Response(null, { status: this.status });
    if (token !== this.token) return new Response(null, { status: 403 });
    this.syncs.push(body);
    const results = body.entries.map((entry) => ({ key: entry.key, ...this.judge(entry) }));
    return Response.json({ results, left: null, ...(this.html && { html: this.html }) });
  }

  /** The entries of the last request. */
  get lastEntries() {
    return this.syncs.at(-1)?.entries ?? [];
  }
}

/**
 * @param {Partial<Facts>} more
 * @returns {Facts}
 */
export const createFacts = (more = {}) => ({
  who: "alice",
  zone: "Europe/Berlin",
  token: "token",
  days: {},
  medicines: [],
  left: null,
  ...more,
});
