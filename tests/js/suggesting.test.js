import assert from "node:assert/strict";
import { test } from "node:test";

import { estimateTokens, fullness } from "../../chat/static/chat/js/core/context.js";
import { matching, withFirstGap } from "../../chat/static/chat/js/core/suggesting.js";

const suggestion = (kind, name) => ({ kind, name, detail: "", value: name });
const ALL = [
  suggestion("assistant", "General"), suggestion("assistant", "Writing partner"),
  suggestion("prompt", "Summarise"), suggestion("prompt", "주간 보고"), suggestion("page", "Manage"),
];
const names = (typed) => matching(ALL, typed).map(({ name }) => name);

test("an empty search offers everything, the page last", () => {
  assert.deepEqual(names(""), ["General", "Writing partner", "Summarise", "주간 보고", "Manage"]);
});

test("any word of a name may be typed, in any case", () => {
  assert.deepEqual(names("PART"), ["Writing partner", "Manage"]);
  assert.deepEqual(names("보고"), ["주간 보고", "Manage"]);
});

test("decomposed Korean finds composed names", () => {
  assert.deepEqual(names("주간".normalize("NFD")), ["주간 보고", "Manage"]);
});

test("a search in vain offers nothing, so that Enter sends what was typed", () => {
  assert.deepEqual(names("empty"), []);
});

test("the first gap of a prompt is selected, else its end", () => {
  assert.deepEqual(withFirstGap("About {{topic}}, {{length}}."), { start: 6, end: 15 });
  assert.deepEqual(withFirstGap("Just this"), { start: 9, end: 9 });
});

test("tokens are estimated as the server does it", () => {
  for (const [text, tokens] of [["", 0], ["word", 1], ["words", 2], ["단어", 2], ["한국어 word", 5], ["👋", 1]]) {
    assert.equal(estimateTokens(text), tokens, text);
  }
});

test("how full the context is, is told from four fifths on", () => {
  assert.equal(fullness(799, 1000), null);
  assert.equal(fullness(800, 1000), 80);
  assert.equal(fullness(1500, 1000), 150);
  assert.equal(fullness(10, 0), null);
});
