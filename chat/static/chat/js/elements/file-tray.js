/**
 * The files that go with the next message: each is uploaded as soon as it is given, with its progress, and can
 * be taken back. Loaded with the first file.
 * @module
 */
import { cardFor } from "../dom/attachments.js";
import { part } from "../dom/messages.js";
import { upload } from "../transport/upload.js";
import { request } from "../transport/api.js";

const DROP_PATIENCE_MS = 400;
const IMAGE_TOKENS = 1000;
const MEGABYTE = 1024 * 1024;

/**
 * @typedef {object} Card
 * @property {HTMLElement} element
 * @property {AbortController} life aborted when the member takes the file back
 * @property {any} stored the API's object, once it is uploaded
 * @property {boolean} isFailed
 */

/** The tray of the composer; its element is in chat/_composer.html. */
export class FileTray {
  #composer;
  #place;
  #words;
  #config;
  /** @type {Card[]} */
  #cards = [];
  #dropTimer = 0;

  /** @param {import("./chat-composer.js").ChatComposer} composer */
  constructor(composer) {
    this.#composer = composer;
    this.#config = composer.config;
    this.#place = part(composer, "files");
    this.#words = /** @type {Record<string, string>} */ (this.#place.dataset);
    // What is not uploaded yet goes with the page: the browser asks before that.
    window.addEventListener("beforeunload", (event) => this.isUploading && event.preventDefault());
  }

  /** The files that can be sent, as the API has them. */
  get files() {
    return this.#cards.filter((card) => card.stored).map((card) => card.stored);
  }

  get isUploading() {
    return this.#cards.some((card) => !card.stored && !card.isFailed);
  }

  /** What the files take of the model's context, estimated. */
  get tokens() {
    return this.files.reduce((sum, file) => sum + (file.is_image ? IMAGE_TOKENS : file.tokens), 0);
  }

  /** Say that what is dragged may be dropped here; it goes on being said for as long as it is dragged. */
  expect() {
    this.#composer.dataset.dropping = "";
    clearTimeout(this.#dropTimer);
    this.#dropTimer = window.setTimeout(() => delete this.#composer.dataset.dropping, DROP_PATIENCE_MS);
  }

  /** @param {File[]} files */
  add(files) {
    delete this.#composer.dataset.dropping;
    for (const file of files) void this.#upload(file);
    this.#composer.focusInput();
  }

  /** Hand over what is to be sent; the tray is empty then. */
  take() {
    const { files } = this;
    this.#cards = [];
    this.#show();
    return files;
  }

  /** @param {any[]} files that were uploaded before */
  putBack(files) {
    for (const stored of files) {
      const card = this.#put(stored.name);
      card.stored = stored;
      void this.#check(card);
    }
    this.#show();
  }

  /**
   * A file that nobody sent is not kept for long.
   * @param {Card} card
   */
  async #check(card) {
    const answer = await fetch(card.stored.url).catch(() => null);
    void answer?.body?.cancel();
    if (answer?.status !== 404) return;
    card.stored = null;
    this.#fail(card, this.#words.gone);
  }

  /** @param {File} file */
  async #upload(file) {
    const card = this.#put(file.name);
    const problem = this.#problemOf(file);
    if (problem) {
      this.#fail(card, problem);
      return;
    }
    try {
      card.stored = await upload(this.#config.attachments_url, file, {
        signal: card.life.signal,
        onProgress: (share) => card.element.style.setProperty("--chat-progress", String(share)),
      });
      card.element.replaceWith((card.element = this.#cardOf(card)));
      this.#show();
    } catch (error) {
      if (card.life.signal.aborted) return;
      const { fields, message } = /** @type {any} */ (error).error ?? {};
      const told = Object.values(fields ?? {}).flat().join(" ");
      this.#fail(card, told || message || this.#words.failed);
    }
  }

  /** @param {File} file */
  #problemOf(file) {
    const { max_files: most, max_file_bytes: mostBytes } = this.#config;
    if (this.#cards.filter((card) => !card.isFailed).length > most) return this.#words.tooMany;
    if (file.size > mostBytes) return this.#words.tooLarge?.replace("%s", String(Math.floor(mostBytes / MEGABYTE)));
    return file.size ? "" : this.#words.empty;
  }

  /** @param {string} name */
  #put(name) {
    const card = { element: this.#place, life: new AbortController(), stored: null, isFailed: false };
    card.element = cardFor({ name }, { onRemove: () => this.#remove(card), words: this.#words });
    card.element.dataset.state = "uploading";
    this.#cards.push(card);
    this.#place.append(card.element);
    this.#show();
    return card;
  }

  /** @param {Card} card */
  #cardOf(card) {
    return cardFor(card.stored, { onRemove: () => this.#remove(card), words: this.#words });
  }

  /**
   * @param {Card} card
   * @param {string | undefined} reason
   */
  #fail(card, reason = "") {
    card.isFailed = true;
    card.element.dataset.state = "failed";
    part(card.element, "detail").textContent = reason;
    part(this.#composer, "announce").textContent = reason;
    this.#show();
  }

  /** @param {Card} card */
  #remove(card) {
    card.life.abort();
    this.#cards = this.#cards.filter((one) => one !== card);
    this.#show();
    this.#composer.focusInput();
    // What is not taken back now is purged in a day.
    if (card.stored) void request("DELETE", card.stored.url).catch(() => {});
  }

  #show() {
    const shown = new Set(this.#cards.map((card) => card.element));
    for (const card of this.#cards) {
      if (card.stored && card.element.dataset.state) card.element.replaceWith((card.element = this.#cardOf(card)));
      shown.add(card.element);
    }
    for (const element of [...this.#place.children]) if (!shown.has(/** @type {HTMLElement} */ (element))) element.remove();
    this.#place.hidden = !this.#cards.length;
    this.#composer.changed();
  }
}
