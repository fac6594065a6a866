import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { readOutbox, writeOutbox } from "../../chat/static/chat/js/dom/outbox.js";

const UNSENT = { content: "hello", clientMessageId: "click" };
const stored = new Map();

beforeEach(() => {
  stored.clear();
  globalThis.localStorage = {
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, value) => stored.set(key, value),
    removeItem: (key) => stored.delete(key),
  };
});

test("what is on its way is found again in its conversation, by its member", () => {
  writeOutbox("1", "c", UNSENT);
  assert.deepEqual(readOutbox("1", "c"), { unsent: UNSENT, isFresh: true });
  assert.equal(readOutbox("2", "c"), null);
  assert.equal(readOutbox("1", ""), null);
});

test("what has arrived is on its way no more", () => {
  writeOutbox("1", "c", UNSENT);
  writeOutbox("1", "c", null);
  assert.equal(readOutbox("1", "c"), null);
  assert.equal(stored.size, 0);
});

test("what waited for longer than a day does not go out by itself", () => {
  writeOutbox("1", "c", UNSENT);
  const [[key, value]] = stored;
  stored.set(key, JSON.stringify({ ...JSON.parse(value), at: Date.now() - 25 * 3600 * 1000 }));
  assert.equal(readOutbox("1", "c").isFresh, false);
});

test("a storage that is full, forbidden or holds something else stops nobody", () => {
  for (const text of ["not json", "null", "7", '{"unsent":{}}']) {
    stored.set("chat-outbox:1:c", text);
    assert.equal(readOutbox("1", "c"), null);
  }
  globalThis.localStorage = { getItem() { throw new Error(); }, setItem() { throw new Error(); } };
  writeOutbox("1", "c", UNSENT);
  assert.equal(readOutbox("1", "c"), null);
});
