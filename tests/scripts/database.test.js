import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, expect, test, vi } from "vitest";
import { Database, deleteDatabase } from "../../static/js/lib/database.js";

/** @param {boolean} reopens */
const createDatabase = (reopens) => new Database("test", { words: { keyPath: "key" } }, { reopens });

/** @param {Database} database */
const countWords = (database) => database.run(["words"], "readonly", ({ words }) => words.count());

/** @param {Database} database */
const addWord = (database) => database.run(["words"], "readwrite", ({ words }) => words.put({ key: "a" }));

beforeEach(() => {
  vi.stubGlobal("indexedDB", new IDBFactory());
});

test("what one page writes another reads", async () => {
  await addWord(createDatabase(true));
  expect(await countWords(createDatabase(true))).toBe(1);
});

test("a failed transaction writes nothing of it", async () => {
  const database = createDatabase(true);
  const failing = database.run(["words"], "readwrite", ({ words }) => {
    words.put({ key: "a" });
    words.add({ key: "a" });
  });
  await expect(failing).rejects.toThrow();
  expect(await countWords(database)).toBe(0);
});

test("a database is deleted although pages hold it open, and is empty when it is opened again", async () => {
  const database = createDatabase(true);
  await addWord(database);
  await deleteDatabase("test");
  expect(await countWords(database)).toBe(0);
});

test("one that does not reopen is not brought back after it was deleted", async () => {
  const database = createDatabase(false);
  await addWord(database);
  await deleteDatabase("test");
  await expect(addWord(database)).rejects.toThrow();
  expect(await indexedDB.databases()).toEqual([]);
});

test("a database that could not be opened is tried again", async () => {
  const database = createDatabase(true);
  const open = vi.spyOn(indexedDB, "open").mockImplementationOnce(() => {
    throw new Error("full");
  });
  await expect(countWords(database)).rejects.toThrow("full");
  open.mockRestore();
  expect(await countWords(database)).toBe(0);
});

test("a database that does not open in time is an error, and is let go when it opens later", async () => {
  vi.useFakeTimers();
  try {
    /** @type {any} */
    const request = { result: { close: vi.fn() } };
    vi.spyOn(indexedDB, "open").mockReturnValueOnce(request);
    const counting = expect(countWords(createDatabase(true))).rejects.toThrow("does not open");
    await vi.advanceTimersByTimeAsync(5000);
    await counting;
    request.onsuccess();
    expect(request.result.close).toHaveBeenCalledOnce();
  } finally {
    vi.useRealTimers();
  }
});
