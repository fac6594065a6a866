import assert from "node:assert/strict";
import { test } from "node:test";

import { isOfComposition, judge, paletteWord, Writing } from "../../chat/static/chat/js/core/composing.js";

const DESKTOP = { isTouch: false, isSwapped: false };

/** Events as browsers send them; what is left out is as for a plain Latin key. */
const key = (type, key, more = {}) => ({
  type, key, keyCode: key === "Enter" ? 13 : 0, isComposing: false,
  shiftKey: false, ctrlKey: false, metaKey: false, ...more,
});
const input = (inputType, isComposing = false) => ({ type: "beforeinput", inputType, isComposing });
const start = { type: "compositionstart" };
const end = { type: "compositionend" };

/** How often a sequence of events asks for sending. */
function sends(events, habits = DESKTOP) {
  const writing = new Writing();
  return events.filter((event) => writing.hear(event, habits)).length;
}

const inComposition = { keyCode: 229, isComposing: true };

// One press of Enter that ends a Korean syllable, as each browser tells it. All of them ask for the line break
// after the composition: that is what sends.
const KOREAN = {
  "Chromium": [
    key("keydown", "ㅇ", inComposition), start, input("insertCompositionText", true), key("keyup", "ㅇ", inComposition),
    key("keydown", "Enter", inComposition), input("insertCompositionText", true), end,
    input("insertLineBreak"), key("keyup", "Enter"),
  ],
  "Firefox": [
    start, key("keydown", "Process", inComposition), input("insertCompositionText", true),
    key("keydown", "Process", inComposition), input("insertCompositionText", true), end,
    key("keydown", "Enter"), input("insertLineBreak"), key("keyup", "Enter"),
  ],
  // The key that ended the composition comes after its end, and still as 229.
  "Safari": [
    start, input("insertCompositionText", true), key("keydown", "ㅇ", inComposition),
    input("deleteCompositionText", true), input("insertFromComposition", true), end,
    key("keydown", "Enter", { keyCode: 229 }), input("insertLineBreak"), key("keyup", "Enter"),
  ],
};

// One press of Enter that takes a Japanese or Chinese candidate: no browser asks for a line break.
const JAPANESE = {
  "Chromium": [
    start, key("keydown", "Process", inComposition), input("insertCompositionText", true),
    key("keydown", "Enter", inComposition), input("insertCompositionText", true), end, key("keyup", "Enter"),
  ],
  "Firefox": [
    start, input("insertCompositionText", true), key("keydown", "Process", inComposition),
    input("insertCompositionText", true), end, key("keyup", "Enter"),
  ],
  "Safari": [
    start, input("insertCompositionText", true), input("deleteCompositionText", true),
    input("insertFromComposition", true), end, key("keydown", "Enter", { keyCode: 229 }), key("keyup", "Enter"),
  ],
};

for (const browser of Object.keys(KOREAN)) {
  test(`a Korean Enter ends the syllable and sends, with one press, in ${browser}`, () => {
    assert.equal(sends(KOREAN[browser]), 1);
  });

  test(`a Japanese or Chinese Enter takes the candidate and sends nothing, in ${browser}`, () => {
    assert.equal(sends(JAPANESE[browser]), 0);
  });

  test(`the next Enter sends, in ${browser}`, () => {
    const next = [key("keydown", "Enter"), input("insertLineBreak"), key("keyup", "Enter")];
    assert.equal(sends([...JAPANESE[browser], ...next]), 1);
  });
}

const enter = (more = {}) => [key("keydown", "Enter", more), input("insertLineBreak"), key("keyup", "Enter")];

test("Enter sends and Shift+Enter breaks the line", () => {
  assert.equal(sends(enter()), 1);
  assert.equal(sends(enter({ shiftKey: true })), 0);
});

test("a member may have it the other way round", () => {
  assert.equal(sends(enter(), { ...DESKTOP, isSwapped: true }), 0);
  assert.equal(sends(enter({ shiftKey: true }), { ...DESKTOP, isSwapped: true }), 1);
});

test("where there is only touch, Enter breaks the line", () => {
  assert.equal(sends(enter(), { isTouch: true, isSwapped: false }), 0);
});

test("Ctrl and Command with Enter always send, but not in the middle of a composition", () => {
  for (const habits of [DESKTOP, { isTouch: true, isSwapped: false }, { ...DESKTOP, isSwapped: true }]) {
    assert.equal(sends([key("keydown", "Enter", { ctrlKey: true })], habits), 1);
    assert.equal(sends([key("keydown", "Enter", { metaKey: true })], habits), 1);
  }
  assert.equal(sends([key("keydown", "Enter", { ctrlKey: true, ...inComposition })]), 0);
  assert.equal(sends([key("keydown", "Enter", { ctrlKey: true, keyCode: 229 })]), 0);
});

test("while something is composed, Escape and the arrows are the input method's", () => {
  assert.ok(isOfComposition(key("keydown", "Escape", inComposition)));
  assert.ok(isOfComposition(key("keydown", "ArrowUp", { keyCode: 229 })));
  assert.ok(!isOfComposition(key("keydown", "ArrowUp")));
});

test("a pasted line break is no Enter", () => {
  assert.equal(sends([input("insertFromPaste"), input("insertText")]), 0);
});

test("the counter appears near the limit and says when it is passed", () => {
  assert.deepEqual(judge("short", 100), { canSend: true, counter: "", isTooLong: false });
  assert.equal(judge("x".repeat(90), 100).counter, "");
  assert.equal(judge("x".repeat(91), 100).counter, "91 / 100");
  assert.deepEqual(judge("x".repeat(101), 100), { canSend: false, counter: "101 / 100", isTooLong: true });
  assert.equal(judge("👋".repeat(95), 100).counter, "95 / 100");
});

test("spaces cannot be sent, and files without a word can", () => {
  assert.equal(judge(" \n ", 100).canSend, false);
  assert.equal(judge("", 100, true).canSend, true);
  assert.equal(judge("x".repeat(101), 100, true).canSend, false);
});

test("a slash opens the palette only as long as it is the beginning of one word", () => {
  assert.equal(paletteWord("/"), "");
  assert.equal(paletteWord("/요약"), "요약");
  for (const text of ["", "a/b", " /", "/long 500", "/a\nb"]) assert.equal(paletteWord(text), null);
});
