/**
 * Which addresses a text may link to; how bare ones, and notes, are found in it.
 * @module
 */

/** @typedef {{ type: "text" | "address" | "reference" | "note", text: string, isFirst?: boolean }} Part */

const SCHEMES = /^(?:https?:\/\/|mailto:)/i;
// Spaces and control characters make browsers and people read different addresses.
const UNREADABLE = /[\u0000-\u0020\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;
const BIDI = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const HOST = /^https?:[/\\]+(?:[^/\\?#]*@)?(\[[^\]]*\]|[^/\\?#@:]+)/i;
// A bare address, or a reference to a note, or the note.
const SPECIAL = /https?:\/\/[^\s<>"'`\u3000-\u303f\uff00-\uffef]+|(\n?)\[\^([0-9]{1,3}|[A-Za-z][A-Za-z0-9]{1,31})\](:[ \t]*|)/g;
const NAMES_HOST = /^https?:\/\/./;
const TRAILING = /[.,;:!?*_~)\]}]+$/;

const ENTITIES = /** @type {Record<string, string>} */ ({
  amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0",
});
const ENTITY = /&(?:(amp|lt|gt|quot|apos|nbsp)|#([0-9]{1,6})|#[xX]([0-9a-fA-F]{1,5}));/g;

/**
 * Return the address if a text may link to it, else an empty string.
 * @param {string} address
 */
export function safeAddress(address) {
  return SCHEMES.test(address) && !UNREADABLE.test(address) ? address : "";
}

/**
 * Return the text of a link without characters that would show it in another order.
 * @param {string} text
 */
export function withoutBidi(text) {
  return text.replace(BIDI, "");
}

/**
 * Return a text with the few entities that models write as their characters.
 * @param {string} text
 */
export function decodeEntities(text) {
  return text.replace(ENTITY, (_whole, name, decimal, hexadecimal) => {
    if (name) return ENTITIES[name];
    const code = decimal ? parseInt(decimal, 10) : parseInt(hexadecimal, 16);
    const isCharacter = code > 0 && !(code >= 0xd800 && code < 0xe000) && code <= 0x10ffff;
    return isCharacter ? String.fromCodePoint(code) : "\ufffd";
  });
}

/**
 * Return the host that an address leads to, as it is written there.
 * @param {string} address
 */
export function hostOf(address) {
  return HOST.exec(address)?.[1].toLowerCase() ?? "";
}

/**
 * Split a text at the bare addresses and the notes in it: "[^1]" refers to a note, "[^1]: " at the
 * beginning of a line is one.
 * @param {string} text
 * @param {boolean} isStart true if the text begins a block
 * @returns {Part[]} in order
 */
export function readWords(text, isStart) {
  /** @type {Part[]} */
  const parts = [];
  let end = 0;
  const plain = (/** @type {number} */ to) => {
    if (to > end) parts.push({ type: "text", text: text.slice(end, to) });
  };
  for (const match of text.matchAll(SPECIAL)) {
    const [whole, lineBreak, label, colon] = match;
    if (match.index < end) continue;
    if (label === undefined) {
      const address = trimmed(whole);
      if (!safeAddress(address) || !NAMES_HOST.test(address)) continue;
      plain(match.index);
      parts.push({ type: "address", text: address });
      end = match.index + address.length;
      continue;
    }
    const isFirst = match.index === 0 && isStart;
    const isNote = Boolean(colon) && (isFirst || Boolean(lineBreak));
    plain(match.index + (isNote ? 0 : lineBreak.length));
    parts.push(isNote ? { type: "note", text: label, isFirst } : { type: "reference", text: label });
    end = match.index + whole.length - (isNote ? 0 : colon.length);
  }
  plain(text.length);
  return parts;
}

/**
 * Leave out what ends the sentence and not the address; a bracket that was opened in it stays.
 * @param {string} address
 */
function trimmed(address) {
  const tail = address.match(TRAILING)?.[0] ?? "";
  const kept = tail.startsWith(")") && address.slice(0, -tail.length).includes("(") ? 1 : 0;
  return address.slice(0, address.length - tail.length + kept);
}
