/**
 * Which addresses a text may link to, and how bare ones are found in it.
 * @module
 */

const SCHEMES = /^(?:https?:\/\/|mailto:)/i;
// Spaces and control characters make browsers and people read different addresses.
const UNREADABLE = /[\u0000-\u0020\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;
const BIDI = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const BARE = /https?:\/\/[^\s<>"'`\u3000-\u303f\uff00-\uffef]+/g;
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
 * Split a text at the bare addresses in it.
 * @param {string} text
 * @returns {{ text: string, address: string }[]} parts in order; address is empty for plain text
 */
export function linkify(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(BARE)) {
    const address = trimmed(match[0]);
    if (!safeAddress(address) || !NAMES_HOST.test(address)) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index), address: "" });
    parts.push({ text: address, address });
    end = match.index + address.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end), address: "" });
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
