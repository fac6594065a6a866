/**
 * Makes and changes one message on the page.
 * @module
 */
import { newId } from "../core/identity.js";
import { later } from "../core/later.js";
import { LaterMarkdown } from "./later-markdown.js";

/** @typedef {Record<string, string>} Strings */

const drawing = later(() => import("./work.js"));
const THINKING_MS = 300;
const STILL_SECONDS = 10;
// What is said from which second on, before the first word.
const THOUGHTS = /** @type {[number, string][]} */ ([[0, "thinking"], [STILL_SECONDS, "stillWorking"], [30, "takesLong"]]);
export const ACTIVE = new Set(["queued", "running"]);
// Errors that break an answer off in the middle; chat/models/run.py has them too.
const BREAKS = new Set(["interrupted", "provider_unavailable", "provider_timeout"]);

/**
 * @param {ParentNode} parent
 * @param {string} name
 * @returns {HTMLElement}
 */
export function part(parent, name) {
  return /** @type {HTMLElement} */ (parent.querySelector(`[data-part="${name}"]`));
}

/** One message on the page; its element is made by chat/_message.html. */
export class MessageView {
  #strings;
  /** @type {string | null} */
  #source = null;
  /** @type {LaterMarkdown | null} */
  #stream = null;
  #isHeld = false;
  #unpainted = "";
  #thinkingTimers = /** @type {number[]} */ ([]);
  /** @type {((delta: string, isWhole: boolean) => void) | null} hears the text as it grows */
  onText = null;
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
   * @param {HTMLTemplateElement} template
   * @param {string} role
   * @param {Strings} strings
   */
  static make(template, role, strings) {
    const fragment = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    const element = /** @type {HTMLElement} */ (fragment.querySelector("li"));
    element.dataset.role = role;
    const heading = part(element, "heading");
    heading.textContent = role === "user" ? strings.youSaid : strings.assistantSaid;
    heading.id = `h-${newId()}`;
    element.querySelector("article")?.setAttribute("aria-labelledby", heading.id);
    return new MessageView(element, strings);
  }

  /** What was written, as Markdown. */
  get source() {
    if (this.#source === null) {
      const stored = this.element.querySelector("script[type='application/json']")?.textContent;
      this.#source = stored ? JSON.parse(stored) : (part(this.element, "body").textContent ?? "");
    }
    return /** @type {string} */ (this.#source);
  }

  get id() {
    return this.element.dataset.id ?? "";
  }

  set id(id) {
    this.element.id = `m-${id}`;
    this.element.dataset.id = id;
  }

  get siblingCount() {
    return Number(this.element.dataset.siblings) || 1;
  }

  /** The message before it; "" for the first one. */
  get parent() {
    return this.element.dataset.parent ?? "";
  }

  set parent(id) {
    this.element.dataset.parent = id;
  }

  /**
   * @param {number} index from 0
   * @param {number} count
   */
  showSiblings(index, count) {
    const { dataset } = this.element;
    [dataset.siblings, dataset.sibling] = [String(count), String(index)];
    const place = part(this.element, "siblings");
    if (count < 2) return place.replaceChildren();
    if (!place.childElementCount) {
      const template = /** @type {HTMLTemplateElement} */ (document.querySelector("template[data-template=siblings]"));
      place.append(template.content.cloneNode(true));
    }
    part(place, "place").textContent = `${index + 1} / ${count}`;
    this.lock(false);
  }

  /**
   * Close the ways to the siblings, or only those that lead nowhere.
   * @param {boolean} isLocked
   */
  lock(isLocked) {
    const [back, forth] = part(this.element, "siblings").querySelectorAll("button");
    if (!back || !forth) return;
    const index = Number(this.element.dataset.sibling);
    back.disabled = isLocked || index <= 0;
    forth.disabled = isLocked || index >= this.siblingCount - 1;
  }

  /** @param {number | null | undefined} rating */
  showRating(rating) {
    this.element.querySelector("[data-action=good]")?.setAttribute("aria-pressed", String(rating === 1));
    this.element.querySelector("[data-action=bad]")?.setAttribute("aria-pressed", String(rating === -1));
  }

  /** @param {any[]} [files] as the API has them */
  showFiles(files = []) {
    if (files.length) void import("./attachments.js").then((drawing) => drawing.showAttachments(this.element, files));
  }

  /** @param {any} work the steps and sources of an answer, as the API has them */
  showWork(work) {
    void this.#drawWork(({ showWork }) => showWork(this.element, work));
  }

  /** @param {any} step */
  showStep(step) {
    void this.#drawWork(({ showStep }) => showStep(this.element, step));
  }

  /** @param {any[]} sources */
  showSources(sources) {
    void this.#drawWork(({ showSources }) => showSources(this.element, sources));
  }

  /** @param {(module: typeof import("./work.js")) => void} draw */
  async #drawWork(draw) {
    // One promise for all: those of several imports may come in another order than they were asked for.
    draw(await drawing());
  }

