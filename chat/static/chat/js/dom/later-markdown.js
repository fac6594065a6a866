/**
 * Markdown whose painter is loaded with the first answer: a page that is only read has its answers from the server.
 * @module
 */

/** @typedef {{ append: (delta: string) => void, replace: (text: string) => void, finish: () => void }} Painter */
/** @typedef {import("./markdown.js").MarkdownStrings} MarkdownStrings */
/** @typedef {{ strings: Partial<MarkdownStrings>, prefix?: string }} PainterOptions */
/** @typedef {new (container: HTMLElement, options: PainterOptions) => Painter} PainterClass */

/** @type {PainterClass | null} */
let loaded = null;
/** @type {Promise<PainterClass> | null} */
let loading = null;

/** Load the painter, so that it is there when it is needed. */
export function loadMarkdown() {
  loading ??= import("./markdown.js").then(({ MarkdownStream }) => MarkdownStream, () => PlainText)
    .then((painter) => { loaded = painter; return painter; });
  return loading;
}

/** A container that shows a growing Markdown text: at once, or when the painter is there. */
export class LaterMarkdown {
  /** @type {Painter | null} */
  #painter = null;
  /** @type {((painter: Painter) => void)[]} */
  #waiting = [];

  /**
   * @param {HTMLElement} container
   * @param {PainterOptions} options
   */
  constructor(container, options) {
    if (loaded) this.#painter = new loaded(container, options);
    else void loadMarkdown().then((painter) => this.#begin(new painter(container, options)));
  }

  /** @param {string} delta */
  append(delta) {
    this.#do((painter) => painter.append(delta));
  }

  /** @param {string} text */
  replace(text) {
    this.#do((painter) => painter.replace(text));
  }

  finish() {
    this.#do((painter) => painter.finish());
  }

  /** @param {(painter: Painter) => void} step */
  #do(step) {
    if (this.#painter) step(this.#painter);
    else this.#waiting.push(step);
  }

  /** @param {Painter} painter */
  #begin(painter) {
    this.#painter = painter;
    for (const step of this.#waiting.splice(0)) step(painter);
  }
}

/** What paints where the painter cannot be had: the words as they are written. */
class PlainText {
  #container;

  /** @param {HTMLElement} container */
  constructor(container) {
    this.#container = container;
  }

  /** @param {string} delta */
  append(delta) {
    this.#container.append(delta);
  }

  /** @param {string} text */
  replace(text) {
    this.#container.textContent = text;
  }

  finish() {}
}
