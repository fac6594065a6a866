import assert from "node:assert/strict";
import test from "node:test";

import { capsOf, SHORTCUTS, shortcutOf } from "../../chat/static/chat/js/core/shortcuts.js";

const MAC = { isMac: true, isWriting: true };
const OTHER = { isMac: false, isWriting: true };
const press = (key, more = {}) => ({
  key, code: "", keyCode: 0, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, isComposing: false, ...more,
});

test("Command is the key of a Mac, and Control that of all others", () => {
  assert.equal(shortcutOf(press("k", { metaKey: true }), MAC), "search");
  assert.equal(shortcutOf(press("k", { ctrlKey: true }), MAC), null);
  assert.equal(shortcutOf(press("k", { ctrlKey: true }), OTHER), "search");
  assert.equal(shortcutOf(press("k", { metaKey: true }), OTHER), null);
  assert.equal(shortcutOf(press("k", { metaKey: true, ctrlKey: true }), MAC), null);
});

test("Shift is part of what is pressed", () => {
  assert.equal(shortcutOf(press("O", { ctrlKey: true, shiftKey: true }), OTHER), "new");
  assert.equal(shortcutOf(press("o", { ctrlKey: true }), OTHER), null);
  assert.equal(shortcutOf(press("K", { ctrlKey: true, shiftKey: true }), OTHER), null);
  assert.equal(shortcutOf(press("Escape", { shiftKey: true }), OTHER), "input");
  assert.equal(shortcutOf(press("Escape"), OTHER), null);
});

test("an input method keeps its keys", () => {
  assert.equal(shortcutOf(press("k", { ctrlKey: true, isComposing: true }), OTHER), null);
  assert.equal(shortcutOf(press("Process", { code: "KeyK", ctrlKey: true, keyCode: 229 }), OTHER), null);
});

test("another layout has the shortcut at the same place", () => {
  assert.equal(shortcutOf(press("ㅏ", { code: "KeyK", ctrlKey: true }), OTHER), "search");
  assert.equal(shortcutOf(press("ل", { code: "KeyG", metaKey: true }), MAC), null);
  assert.equal(shortcutOf(press(":", { code: "Semicolon", ctrlKey: true, shiftKey: true }), OTHER), "copy-code");
});

test("a letter that another layout has elsewhere is that letter", () => {
  // Dvorak: what a typist calls T stands where others have K.
  assert.equal(shortcutOf(press("t", { code: "KeyK", ctrlKey: true }), OTHER), null);
});

test("a sign alone is a shortcut only where nothing is written", () => {
  assert.equal(shortcutOf(press("?", { shiftKey: true }), OTHER), null);
  assert.equal(shortcutOf(press("?", { shiftKey: true }), { ...OTHER, isWriting: false }), "help");
  assert.equal(shortcutOf(press("?"), { ...OTHER, isWriting: false }), "help");
  assert.equal(shortcutOf(press("/", { ctrlKey: true }), OTHER), "help");
});

test("the caps are those of the member's keyboard", () => {
  const [first] = SHORTCUTS;

  assert.deepEqual(capsOf(first, true), ["⌘", "⇧", "O"]);
  assert.deepEqual(capsOf(first, false), ["Ctrl", "Shift", "O"]);
});
