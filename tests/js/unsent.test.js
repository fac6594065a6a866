import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { writeOption } from "../../chat/static/chat/js/core/options.js";
import { forgetDrafts, forgetOldDrafts } from "../../chat/static/chat/js/dom/forgetting.js";
import { keepFor, readDraft, readOutbox, writeDraft, writeOutbox } from "../../chat/static/chat/js/dom/unsent.js";

const UNSENT = { content: "hello", clientMessageId: "click" };
const FILE = { id: "f", name: "notes.txt", url: "/files/f/" };
const HOUR_MS = 3600 * 1000;

beforeEach(() => {
  // A storage lists its keys as its own properties.
  globalThis.localStorage = Object.create({
    getItem(key) { return this[key] ?? null; },
    setItem(key, value) { this[key] = value; },
    removeItem(key) { delete this[key]; },
  });
  keepFor("1");
});

function age(key, ms) {
  localStorage[key] = JSON.stringify({ ...JSON.parse(localStorage[key]), at: Date.now() - ms });
}

test("a draft is found again in its conversation, by its member, with its files", () => {
  const draft = { text: "half a thought", files: [FILE], clientMessageId: "click" };
  writeDraft("c", draft);
  assert.deepEqual(readDraft("c"), draft);
  assert.equal(readDraft("d").text, "");
  keepFor("2");
  assert.equal(readDraft("c").text, "");
});

test("files alone are a draft, and nothing is none", () => {
  writeDraft("c", { files: [FILE] });
  assert.deepEqual(readDraft("c").files, [FILE]);
  writeDraft("c", {});
  assert.deepEqual(Object.keys(localStorage), []);
});

test("where no drafts are wanted none are kept, and those that were are forgotten", () => {
  writeDraft("c", { text: "half a thought" });
  keepFor("2");
  writeDraft("c", { text: "another member's" });
  writeOption("no-drafts", true);
  forgetDrafts();
  writeDraft("d", { text: "more" });
  assert.deepEqual(Object.keys(localStorage), ["chat:options"]);
  writeOption("no-drafts", false);
  writeDraft("d", { text: "more" });
  assert.equal(readDraft("d").text, "more");
});

test("a draft that nobody came back for is forgotten after thirty days", () => {
  writeDraft("c", { text: "old" });
  age("chat-draft:1:c", 31 * 24 * HOUR_MS);
  assert.equal(readDraft("c").text, "");
  forgetOldDrafts();
  assert.deepEqual(Object.keys(localStorage), []);
});

test("what is on its way is found again in its conversation, by its member, until it has arrived", () => {
  writeOutbox("c", UNSENT);
  assert.deepEqual(readOutbox("c"), [{ unsent: UNSENT, isFresh: true }]);
  assert.deepEqual(readOutbox(""), []);
  keepFor("2");
  assert.deepEqual(readOutbox("c"), []);
  keepFor("1");
  writeOutbox("c", UNSENT, true);
  assert.deepEqual(Object.keys(localStorage), []);
});

test("what two tabs are sending is kept apart, and found in the order in which it was said", () => {
  const earlier = { content: "first", clientMessageId: "z" };
  writeOutbox("c", UNSENT);
  writeOutbox("c", earlier);
  age("chat-outbox:1:c:z", HOUR_MS);
  assert.deepEqual(readOutbox("c").map(({ unsent }) => unsent), [earlier, UNSENT]);
  writeOutbox("c", earlier, true);
  assert.deepEqual(readOutbox("c").map(({ unsent }) => unsent), [UNSENT]);
});

test("what waited for longer than a day does not go out by itself", () => {
  writeOutbox("c", UNSENT);
  age("chat-outbox:1:c:click", 25 * HOUR_MS);
  assert.equal(readOutbox("c")[0].isFresh, false);
});

test("a storage that is full, forbidden or holds something else stops nobody", () => {
  for (const text of ["not json", "null", "7", '{"unsent":{}}']) {
    localStorage.setItem("chat-outbox:1:c:click", text);
    localStorage.setItem("chat-draft:1:c", text);
    assert.deepEqual(readOutbox("c"), []);
    assert.equal(readDraft("c").text, "");
  }
  globalThis.localStorage = { getItem() { throw new Error(); }, setItem() { throw new Error(); } };
  writeOutbox("c", UNSENT);
  writeDraft("c", { text: "half a thought" });
  assert.deepEqual(readOutbox("c"), []);
});
