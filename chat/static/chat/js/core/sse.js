/**
 * Reads Server-Sent Events from text that arrives in any pieces, as the HTML standard has them.
 * @module
 */

const LINE_END = /\r\n|\r|\n/g;

/** Holds what is not complete yet. */
export class SseParser {
  #onEvent;
  #rest = "";
  #isFirst = true;
  #id = "";
  /** @type {string[]} */
  #data = [];

  /** @param {(event: { id: string, data: string }) => void} onEvent hears each event; its id only if it names one */
  constructor(onEvent) {
    this.#onEvent = onEvent;
  }

  /** @param {string} text */
  feed(text) {
    if (this.#isFirst && text) {
      this.#isFirst = false;
      text = text.replace(/^\uFEFF/, "");
    }
    const whole = this.#rest + text;
    let begin = 0;
    for (const end of whole.matchAll(LINE_END)) {
      // A carriage return at the end may be half of a line's end.
      if (end[0] === "\r" && end.index === whole.length - 1) break;
      this.#read(whole.slice(begin, end.index));
      begin = end.index + end[0].length;
    }
    this.#rest = whole.slice(begin);
  }

  /** @param {string} line */
  #read(line) {
    if (!line) {
      const [id, data] = [this.#id, this.#data];
      [this.#id, this.#data] = ["", []];
      if (data.length) this.#onEvent({ id, data: data.join("\n") });
      return;
    }
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
    // Comments have no name; other fields are not ours.
    if (name === "data") this.#data.push(value);
    else if (name === "id" && !value.includes("\0")) this.#id = value;
  }
}
