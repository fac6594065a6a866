/**
 * Shortcuts: does those that are a press of something on the page. Loaded with the first key.
 * @module
 */
import { shortcutOf } from "../core/shortcuts.js";

const FIELDS = "input, textarea, select, [contenteditable]";
const PRESSED = new Map([
  ["new", ".chat-new"],
  ["sidebar", "[data-action=sidebar]"],
]);
const LAST = new Map([
  ["copy-answer", "[data-role=assistant] [data-action=copy]"],
  ["copy-code", "[data-action=copy-code]"],
]);

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

/**
 * Every shortcut is told as chat-shortcut {name}, for those who do more with it.
 * @param {HTMLElement} page
 * @param {KeyboardEvent} event
 */
export function hearKey(page, event) {
  if (document.querySelector("dialog:modal")) return;
  const isWriting = event.target instanceof Element && event.target.matches(FIELDS);
  const name = shortcutOf(event, { isMac, isWriting });
  if (!name) return walk(event);
  event.preventDefault();
  obey(page, name);
  page.dispatchEvent(new CustomEvent("chat-shortcut", { bubbles: true, detail: { name } }));
}

/**
 * @param {HTMLElement} page
 * @param {string} name
 */
function obey(page, name) {
  const pressed = PRESSED.get(name);
  if (pressed) press(page.querySelector(pressed));
  const last = LAST.get(name);
  if (last) press([...page.querySelectorAll(last)].at(-1));
  if (name === "input") page.querySelector("textarea")?.focus();
  if (name === "help") void showHelp(page);
}

/**
 * Go up and down the list of conversations.
 * @param {KeyboardEvent} event
 */
function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const link = event.target instanceof Element && event.target.closest(".chat-list__link");
  if (!step || !link) return;
  const links = [...document.querySelectorAll(".chat-list__link")];
  event.preventDefault();
  /** @type {HTMLElement | undefined} */ (links[links.indexOf(link) + step])?.focus();
}

/** @param {Element | null | undefined} element */
function press(element) {
  if (element instanceof HTMLElement) element.click();
}

/** @param {HTMLElement} page */
export async function showHelp(page) {
  const { openHelp } = await import("../dom/help.js");
  await openHelp(page, isMac);
}
