/**
 * The page's shortcuts: one table, and what a pressed key means by it. Plain functions.
 * @module
 */

/**
 * @typedef {object} Shortcut
 * @property {string} name
 * @property {string} key as KeyboardEvent.key has it, letters small
 * @property {boolean} [command] with Command on a Mac, Control elsewhere
 * @property {boolean} [shift]
 */

/** @type {readonly Shortcut[]} The help lists them in this order. */
export const SHORTCUTS = [
  { name: "new", key: "o", command: true, shift: true },
  { name: "search", key: "k", command: true },
  { name: "sidebar", key: "s", command: true, shift: true },
  { name: "input", key: "Escape", shift: true },
  { name: "copy-answer", key: "c", command: true, shift: true },
  { name: "copy-code", key: ";", command: true, shift: true },
  { name: "rename", key: "F2" },
  { name: "help", key: "/", command: true },
  { name: "help", key: "?" },
];

// What Shift makes of a key differs between keyboards; the place of the key does not.
const CODES = new Map([[";", "Semicolon"], ["/", "Slash"]]);
const LETTER = /^[a-z]$/;

/**
 * @typedef {Pick<KeyboardEvent,
 *   "key" | "code" | "keyCode" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey" | "isComposing">} Press
 */

/**
 * Return the name of the shortcut that was pressed, or null.
 * @param {Press} press
 * @param {{ isMac: boolean, isWriting: boolean }} where isWriting: in a field, where letters are text
 */
export function shortcutOf(press, { isMac, isWriting }) {
  if (press.isComposing || press.keyCode === 229 || press.altKey) return null;
  const isCommand = isMac ? press.metaKey && !press.ctrlKey : press.ctrlKey && !press.metaKey;
  if (!isCommand && (press.ctrlKey || press.metaKey)) return null;
  const found = SHORTCUTS.find((one) => Boolean(one.command) === isCommand && isPressed(one, press));
  if (!found || (isWriting && !found.command && found.key.length === 1)) return null;
  return found.name;
}

/**
 * @param {Shortcut} shortcut
 * @param {Press} press
 */
function isPressed({ key, shift, command }, press) {
  // A sign such as ? needs Shift on some keyboards and not on others.
  const isSign = key.length === 1 && !command;
  if (!isSign && Boolean(shift) !== press.shiftKey) return false;
  if (press.key.toLowerCase() === key.toLowerCase()) return true;
  if (isSign) return false;
  const code = LETTER.test(key) ? `Key${key.toUpperCase()}` : CODES.get(key);
  // With a Korean, Greek or Arabic layout the key has another letter, at the same place.
  const isLatin = /^[\x20-\x7e]$/.test(press.key);
  return press.code === code && (!LETTER.test(key) || !isLatin);
}

/**
 * Return the caps to draw for a shortcut.
 * @param {Shortcut} shortcut
 * @param {boolean} isMac
 * @returns {string[]}
 */
export function capsOf({ key, command, shift }, isMac) {
  const caps = [];
  if (command) caps.push(isMac ? "⌘" : "Ctrl");
  if (shift) caps.push(isMac ? "⇧" : "Shift");
  caps.push(key === "Escape" ? "Esc" : LETTER.test(key) ? key.toUpperCase() : key);
  return caps;
}
