/**
 * What the palette offers for what is typed.
 * @module
 */

/**
 * @typedef {object} Suggestion
 * @property {"assistant" | "prompt" | "page"} kind
 * @property {string} name
 * @property {string} detail
 * @property {string} value
 */

const GAP = /\{\{[^{}]*\}\}/;

/**
 * Return the suggestions whose name has a word that begins so, those before the rest whose name begins so.
 * Pages are always offered, and last, except where something is looked for in vain.
 * @param {Suggestion[]} all
 * @param {string} typed
 */
export function matching(all, typed) {
  // macOS writes Korean in decomposed letters in places; what is typed is composed.
  const wanted = folded(typed);
  const found = all.filter(({ kind, name }) => kind !== "page" && words(name).some((word) => word.startsWith(wanted)));
  if (wanted && !found.length) return [];
  const first = found.filter(({ name }) => folded(name).startsWith(wanted));
  const rest = found.filter((one) => !first.includes(one));
  // One kind after the other: each has its heading.
  const inOrder = [...first, ...rest].sort((one, other) => order(one) - order(other));
  return [...inOrder, ...all.filter(({ kind }) => kind === "page")];
}

/**
 * Return what to select in a text: its first gap, such as {{topic}}, else its end.
 * @param {string} text
 */
export function withFirstGap(text) {
  const gap = GAP.exec(text);
  const start = gap ? gap.index : text.length;
  return { start, end: gap ? start + gap[0].length : start };
}

/** @param {Suggestion} suggestion */
function order({ kind }) {
  return kind === "assistant" ? 0 : 1;
}

/** @param {string} name */
function words(name) {
  const whole = folded(name);
  return [whole, ...whole.split(/[\s_-]+/)];
}

/** @param {string} text */
function folded(text) {
  return text.normalize("NFC").toLowerCase();
}
