/**
 * What the composer decides.
 * @module
 */

// The counter appears from this share of the limit.
const COUNTER_FROM = 0.9;

/**
 * @param {string} text
 * @param {number} limit in characters, as the server counts them
 * @param {boolean} [hasFiles] files may speak for themselves
 * @returns {{ canSend: boolean, counter: string, isTooLong: boolean }}
 */
export function judge(text, limit, hasFiles = false) {
  // Most texts are far below the limit: counting code points is only worth it near it.
  const length = text.length > limit * COUNTER_FROM ? [...text].length : text.length;
  const isTooLong = length > limit;
  const counter = length > limit * COUNTER_FROM ? `${length} / ${limit}` : "";
  return { canSend: (text.trim() !== "" || hasFiles) && !isTooLong, counter, isTooLong };
}

/**
 * @typedef {object} Habits
 * @property {boolean} isTouch there is no keyboard with a Shift key: Enter breaks the line
 * @property {boolean} isSwapped the member wants Enter to break the line, and Shift+Enter to send
 */

/**
 * Hears the events of a text field, and says which of them asks for sending. Latin writers press Enter to
 * send, Japanese and Chinese ones to choose a candidate, Korean ones to end a syllable and send, all with one
 * press: the browser tells them apart by whether it composes when it asks for the line break. Keys say less:
 * Safari ends the composition before the key that ended it.
 */
export class Writing {
  #isShift = false;
  isComposing = false;

  /**
   * True if this event asks for sending.
   * @param {any} event a KeyboardEvent, InputEvent or CompositionEvent
   * @param {Habits} habits
   */
  hear(event, { isTouch, isSwapped }) {
    switch (event.type) {
      case "keydown":
        this.#isShift = event.shiftKey;
        // Where Ctrl or Command is held no line break is asked for, so this one has to be heard as a key.
        return event.key === "Enter" && (event.ctrlKey || event.metaKey) && !isOfComposition(event);
      case "keyup":
        this.#isShift = event.shiftKey;
        return false;
      case "compositionstart":
      case "compositionend":
        this.isComposing = event.type === "compositionstart";
        return false;
      case "beforeinput":
        return event.inputType === "insertLineBreak" && !event.isComposing && !isTouch
          && this.#isShift === isSwapped;
      default:
        return false;
    }
  }
}

/**
 * True if a key belongs to the input method: arrows and Escape move among its candidates.
 * @param {{ isComposing: boolean, keyCode: number }} event
 */
export function isOfComposition(event) {
  return event.isComposing || event.keyCode === 229;
}

/**
 * What is looked for in the palette: what comes after a slash that begins the text; null is no palette.
 * @param {string} text
 */
export function paletteWord(text) {
  return /^\/\S*$/.test(text) ? text.slice(1) : null;
}
