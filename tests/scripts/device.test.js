import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, expect, test, vi } from "vitest";
import { createFacts, Site } from "./site.js";

/** @import { Facts } from "../../static/js/offline/device.js" */

const DAY = "2026-05-06";
const LOOK = { theme: "dim", language: "de" };

/** @type {Site} */
let site;
/** @type {typeof import("../../static/js/offline/device.js")} */
let device;

/** @param {Facts} facts */
const store = (facts) => device.deviceDatabase.run(["facts"], "readwrite", (stores) => stores.facts.put(facts));

beforeEach(async () => {
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.resetModules();
  site = new Site();
  device = await import("../../static/js/offline/device.js");
});

test("facts are stored with how the page looks, in place of those of anybody else", async () => {
  await store(createFacts({ who: "bob" }));
  const facts = await device.renewFacts("alice", LOOK);
  expect(facts).toMatchObject({ who: "alice", theme: "dim", language: "de", until: null });
  expect(await device.readFacts("bob")).toBeUndefined();
  expect(await device.readLatestFacts()).toEqual(facts);
});

test("facts of somebody else who is logged in now are not stored", async () => {
  site.facts = createFacts({ who: "bob" });
  expect(await device.renewFacts("alice", LOOK)).toBeNull();
  expect(await device.readLatestFacts()).toBeUndefined();
});

test.each(["without a network", "without a log-in"])("%s the facts of before stay", async (situation) => {
  await store(createFacts());
  if (situation === "without a network") site.isReachable = false;
  else site.facts = null;
  expect(await device.renewFacts("alice", LOOK)).toBeNull();
  expect(await device.readFacts("alice")).toEqual(createFacts());
});

test("this device's change of a day counts as long as the day stands as it left it", async () => {
  await store(
    createFacts({
      days: { [DAY]: ["mild", "r1"], "2026-05-05": ["free", "r2"] },
      keys: { [DAY]: "key 1", "2026-05-05": "key 2" },
      sentAt: 17,
    }),
  );
  site.facts = createFacts({ days: { [DAY]: ["mild", "r1"], "2026-05-05": ["severe", "r3"] } });
  const facts = await device.renewFacts("alice", LOOK);
  expect(facts?.keys).toEqual({ [DAY]: "key 1" });
  expect(facts?.sentAt).toBe(17);
});

test("the end of the log-in is a moment of the device's own clock", async () => {
  vi.spyOn(Date, "now").mockReturnValue(1_000_000);
  site.facts = createFacts({ left: 60 });
  expect((await device.renewFacts("alice", LOOK))?.until).toBe(1_060_000);
});

test("whether something was sent since a moment", async () => {
  expect(await device.hasSentSince("alice", 0)).toBe(false);
  await store(createFacts({ sentAt: 1000 }));
  expect(await device.hasSentSince("alice", 999)).toBe(true);
  expect(await device.hasSentSince("alice", 1001)).toBe(false);
});

test("the site is reachable with a log-in or without one", async () => {
  site.facts = null;
  expect(await device.isSiteReachable()).toBe(true);
  site.isReachable = false;
  expect(await device.isSiteReachable()).toBe(false);
});

test("what is stored under a former code is hers, and nobody else's is", async () => {
  const change = { key: "k", kind: "answer", date: DAY, value: "mild", state: "mild", was: "free", base: "", at: 1 };
  await device.deviceDatabase.run(["entries", "facts", "problems"], "readwrite", ({ entries, facts, problems }) => {
    entries.add({ ...change, who: "former" });
    entries.add({ ...change, key: "b", who: "bob" });
    problems.put({ ...change, who: "older", words: "no" });
    facts.put(createFacts({ who: "former" }));
  });
  await device.adoptFormer("alice", ["former", "older"]);
  /** @type {{ key: string, who: string }[][]} */
  const [entries, problems, facts] = await Promise.all(
    ["entries", "problems", "facts"].map((name) => device.readAll(name)),
  );
  expect(entries.map(({ key, who }) => [key, who])).toEqual([
    ["k", "alice"],
    ["b", "bob"],
  ]);
  expect(problems.map(({ who }) => who)).toEqual(["alice"]);
  expect(facts.map(({ who }) => who)).toEqual(["alice"]);
});
