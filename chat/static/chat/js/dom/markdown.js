/**
 * Paints Markdown by appending: what is finished stays as it is, the open end takes over what is new.
 * @module
 */
import { BlockSplitter } from "../core/blocks.js";
import { NO_HEADINGS, blocks, insideOf } from "./blocks.js";
import { enrich } from "./enrich.js";
import { OpenEnd, OpenText } from "./nodes.js";

/** @typedef {import("./blocks.js").MarkdownStrings} MarkdownStrings */

// One paint a frame at most, and none sooner than four times what the last one cost: a slow machine
// shows bigger steps and stays usable.
const FRAME_MS = 16;
const COST_FACTOR = 4;
// More than this is not read in one frame, however much has come: a snapshot, or what a hidden tab missed.
const MOST_AT_ONCE = 16_000;
// What cannot be given in parts (a quote, an item as long as a page) is read again when it has grown by an
// eighth, or after a pause.
const LONG_TAIL = 4000;
const LONG_TAIL_GROWTH = 1 / 8;
const LONG_TAIL_MS = 250;
/** @type {MarkdownStrings} */
const ENGLISH = {
  copy: "Copy",
  wrapLines: "Wrap lines",
  table: "Table",
  code: "Code",
  done: "Done",
  notDone: "Not done",
  note: "Note %s",
  backToText: "Note %s, back to the text",
};

/** A container that shows a growing Markdown text. */
export class MarkdownStream {
  #container;
  #drawing;
  #outline = { ...NO_HEADINGS };
  #splitter = new BlockSplitter();
  #end;
  /** The block that is given in parts, and its end. */
  #long = /** @type {{ element: Element, end: OpenEnd | OpenText } | null} */ (null);
  #waiting = "";
  #isEnding = false;
  #frame = 0;
  #paintedAt = -Infinity;
  #nextPaintAt = 0;

  /**
   * @param {HTMLElement} container
   * @param {{ strings?: Partial<MarkdownStrings>, prefix?: string }} [options] prefix: of the ids of notes
   */
  constructor(container, { strings = {}, prefix = "" } = {}) {
    this.#container = container;
    this.#end = new OpenEnd(container);
    const words = { ...ENGLISH, ...strings };
    this.#drawing = { strings: words, notes: { prefix, labels: new Set(), strings: words } };
  }

  /**
   * Take more text; it is painted with the next frame.
   * @param {string} delta
   */
  append(delta) {
    this.#waiting += delta;
    this.#frame ||= requestAnimationFrame(this.#onFrame);
  }

  /** Paint what is left: no more text will come. */
  finish() {
    this.#isEnding = true;
    this.#paint();
  }

  /**
   * Show this text instead.
   * @param {string} text
   */
  replace(text) {
    this.#splitter = new BlockSplitter();
    this.#end = new OpenEnd(this.#container);
    this.#long = null;
    this.#outline = { ...NO_HEADINGS };
    this.#drawing.notes.labels.clear();
    this.#container.replaceChildren();
    this.#waiting = text;
    this.#paint();
  }

  #onFrame = () => {
    this.#frame = 0;
    const now = performance.now();
    const { openLength } = this.#splitter;
    const isSmallNews = openLength > LONG_TAIL && this.#waiting.length < openLength * LONG_TAIL_GROWTH;
    const isEarly = now < this.#nextPaintAt || (isSmallNews && now - this.#paintedAt < LONG_TAIL_MS);
    if (isEarly && !this.#isEnding) {
      this.#frame = requestAnimationFrame(this.#onFrame);
      return;
    }
    this.#paint();
  };

  #paint() {
    if (this.#frame) cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const begun = performance.now();
    this.#splitter.append(this.#waiting.slice(0, MOST_AT_ONCE));
    this.#waiting = this.#waiting.slice(MOST_AT_ONCE);
    this.#show(this.#splitter.take({ isWhole: this.#isEnding && !this.#waiting }));
    this.#paintedAt = performance.now();
    this.#nextPaintAt = begun + Math.max(FRAME_MS, COST_FACTOR * (this.#paintedAt - begun));
    if (this.#waiting) this.#frame ||= requestAnimationFrame(this.#onFrame);
  }

  /** @param {{ finished: any[], open: any[] }} taken */
  #show({ finished, open }) {
    const more = this.#long && finished[0]?.continues ? finished[0] : null;
    const whole = more ? finished.slice(1) : finished;
    const goesOn = Boolean(this.#long) && !whole.length && (!more || more.staysOpen);
    if (this.#long) {
      const rest = goesOn && open[0]?.continues ? open[0] : null;
      enrich(this.#long.end.show(this.#partsOf(more), this.#partsOf(rest, { isOpen: true })));
      if (!goesOn) this.#close();
    }
    const begins = Boolean(whole.at(-1)?.staysOpen);
    const rest = (goesOn || begins) && open[0]?.continues ? open.slice(1) : open;
    const shown = this.#end.show(this.#draw(whole), this.#draw(rest, { isOpen: true }));
    if (begins) this.#begin(/** @type {Element} */ (shown.pop()), open[0]?.continues ? open[0] : null);
    enrich(shown);
  }

  /**
   * Begin to give a block in parts, of which the first is shown.
   * @param {Element} element
   * @param {any} rest
   */
  #begin(element, rest) {
    const inside = /** @type {Element} */ (insideOf(element));
    const end = element.nodeName === "FIGURE" ? new OpenText(inside) : new OpenEnd(inside);
    this.#long = { element, end };
    end.show([], this.#partsOf(rest, { isOpen: true }));
    if (element.nodeName !== "FIGURE") enrich([element]);
  }

  #close() {
    const element = this.#long?.element;
    this.#long = null;
    // The parts of all others were looked after as they came; code is coloured as a whole.
    if (element?.nodeName === "FIGURE") enrich([element]);
  }

  /**
   * Return what another part adds to the inside of its block.
   * @param {any} token
   * @param {{ isOpen?: boolean }} [options]
   * @returns {ChildNode[]}
   */
  #partsOf(token, options) {
    const node = token && this.#draw([token], options)[0];
    return node ? [...(insideOf(node)?.childNodes ?? [])] : [];
  }

  /**
   * @param {any[]} tokens
   * @param {{ isOpen?: boolean }} [options] isOpen: they may still change, so their headings and notes do not count yet
   */
  #draw(tokens, { isOpen = false } = {}) {
    const { strings, notes } = this.#drawing;
    if (!isOpen) return blocks(tokens, { strings, notes, outline: this.#outline });
    return blocks(tokens, {
      strings,
      notes: { ...notes, labels: new Set(notes.labels) },
      outline: { ...this.#outline },
    });
  }
}