  /** @param {string} text */
  showPlain(text) {
    this.#source = text;
    part(this.element, "body").textContent = text;
    part(this.element, "actions").hidden = false;
  }

  /**
   * Say that it waits to be sent, with a way to take it back; without words, that it does not.
   * @param {string} [words]
   * @param {string} [withdrawal]
   */
  wait(words = "", withdrawal = "") {
    const state = part(this.element, "state");
    state.hidden = !words;
    this.element.dataset.status = words ? "waiting" : "completed";
    if (!words) return state.replaceChildren();
    // The button may have the focus: it stays.
    if (state.querySelector("button")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "chat-text-button";
    button.dataset.action = "withdraw";
    button.textContent = withdrawal;
    state.replaceChildren(words, " ", button);
  }

  /**
   * Begin an answer: say so after a moment without a word.
   * @param {string} [text] what it begins with, where it continues another one
   */
  begin(text = "") {
    this.#source = text;
    if (text) this.replace(text);
    this.hideError();
    part(this.element, "actions").hidden = true;
    this.element.dataset.status = "running";
    this.element.querySelector("article")?.setAttribute("aria-busy", "true");
    const begunAt = performance.now();
    const say = () => {
      const seconds = Math.floor((performance.now() - begunAt) / 1000);
      // Who goes on has thought already.
      const [, words] = THOUGHTS.findLast(([from]) => (text ? STILL_SECONDS : 0) + seconds >= from) ?? THOUGHTS[0];
      if (this.#source === text) this.#showState(seconds ? `${this.#strings[words]} ${seconds} s` : this.#strings[words]);
    };
    this.#stopThinking();
    this.#thinkingTimers = [window.setTimeout(say, THINKING_MS), window.setInterval(say, 1000)];
  }

  /** @param {string} delta */
  append(delta) {
    this.#source += delta;
    this.onText?.(delta, false);
    if (this.#isHeld) {
      this.#unpainted += delta;
      return;
    }
    this.#stopThinking();
    this.#stream ??= this.#newStream();
    this.#stream.append(delta);
  }

  /** @param {string} text */
  replace(text) {
    if (this.#stream && text === this.#source) return;
    this.#source = text;
    this.onText?.(text, true);
    this.#unpainted = "";
    if (text) this.#stopThinking();
    this.#stream ??= this.#newStream();
    this.#stream.replace(text);
  }

  /**
   * Stand still, or go on, with all that came: who presses Stop sees that it was heard.
   * @param {boolean} isHeld
   */
  hold(isHeld) {
    this.#isHeld = isHeld;
    if (isHeld || !this.#unpainted) return;
    this.#stream ??= this.#newStream();
    this.#stream.append(this.#unpainted);
    this.#unpainted = "";
  }

  /**
   * @param {{ status: string, finishReason?: string, error?: any, traceId?: string }} end
   */
  end({ status, finishReason = "", error = null, traceId = "" }) {
    this.hold(false);
    this.#stopThinking();
    this.#stream?.finish();
    this.#stream = null;
    this.element.dataset.status = status;
    this.element.querySelector("article")?.removeAttribute("aria-busy");
    part(this.element, "actions").hidden = false;
    const isCut = status === "cancelled" || finishReason === "length" || BREAKS.has(error?.code);
    this.element.toggleAttribute("data-cut", isCut && Boolean(this.source));
    if (status === "cancelled") this.#showState(this.#strings.stopped);
    if (finishReason === "length") this.#showState(this.#strings.cutAtLimit);
    if (error) this.showError(error.message, { code: error.code, traceId });
  }

  /**
   * @param {string} message
   * @param {{ code?: string, traceId?: string, action?: string }} [more]
   */
  showError(message, { code = "", traceId = "", action = this.#strings.tryAgain } = {}) {
    const place = part(this.element, "error");
    place.hidden = false;
    part(place, "error-text").textContent = message;
    /** @type {HTMLElement} */ (place.querySelector("[data-action=retry]")).textContent = action;
    part(place, "error-details").hidden = !code;
    part(place, "error-code").textContent = code;
    part(place, "error-trace").textContent = traceId;
  }

  hideError() {
    part(this.element, "error").hidden = true;
  }

  #newStream() {
    const body = part(this.element, "body");
    body.replaceChildren();
    return new LaterMarkdown(body, { strings: this.#strings, prefix: this.id && `${this.id}-` });
  }

  /** @param {string} words */
  #showState(words) {
    const state = part(this.element, "state");
    state.hidden = false;
    state.textContent = words;
  }

  #stopThinking() {
    this.#thinkingTimers.forEach(clearInterval);
    this.#thinkingTimers = [];
    part(this.element, "state").hidden = true;
  }
}
