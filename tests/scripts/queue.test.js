import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { createFacts, Site } from "./site.js";

/** @import { Change } from "../../static/js/offline/device.js" */

const DAY = "2026-05-06";

/** @type {Site} */
let site;
/** @type {typeof import("../../static/js/offline/queue.js")} */
let queue;
/** @type {typeof import("../../static/js/offline/device.js")} */
let device;

/** A page opened again: the database stays, what the scripts held in memory is gone. */
const openPage = async () => {
  vi.resetModules();
  queue = await import("../../static/js/offline/queue.js");
  device = await import("../../static/js/offline/device.js");
};

/**
 * @param {Partial<Change>} more
 * @returns {Change}
 */
const createChange = (more = {}) => ({
  who: "alice",
  kind: "answer",
  date: DAY,
  value: "mild",
  state: "mild",
  was: "unknown",
  base: "",
  waited: false,
  ...more,
});

const send = () => queue.sendQueue("alice", "token");
const renew = () => device.renewFacts("alice", { language: "en" });

beforeEach(async () => {
  vi.stubGlobal("indexedDB", new IDBFactory());
  site = new Site();
  await openPage();
});

describe("sending", () => {
  test("an empty queue asks nothing of the site", async () => {
    expect(await send()).toEqual({ state: "empty" });
    expect(site.syncs).toEqual([]);
  });

  test("changes are sent in the order they were tapped, and leave the queue", async () => {
    const keys = [];
    for (const value of ["mild", "severe", "free"]) keys.push((await queue.addChange(createChange({ value }))).key);
    expect((await send()).state).toBe("sent");
    expect(site.lastEntries.map(({ key }) => key)).toEqual(keys);
    expect(await queue.listWaiting("alice")).toEqual([]);
  });

  test("without a network everything stays, in its order", async () => {
    site.isReachable = false;
    await queue.addChange(createChange());
    await queue.addChange(createChange({ value: "severe" }));
    expect(await send()).toEqual({ state: "waiting" });
    await openPage();
    expect((await queue.listWaiting("alice")).map(({ value }) => value)).toEqual(["mild", "severe"]);
  });

  test.each([
    [500, "waiting"],
    [502, "waiting"],
    [409, "closed"],
    [401, "closed"],
  ])("an answer of %i is %s, and nothing is lost", async (status, state) => {
    site.status = status;
    await queue.addChange(createChange());
    expect((await send()).state).toBe(state);
    expect(await queue.listWaiting("alice")).toHaveLength(1);
  });

  test("an answer that is cut off counts as none", async () => {
    await queue.addChange(createChange());
    vi.stubGlobal("fetch", async () => new Response('{"results": [', { status: 200 }));
    expect((await send()).state).toBe("waiting");
    expect(await queue.listWaiting("alice")).toHaveLength(1);
  });

  test("a token of an earlier log-in of the same person is replaced once", async () => {
    site.token = "new";
    site.facts = createFacts({ token: "new" });
    await queue.addChange(createChange());
    expect((await send()).state).toBe("sent");
  });

  test("with somebody else's log-in nothing is sent", async () => {
    site.token = "bob's";
    site.facts = createFacts({ who: "bob", token: "bob's" });
    await queue.addChange(createChange());
    expect((await send()).state).toBe("closed");
    expect(site.syncs).toEqual([]);
  });

  test("only the changes of the person are sent; those of another stay", async () => {
    await queue.addChange(createChange());
    await queue.addChange(createChange({ who: "bob" }));
    await send();
    expect(site.lastEntries).toHaveLength(1);
    expect(await queue.listWaiting("bob")).toHaveLength(1);
  });

  test("a long queue goes in parts of 200", async () => {
    for (let index = 0; index < 201; index += 1) await queue.addChange(createChange());
    await send();
    expect(site.lastEntries).toHaveLength(200);
    expect(await queue.listWaiting("alice")).toHaveLength(1);
  });

  test("two pages that send at once send each change once", async () => {
    await queue.addChange(createChange());
    const states = (await Promise.all([send(), send()])).map(({ state }) => state);
    expect(states).toEqual(["sent", "empty"]);
    expect(site.syncs).toHaveLength(1);
  });

  test("the part of the page is requested although nothing waits", async () => {
    site.html = "<div></div>";
    const { state, answer } = await queue.sendQueue("alice", "token", "home", true);
    expect(state).toBe("sent");
    expect(answer?.html).toBe("<div></div>");
    expect(site.syncs).toEqual([{ who: "alice", part: "home", entries: [] }]);
  });
});

