import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { writeOption } from "../../chat/static/chat/js/core/options.js";
import { keepDraftsOf, readDraft, writeDraft } from "../../chat/static/chat/js/dom/drafts.js";
import { forgetDrafts } from "../../chat/static/chat/js/dom/forgetting.js";

beforeEach(() => {
  // A storage lists its keys as its own properties.
  globalThis.localStorage = Object.create({
    getItem(key) { return this[key] ?? null; },
    setItem(key, value) { this[key] = value; },
    removeItem(key) { delete this[key]; },
  });
  keepDraftsOf("1");
});

test("a draft is found again in its conversation, by its member", () => {
  writeDraft("c", "half a thought", "click");
  assert.deepEqual(readDraft("c"), { text: "half a thought", clientMessageId: "click" });
  assert.equal(readDraft("d").text, "");
  keepDraftsOf("2");
  assert.equal(readDraft("c").text, "");
});

test("where no drafts are wanted none are kept, and those that were are forgotten", () => {
  writeDraft("c", "half a thought");
  keepDraftsOf("2");
  writeDraft("c", "another member's");
  writeOption("no-drafts", true);
  forgetDrafts();
  writeDraft("d", "more");
  assert.deepEqual(Object.keys(localStorage), ["chat:options"]);
  writeOption("no-drafts", false);
  writeDraft("d", "more");
  assert.equal(readDraft("d").text, "more");
});
