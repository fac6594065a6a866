/**
 * What the composer decides.
 * @module
 */

// The counter appears from this share of the limit.
const COUNTER_FROM = 0.9;

/**
 * @param {string} text
 * @param {number} limit in characters, as the server counts them
 * @returns {{ canSend: boolean, counter: string, isTooLong: boolean }}
 */
export function judge(text, limit) {
  // Most texts are far below the limit: counting code points is only worth it near it.
  const length = text.length > limit * COUNTER_FROM ? [...text].length : text.length;
  const isTooLong = length > limit;
  const counter = length > limit * COUNTER_FROM ? `${length} / ${limit}` : "";
  return { canSend: text.trim() !== "" && !isTooLong, counter, isTooLong };
}

/**
 * What an input event of a line break means. Latin writers press Enter to send, Japanese and Chinese ones to
 * choose a candidate, Korean ones to end a syllable and send, all with one press: the browser tells them
 * apart by whether it composes when it asks for the break.
 * @param {{ inputType: string, isComposing: boolean }} event
 * @param {{ shift: boolean, isTouch: boolean }} keys
 */
export function isSend(event, { shift, isTouch }) {
  return event.inputType === "insertLineBreak" && !event.isComposing && !shift && !isTouch;
}
