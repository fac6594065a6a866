/**
 * Where a member writes. Attributes: busy. Events: chat-send {content, assistant, model, attachments}, chat-stop,
 * chat-draft {content}, chat-edit-last.
 * @module
 */
import { isOfComposition, judge, paletteWord, Writing } from "../core/composing.js";
import { readOption } from "../core/options.js";
import { keepDraftsOf } from "../dom/drafts.js";
import { part } from "../dom/messages.js";

const DRAFT_DELAY_MS = 300;
// A text has no more tokens than characters: below this share of the context nothing need be counted.
const NEARLY_FULL = 0.8;

/** The composer. */
export class ChatComposer extends HTMLElement {
  static observedAttributes = ["busy"];

  #life = new AbortController();
  #writing = new Writing();
  #sendAfterComposing = false;
  #draftTimer = 0;
  /** @type {any} what chat/views/composer.py gives, the limit of characters and the strings */
  #config = { limit: Infinity, strings: {} };
  /** @type {import("./palette.js").Palette | null} */
  #palette = null;
  /** @type {Promise<void> | null} while the palette is being loaded */
  #suggesting = null;
  /** @type {import("./file-tray.js").FileTray | null} */
  #tray = null;

  /** @param {any} config */
  configure(config) {
    this.#config = config;
    keepDraftsOf(config.member ?? "");
    this.update();
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
    this.update();
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

  /** What the model was last sent, and answered: the page tells it after each answer. */
  set usedTokens(/** @type {number} */ count) {
    this.#config.used_tokens = count;
    this.update();
  }

  focusInput() {
    this.#input.focus();
  }

  /**
   * Put back what could not be sent, unless something new is written already.
   * @param {{ content: string, attachments?: any[] }} unsent
   */
  takeBack({ content, attachments = [] }) {
    this.text ||= content;
    if (attachments.length) void this.#withTray((tray) => tray.putBack(attachments));
  }

  connectedCallback() {
    this.#life = new AbortController();
    const { signal } = this.#life;
    const input = this.#input;
    for (const type of ["keydown", "keyup", "beforeinput", "compositionstart", "compositionend"]) {
      input.addEventListener(type, (event) => this.#onWriting(event), { signal });
    }
    input.addEventListener("input", () => this.#onInput(), { signal });
    input.addEventListener("paste", (event) => this.#onPaste(event), { signal });
    this.addEventListener("change", (event) => this.#onChange(event), { signal });
    this.querySelector("form")?.addEventListener("submit", (event) => this.#onSubmit(event), { signal });
    part(this, "send").addEventListener("click", (event) => {
      // The second click of a double click was meant for Send, which is Stop by now.
      if (this.isBusy && event.detail > 1) event.preventDefault();
    }, { signal });
    window.addEventListener("pagehide", () => this.#draftTimer && this.#keepDraft(), { signal });
    const page = this.closest("chat-page") ?? this;
    for (const type of ["dragover", "drop"]) {
      page.addEventListener(type, (event) => this.#onDrag(/** @type {DragEvent} */ (event)), { signal });
    }
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
      if (event.type === "keydown") this.#send();
      // Who is quicker than the network chooses all the same.
      else if (this.#suggesting) void this.#suggesting.then(() => this.#chooseOrSend());
      else this.#chooseOrSend();
    } else if (event instanceof KeyboardEvent && event.type === "keydown" && !isOfComposition(event)) {
      this.#onKey(event);
    }
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (this.#palette?.onKey(event)) {
      event.preventDefault();
    } else if (event.key === "ArrowUp" && !this.text && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      this.#tell("chat-edit-last");
    }
  }

  #onInput() {
    this.update();
    clearTimeout(this.#draftTimer);
    this.#draftTimer = window.setTimeout(() => this.#keepDraft(), DRAFT_DELAY_MS);
    const word = paletteWord(this.text);
    if (word === null) this.#palette?.close();
    else if (this.#palette) this.#palette.refresh();
    else this.#suggesting ??= this.#suggest().finally(() => { this.#suggesting = null; });
  }

  async #suggest() {
    const { Palette } = await import("./palette.js");
    const palette = new Palette(this, this.#input, () => paletteWord(this.text));
    await palette.load();
    this.#palette = palette;
    palette.refresh();
  }

  #chooseOrSend() {
    if (!this.#palette?.choose()) this.#send();
  }

  #onComposed() {
    if (!this.#sendAfterComposing) return;
    this.#sendAfterComposing = false;
    // The text holds the last syllable only after this event.
    queueMicrotask(() => this.#send());
  }

  /** @param {ClipboardEvent} event */
  #onPaste(event) {
    const data = event.clipboardData;
    // Spreadsheets give a picture of what they also give as text.
    if (!data?.files.length || data.types.includes("text/plain")) return;
    event.preventDefault();
    this.#give(data.files);
  }

  /** @param {DragEvent} event */
  #onDrag(event) {
    const data = event.dataTransfer;
    if (!data?.types.includes("Files") || !this.#config.max_files) return;
    event.preventDefault();
    if (event.type === "drop") this.#give(data.files);
    else void this.#withTray((tray) => tray.expect());
  }

  /** @param {Event} event */
  #onChange(event) {
    const field = event.target;
    if (field instanceof HTMLInputElement && field.files?.length) {
      this.#give(field.files);
      // The same file may be chosen again.
      field.value = "";
    }
    this.update();
  }

  /** @param {FileList} files */
  #give(files) {
    // A list that the browser empties when the event is over.
    const given = [...files];
    void this.#withTray((tray) => tray.add(given));
  }

  /** @param {(tray: import("./file-tray.js").FileTray) => void} use */
  async #withTray(use) {
    const { FileTray } = await import("./file-tray.js");
    this.#tray ??= new FileTray(this);
    use(this.#tray);
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
    this.#palette?.close();
    const attachments = this.#tray?.take() ?? [];
    this.text = "";
    this.#hand(content, attachments);
  }

  get #judged() {
    const judged = judge(this.text, this.#config.limit, Boolean(this.#tray?.files.length));
    return this.#tray?.isUploading ? { ...judged, canSend: false } : judged;
  }

  /**
   * @param {string} content
   * @param {any[]} attachments
   */
  #hand(content, attachments = []) {
    const picker = this.#picker("assistant");
    // The cards of the start page go with the first message: this one takes their place.
    if (picker) picker.hidden = picker.disabled = picker.options.length < 2;
    this.#tell("chat-send", { content, assistant: this.assistant, model: this.#picked("model"), attachments });
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
    this.#showContext();
    if (!CSS.supports("field-sizing", "content")) {
      this.#input.style.blockSize = "auto";
      this.#input.style.blockSize = `${this.#input.scrollHeight}px`;
    }
  }

  #showContext() {
    const { used_tokens: used = 0, budget_tokens: budget, budgets } = this.#config;
    const most = budgets?.[this.#picked("model") ?? ""] ?? budget;
    const place = part(this, "context");
    if (!(used + this.text.length + (this.#tray?.tokens ?? 0) >= most * NEARLY_FULL)) {
      place.hidden = true;
      return;
    }
    void import("../core/context.js").then(({ estimateTokens, fullness }) => {
      const percent = fullness(used + estimateTokens(this.text) + (this.#tray?.tokens ?? 0), most);
      place.hidden = percent === null;
      place.dataset.full = String(percent !== null && percent >= 100);
      part(place, "percent").textContent = `${percent} %`;
    });
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
    if (paletteWord(this.text) === null) this.#tell("chat-draft", { content: this.text });
  }

  /**
   * @param {string} name
   * @param {object} [detail]
   */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}
