/**
 * Where a member writes. Attributes: busy, resting (nothing may be sent yet). Events: chat-send {content, assistant, model, attachments}, chat-stop,
 * chat-draft, chat-edit-last.
 * @module
 */
import { isOfComposition, judge, paletteWord, Writing } from "../core/composing.js";
import { later } from "../core/later.js";
import { readOption } from "../core/options.js";
import { part } from "../dom/messages.js";
import { keepFor } from "../dom/unsent.js";

const DRAFT_DELAY_MS = 300;

/** The composer. */
export class ChatComposer extends HTMLElement {
  static observedAttributes = ["busy", "resting"];

  #life = new AbortController();
  #writing = new Writing();
  #sendAfterComposing = false;
  #draftTimer = 0;
  /** @type {any} what chat/views/composer.py gives, the limit of characters and the strings */
  #config = { limit: Infinity, strings: {} };
  /** @type {import("./composer-extras.js").ComposerExtras | null} */
  #extras = null;

  /** @param {any} config */
  configure(config) {
    this.#config = config;
    keepFor(config.member ?? "");
    this.update();
    const { used_tokens: used, budget_tokens: budget, budgets } = config;
    if (this.text || used > Math.min(budget, ...Object.values(budgets ?? {})) / 2) void this.#withExtras();
  }

