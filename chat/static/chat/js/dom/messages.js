/**
 * Makes and changes the messages on the page.
 * @module
 */
import { MarkdownStream } from "./markdown.js";

/** @typedef {Record<string, string>} Strings */

/**
 * Return the element inside with this data-part.
 * @param {ParentNode} parent
 * @param {string} name
 * @returns {HTMLElement}
 */
export function part(parent, name) {
  return /** @type {HTMLElement} */ (parent.querySelector(`[data-part="${name}"]`));
}

/** One message on the page. */
export class MessageView {
  #strings;
  #source = "";
  /** @type {MarkdownStream | null} */
  #stream = null;
  #thinkingTimers = /** @type {number[]} */ ([]);
  element;

  /**
   * @param {HTMLElement} element
   * @param {Strings} strings
   */
  constructor(element, strings) {
    this.element = element;
    this.#strings = strings;
  }

  /**
   * Make a message from the page's template.
   * @param {HTMLTemplateElement} template
   * @param {"user" | "assistant"} role
   * @param {Strings} strings
   */
  static make(template, role, strings) {
    const fragment = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    const element = /** @type {HTMLElement} */ (fragment.querySelector("li"));
    element.dataset.role = role;
    const heading = part(element, "heading");
    heading.textContent = role === "user" ? strings.youSaid : strings.assistantSaid;
    heading.id = `h-${crypto.randomUUID()}`;
    element.querySelector("article")?.setAttribute("aria-labelledby", heading.id);
    return new MessageView(element, strings);
  }

  /** What the model wrote, as Markdown. */
  get source() {
    return this.#source;
  }

  /** @param {string} id */
  set id(id) {
    this.element.id = `m-${id}`;
    this.element.dataset.id = id;
  }

  /** @param {string} text */
  showPlain(text) {
    this.#source = text;
    part(this.element, "body").textContent = text;
  }

  /**
   * Show a text that is complete.
   * @param {string} text
   */
  showWhole(text) {
    this.#source = text;
    this.#stream = null;
    const stream = this.#newStream();
    stream.replace(text);
    stream.finish();
    this.#stream = null;
  }

  /** Wait for the first words; say so after a moment, and more after a while. */
  beginThinking() {
    this.element.dataset.status = "running";
    this.element.querySelector("article")?.setAttribute("aria-busy", "true");
    const say = (/** @type {string} */ words) => () => {
      if (!this.#source) this.#showState(words);
    };
    this.#thinkingTimers = [
      window.setTimeout(say(this.#strings.thinking), 300),
      window.setTimeout(say(this.#strings.stillWorking), 10_000),
      window.setTimeout(say(this.#strings.takesLong), 30_000),
    ];
  }

  /** @param {string} delta */
  append(delta) {
    this.#source += delta;
    this.#stopThinking();
    this.#stream ??= this.#newStream();
    this.#stream.append(delta);
  }

  /** @param {string} text */
  replace(text) {
    this.#source = text;
    if (text) this.#stopThinking();
    this.#stream ??= this.#newStream();
    this.#stream.replace(text);
  }

  /**
   * Show how the answer ended.
   * @param {{ status: string, finishReason?: string, error?: any, traceId?: string }} end
   */
  end({ status, finishReason = "", error = null, traceId = "" }) {
    this.#stopThinking();
    this.#stream?.finish();
    this.#stream = null;
    this.element.dataset.status = status;
    this.element.querySelector("article")?.removeAttribute("aria-busy");
    part(this.element, "actions").hidden = false;
    if (status === "cancelled") this.#showState(this.#strings.stopped);
    if (finishReason === "length") this.#showState(this.#strings.cutAtLimit);
    if (error) this.showError(error.message, { code: `${error.code} · ${traceId}` });
  }

  /**
   * Say what went wrong, and what can be done about it.
   * @param {string} message
   * @param {{ code?: string, action?: string }} [more]
   */
  showError(message, { code = "", action = this.#strings.tryAgain } = {}) {
    const place = part(this.element, "error");
    if (!place) return;
    place.hidden = false;
    part(place, "error-text").textContent = message;
    /** @type {HTMLElement} */ (place.querySelector("[data-action=retry]")).textContent = action;
    part(place, "error-details").hidden = !code;
    part(place, "error-code").textContent = code;
  }

  /** Take back what was said about an error. */
  hideError() {
    const place = part(this.element, "error");
    if (place) place.hidden = true;
  }

  #newStream() {
    const body = part(this.element, "body");
    body.replaceChildren();
    return new MarkdownStream(body, { strings: { copyCode: this.#strings.copy, table: this.#strings.table } });
  }

  /** @param {string} words */
  #showState(words) {
    const state = part(this.element, "state");
    if (!state) return;
    state.hidden = false;
    state.textContent = words;
  }

  #stopThinking() {
    if (!this.#thinkingTimers.length) return;
    this.#thinkingTimers.forEach(clearTimeout);
    this.#thinkingTimers = [];
    const state = part(this.element, "state");
    if (state) state.hidden = true;
  }
}