describe("what the site learns of the order of changes", () => {
  test("a change comes after the one that waits for the same day", async () => {
    const first = await queue.addChange(createChange());
    const other = await queue.addChange(createChange({ date: "2026-05-05" }));
    const second = await queue.addChange(createChange({ value: "severe" }));
    expect([first.after, other.after, second.after]).toEqual(["", "", first.key]);
  });

  test("a change comes after the one that was sent", async () => {
    await renew();
    const first = await queue.addChange(createChange());
    await send();
    await openPage();
    expect((await queue.addChange(createChange({ value: "severe" }))).after).toBe(first.key);
  });

  test("a dose is no change of the day: nothing comes after it", async () => {
    await renew();
    await queue.addChange(createChange({ kind: "take", value: "7" }));
    expect((await queue.addChange(createChange())).after).toBe("");
    await send();
    const second = await queue.addChange(createChange({ value: "severe" }));
    expect(second.after).toBe(site.lastEntries[1].key);
  });

  test("a predecessor that the page names is not replaced", async () => {
    await queue.addChange(createChange());
    expect((await queue.addChange(createChange({ after: "" }))).after).toBe("");
  });

  test("a day that was changed elsewhere since does not come after this device's change", async () => {
    await renew();
    await queue.addChange(createChange());
    site.judge = ({ key }) => ({ outcome: "made", state: "severe", revision: `r-${key}`, other: "yes" });
    await send();
    expect((await device.readFacts("alice"))?.days[DAY]?.[0]).toBe("severe");
    expect((await queue.addChange(createChange())).after).toBe("");
  });
});

describe("whether a change has waited", () => {
  test("one that is sent at once has not", async () => {
    await queue.addChange(createChange());
    await send();
    expect(site.lastEntries[0]).toMatchObject({ waited: false });
  });

  test("one that was tapped without a network has", async () => {
    await queue.addChange(createChange({ waited: true }));
    await send();
    expect(site.lastEntries[0]).toMatchObject({ waited: true });
  });

  test("one that failed to be sent has, and so has the next until sending works again", async () => {
    site.isReachable = false;
    await queue.addChange(createChange());
    await send();
    await queue.addChange(createChange({ date: "2026-05-05" }));
    site.isReachable = true;
    await send();
    expect(site.lastEntries.map(({ waited }) => waited)).toEqual([true, true]);
    await queue.addChange(createChange({ date: "2026-05-04" }));
    await send();
    expect(site.lastEntries.map(({ waited }) => waited)).toEqual([false]);
  });

  test("one of a page that was closed has", async () => {
    await queue.addChange(createChange());
    await openPage();
    await send();
    expect(site.lastEntries[0]).toMatchObject({ waited: true });
  });

  test("one that is sent more than five seconds later has, and its age is told", async () => {
    await queue.addChange(createChange({ at: Date.now() - 60_000 }));
    await send();
    expect(site.lastEntries[0].waited).toBe(true);
    expect(site.lastEntries[0].age).toBeGreaterThanOrEqual(60);
  });

  test("a clock that was set back gives no negative age", async () => {
    await queue.addChange(createChange({ at: Date.now() + 3_600_000 }));
    await send();
    expect(site.lastEntries[0].age).toBe(0);
  });
});

describe("what the site answers", () => {
  test("the day is stored as the site says it is", async () => {
    await renew();
    const { key } = await queue.addChange(createChange());
    await send();
    const facts = await device.readFacts("alice");
    expect(facts?.days).toEqual({ [DAY]: ["mild", `r-${key}`] });
    expect(facts?.keys).toEqual({ [DAY]: key });
  });

  test("a day that is not recorded any more is removed", async () => {
    site.facts = createFacts({ days: { [DAY]: ["mild", "r"] } });
    await renew();
    await queue.addChange(createChange({ kind: "undo", state: "unknown" }));
    site.judge = () => ({ outcome: "made", state: "", revision: "" });
    await send();
    expect((await device.readFacts("alice"))?.days).toEqual({});
  });

  test("a refusal is kept with its sentence until it is dismissed, and changes nothing", async () => {
    site.facts = createFacts({ days: { [DAY]: ["mild", "r"] } });
    await renew();
    const { key } = await queue.addChange(createChange({ value: "severe" }));
    site.judge = () => ({ outcome: "refused", words: "This day has not come yet." });
    await send();
    expect(await queue.listWaiting("alice")).toEqual([]);
    expect((await device.readFacts("alice"))?.days).toEqual({ [DAY]: ["mild", "r"] });
    expect(await queue.listProblems("alice")).toMatchObject([{ key, words: "This day has not come yet." }]);
    expect(await queue.listProblems("bob")).toEqual([]);
    await queue.removeProblem(key);
    expect(await queue.listProblems("alice")).toEqual([]);
  });

  test("a result for a change that is not known is ignored", async () => {
    const { key } = await queue.addChange(createChange());
    site.judge = (entry) => ({ key: entry.key === key ? "another" : entry.key, outcome: "made" });
    await send();
    expect(await queue.listWaiting("alice")).toHaveLength(1);
  });
});
