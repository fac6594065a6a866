/**
 * Where a member writes. Attributes: busy. Events: chat-send {content}, chat-stop, chat-draft {content}.
 * @module
 */
import { isSend, judge } from "../core/composing.js";
import { part } from "../dom/messages.js";

const DRAFT_DELAY_MS = 300;

/** The composer. */
export class ChatComposer extends HTMLElement {
  static observedAttributes = ["busy"];

  #life = new AbortController();
  #isShift = false;
  #isComposing = false;
  #sendAfterComposing = false;
  #draftTimer = 0;
  /** @type {{ limit: number, strings: Record<string, string> }} */
  #config = { limit: Infinity, strings: {} };

  /** @param {{ limit: number, strings: Record<string, string> }} config */
  configure(config) {
    this.#config = config;
    this.#update();
  }

  get #input() {
    return /** @type {HTMLTextAreaElement} */ (this.querySelector("textarea"));
  }

  get isBusy() {
    return this.hasAttribute("busy");
  }

  get text() {
    return this.#input.value;
  }

  /** @param {string} text */
  set text(text) {
    this.#input.value = text;
    this.#update();
  }

  focusInput() {
    this.#input.focus();
  }

  connectedCallback() {
    this.#life = new AbortController();
    const { signal } = this.#life;
    const input = this.#input;
    input.addEventListener("keydown", (event) => this.#onKey(event), { signal });
    input.addEventListener("keyup", (event) => { this.#isShift = event.shiftKey; }, { signal });
    input.addEventListener("beforeinput", (event) => this.#onBeforeInput(event), { signal });
    input.addEventListener("input", () => this.#onInput(), { signal });
    input.addEventListener("compositionstart", () => { this.#isComposing = true; }, { signal });
    input.addEventListener("compositionend", () => this.#onComposed(), { signal });
    this.querySelector("form")?.addEventListener("submit", (event) => this.#onSubmit(event), { signal });
    part(this, "send").addEventListener("click", (event) => {
      // The second click of a double click was meant for Send, which is Stop by now.
      if (this.isBusy && event.detail > 1) event.preventDefault();
    }, { signal });
    this.#update();
  }

  disconnectedCallback() {
    this.#life.abort();
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#update();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    this.#isShift = event.shiftKey;
    // Where Ctrl or Command is held no line break is asked for, so this one has to be heard as a key.
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing && event.keyCode !== 229) {
      event.preventDefault();
      this.#send();
    }
  }

  /** @param {InputEvent} event */
  #onBeforeInput(event) {
    const isTouch = matchMedia("(pointer: coarse)").matches && !matchMedia("(any-hover: hover)").matches;
    if (!isSend(event, { shift: this.#isShift, isTouch })) return;
    event.preventDefault();
    this.#send();
  }

  #onInput() {
    this.#update();
    clearTimeout(this.#draftTimer);
    this.#draftTimer = window.setTimeout(() => this.#tell("chat-draft"), DRAFT_DELAY_MS);
  }

  #onComposed() {
    this.#isComposing = false;
    if (!this.#sendAfterComposing) return;
    this.#sendAfterComposing = false;
    // The text holds the last syllable only after this event.
    queueMicrotask(() => this.#send());
  }

  /** @param {SubmitEvent} event */
  #onSubmit(event) {
    event.preventDefault();
    const starter = /** @type {HTMLButtonElement | null} */ (event.submitter);
    if (starter?.dataset.action === "starter") {
      if (!this.isBusy) this.#tell("chat-send", starter.value);
    } else if (this.isBusy) {
      this.#tell("chat-stop");
    } else if (this.#isComposing) {
      this.#sendAfterComposing = true;
    } else {
      this.#send();
    }
  }

  #send() {
    if (this.isBusy || !judge(this.text, this.#config.limit).canSend) return;
    const content = this.text;
    clearTimeout(this.#draftTimer);
    this.text = "";
    this.#tell("chat-send", content);
  }

  #update() {
    const { canSend, counter, isTooLong } = judge(this.text, this.#config.limit);
    const button = /** @type {HTMLButtonElement} */ (part(this, "send"));
    const { strings } = this.#config;
    button.setAttribute("aria-label", (this.isBusy ? strings.stop : strings.send) ?? "");
    button.dataset.mode = this.isBusy ? "stop" : "send";
    part(this, "send-icon").setAttribute("href", this.isBusy ? "#chat-icon-stop" : "#chat-icon-send");
    // Not "disabled": that would take the focus away from it.
    button.setAttribute("aria-disabled", String(!this.isBusy && !canSend));
    part(this, "note").textContent = isTooLong ? `${counter} · ${strings.tooLong}` : counter;
    if (!CSS.supports("field-sizing", "content")) {
      this.#input.style.blockSize = "auto";
      this.#input.style.blockSize = `${this.#input.scrollHeight}px`;
    }
  }

  /**
   * @param {string} name
   * @param {string} content
   */
  #tell(name, content = this.text) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: { content } }));
  }
}