  // At the first act that may need them.
  #withExtras = later(async () => {
    const { ComposerExtras } = await import("./composer-extras.js");
    this.#extras = new ComposerExtras(this, this.#input, this.#life.signal);
    this.update();
    return this.#extras;
  });

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
    this.update();
  }

  /** The files that go with it, as the API has them. */
  get files() {
    return this.#extras?.files ?? [];
  }

  get config() {
    return this.#config;
  }

  get assistant() {
    return this.#picked("assistant") ?? "";
  }

  /** @param {string} key */
  set assistant(key) {
    const picker = this.#picker("assistant");
    if (picker) picker.value = key;
  }

  get model() {
    return this.#picked("model");
  }

  /** What the model was last sent, and answered: the page tells it after each answer. */
  set usedTokens(/** @type {number} */ count) {
    this.#config.used_tokens = count;
    void this.#withExtras().then(() => this.update());
  }

  focusInput() {
    this.#input.focus();
  }

  /**
   * Put back what could not be sent, before what is written by now.
   * @param {{ content: string, attachments?: any[] }} unsent
   */
  takeBack({ content, attachments = [] }) {
    const { text } = this;
    if (!text.includes(content)) this.text = text ? `${content}\n\n${text}` : content;
    if (attachments.length) void this.#withExtras().then((extras) => extras.putBack(attachments));
  }

  connectedCallback() {
    this.#life = new AbortController();
    const { signal } = this.#life;
    const input = this.#input;
    for (const type of ["keydown", "keyup", "beforeinput", "compositionstart", "compositionend"]) {
      input.addEventListener(type, (event) => this.#onWriting(event), { signal });
    }
    input.addEventListener("input", () => this.changed(), { signal });
    input.addEventListener("paste", (event) => this.#onFiles(event, event.clipboardData), { signal });
    this.addEventListener("change", (event) => this.#onChange(event), { signal });
    const page = this.closest("chat-page") ?? this;
    for (const type of ["dragover", "drop"]) {
      page.addEventListener(type, (event) => this.#onFiles(event, /** @type {DragEvent} */ (event).dataTransfer), { signal });
    }
    this.querySelector("form")?.addEventListener("submit", (event) => this.#onSubmit(event), { signal });
    part(this, "send").addEventListener("click", (event) => {
      // The second click of a double click was meant for Send, which is Stop by now.
      if (this.isBusy && event.detail > 1) event.preventDefault();
    }, { signal });
    window.addEventListener("pagehide", () => this.#draftTimer && this.#keepDraft(), { signal });
    this.update();
  }

  disconnectedCallback() {
    this.#life.abort();
  }

  attributeChangedCallback() {
    if (this.isConnected) this.update();
  }

  /** @param {Event} event */
  #onWriting(event) {
    const isTouch = matchMedia("(pointer: coarse)").matches && !matchMedia("(any-hover: hover)").matches;
    const isSend = this.#writing.hear(event, { isTouch, isSwapped: readOption("enter-breaks") });
    if (event.type === "compositionend") this.#onComposed();
    if (isSend) {
      event.preventDefault();
      const send = () => this.#send();
      // Who is quicker than the network chooses from the palette all the same.
      if (event.type !== "beforeinput" || paletteWord(this.text) === null) send();
      else void this.#withExtras().then((extras) => extras.chooseOr(send), send);
    } else if (event instanceof KeyboardEvent && event.type === "keydown" && !isOfComposition(event)) {
      this.#onKey(event);
    }
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (this.#extras?.onKey(event)) {
      event.preventDefault();
    } else if (event.key === "ArrowUp" && !this.text && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      this.#tell("chat-edit-last");
    }
  }

  /**
   * Before the extras are there, too: else the browser would open what is dropped.
   * @param {Event} event
   * @param {DataTransfer | null} data
   */
  #onFiles(event, data) {
    if (!data?.types.includes("Files") || !this.#config.max_files) return;
    // Spreadsheets give a picture of what they also give as text.
    if (event.type === "paste" && data.types.includes("text/plain")) return;
    event.preventDefault();
    // The browser empties the list after the event.
    const files = [...data.files];
    void this.#withExtras().then((extras) => event.type === "dragover" ? extras.expect() : extras.give(files));
  }

  /** @param {Event} event */
  #onChange({ target }) {
    if (target instanceof HTMLInputElement && target.files?.length) {
      const files = [...target.files];
      void this.#withExtras().then((extras) => extras.give(files));
      // The same file may be chosen again.
      target.value = "";
    }
    this.update();
  }

  /** Text or files are others than before: show that, and keep them in a moment. */
  changed() {
    this.update();
    void this.#withExtras();
    clearTimeout(this.#draftTimer);
    this.#draftTimer = window.setTimeout(() => this.#keepDraft(), DRAFT_DELAY_MS);
  }

  #onComposed() {
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
      if (!this.isBusy) this.#hand(starter.value);
    } else if (this.isBusy) {
      this.#tell("chat-stop");
    } else if (this.#writing.isComposing) {
      this.#sendAfterComposing = true;
    } else {
      this.#send();
    }
  }

  #send() {
    if (this.isBusy || !this.#judged.canSend) return;
    const content = this.text;
    this.#forgetTimer();
    const attachments = this.#extras?.take() ?? [];
    this.text = "";
    this.#hand(content, attachments);
  }

  get #judged() {
    const judged = judge(this.text, this.#config.limit, Boolean(this.files.length));
    return this.#extras?.isUploading || this.hasAttribute("resting") ? { ...judged, canSend: false } : judged;
  }

  /**
   * @param {string} content
   * @param {any[]} attachments
   */
  #hand(content, attachments = []) {
    const picker = this.#picker("assistant");
    // The cards of the start page go with the first message: this one takes their place.
    if (picker) picker.hidden = picker.disabled = picker.options.length < 2;
    this.#tell("chat-send", { content, assistant: this.assistant, model: this.model, attachments });
  }

  /** Show what follows from text, files, state and choice. */
  update() {
    const { canSend, counter, isTooLong } = this.#judged;
    const button = /** @type {HTMLButtonElement} */ (part(this, "send"));
    const { strings } = this.#config;
    button.setAttribute("aria-label", (this.isBusy ? strings.stop : strings.send) ?? "");
    button.dataset.mode = this.isBusy ? "stop" : "send";
    part(this, "send-icon").setAttribute("href", this.isBusy ? "#chat-icon-stop" : "#chat-icon-send");
    // Not "disabled": that would take the focus away from it.
    button.setAttribute("aria-disabled", String(!this.isBusy && !canSend));
    part(this, "note").textContent = isTooLong ? `${counter} · ${strings.tooLong}` : counter;
    this.#extras?.showContext();
    if (!CSS.supports("field-sizing", "content")) {
      this.#input.style.blockSize = "auto";
      this.#input.style.blockSize = `${this.#input.scrollHeight}px`;
    }
  }

  /** @param {string} name */
  #picker(name) {
    return /** @type {HTMLSelectElement | null} */ (this.querySelector(`select[name=${name}]`));
  }

  /** @param {string} name */
  #picked(name) {
    return this.#picker(name)?.value;
  }

  // A draft that waits for its time is not that of the message which is being sent.
  #forgetTimer() {
    clearTimeout(this.#draftTimer);
    this.#draftTimer = 0;
  }

  #keepDraft() {
    this.#forgetTimer();
    // What opens the palette is no message yet.
    if (paletteWord(this.text) === null) this.#tell("chat-draft");
  }

  /**
   * @param {string} name
   * @param {object} [detail]
   */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}
