/**
 * The page: finds its parts, and hands on what a member does.
 * @module
 */
import { copy } from "../dom/clipboard.js";
import { loadMarkdown } from "../dom/later-markdown.js";
import { part } from "../dom/messages.js";
import { StickToBottom } from "../dom/scroll.js";
import { Transcript } from "../dom/transcript.js";
import { Conversing } from "./conversing.js";
import { Notices } from "./notices.js";
import { Sidebar } from "./sidebar.js";

/** @typedef {import("./chat-composer.js").ChatComposer} ChatComposer */

// How often an idle tab looks whether another one has gone on with the conversation.
const LOOK_MS = 3000;

/** The chat page. */
export class ChatPage extends HTMLElement {
  #life = new AbortController();
  /** @type {any} */
  #config = {};
  /** @type {Record<string, string>} */
  #strings = {};
  #transcript = /** @type {Transcript} */ (/** @type {unknown} */ (null));
  #conversing = /** @type {Conversing} */ (/** @type {unknown} */ (null));
  #sidebar = /** @type {Sidebar} */ (/** @type {unknown} */ (null));
  #notices = /** @type {Notices} */ (/** @type {unknown} */ (null));

  connectedCallback() {
    this.#life = new AbortController();
    this.#config = JSON.parse(document.getElementById("chat-config")?.textContent ?? "{}");
    this.#strings = this.#config.strings;
    // The composer inside is an element of its own, and may come to life after this one.
    void customElements.whenDefined("chat-composer").then(() => this.isConnected && this.#begin());
  }

  disconnectedCallback() {
    this.#life.abort();
  }

  get #composer() {
    return /** @type {ChatComposer} */ (this.querySelector("chat-composer"));
  }

  #begin() {
    const { signal } = this.#life;
    this.#notices = new Notices(this, this.#strings, this.#config.login_url);
    this.#transcript = new Transcript(this, this.#strings);
    const shown = {
      shownId: () => this.#conversing.id,
      onTitle: (/** @type {string} */ title) => this.#showTitle(title),
    };
    this.#sidebar = new Sidebar(this, this.#config, shown, signal);
    const latest = /** @type {HTMLElement} */ (this.querySelector("[data-action=latest]"));
    const scroll = new StickToBottom(part(this, "scroll"), part(this, "messages"), latest, signal);
    if (!location.hash) scroll.toBottom();
    this.#conversing = new Conversing(this.#config, {
      transcript: this.#transcript,
      composer: this.#composer,
      notices: this.#notices,
      onAsked: () => scroll.toBottom(),
      onTitle: (title) => this.#showTitle(title),
      onRunning: (id, isRunning) => this.#sidebar.markRunning(id, isRunning),
      onOpened: (conversation) => {
        this.#sidebar.add(conversation);
        /** @type {HTMLElement} */ (this.querySelector(".chat-bar [data-action=share]")).hidden = false;
      },
    }, signal);
    this.#composer.configure({ ...this.#config.composer, limit: this.#config.limits.max_characters, strings: this.#strings });
    this.#conversing.resume();
    this.#showAssistant();
    this.#listen(signal);
    this.#notices.online();
    if (matchMedia("(any-hover: hover)").matches) this.#composer.focusInput();
    this.dataset.ready = "";
    this.#comfort(signal);
  }

  /**
   * Load what can come a moment later: shortcuts, and room for the keyboard of iOS, which covers the page.
   * @param {AbortSignal} signal
   */
  #comfort(signal) {
    // Who begins to write will soon have an answer.
    this.#composer.addEventListener("input", () => void loadMarkdown(), { signal, once: true });
    void import("./keyboard.js").then(({ listenToKeys }) => listenToKeys(this, signal));
    const { visualViewport } = window;
    if (!visualViewport || !CSS.supports("-webkit-touch-callout", "none")) return;
    void import("../dom/viewport.js").then(({ stayAboveKeyboard }) => stayAboveKeyboard(this, visualViewport, signal));
  }

  /** @param {AbortSignal} signal */
  #listen(signal) {
    const content = (/** @type {Event} */ event) => /** @type {CustomEvent} */ (event).detail.content;
    const look = () => void this.#conversing.look();
    this.addEventListener("chat-send", (event) => void this.#conversing.send(/** @type {CustomEvent} */ (event).detail), { signal });
    this.addEventListener("chat-stop", () => void this.#conversing.stop(), { signal });
    this.addEventListener("chat-draft", (event) => this.#conversing.keepDraft(content(event)), { signal });
    this.addEventListener("click", (event) => void this.#onClick(event), { signal });
    this.addEventListener("change", () => this.#showAssistant(), { signal });
    document.addEventListener("keydown", (event) => this.#onKey(event), { signal });
    document.addEventListener("visibilitychange", look, { signal });
    window.addEventListener("pageshow", look, { signal });
    window.addEventListener("online", () => this.#notices.online(), { signal });
    window.addEventListener("offline", () => this.#notices.online(), { signal });
    window.addEventListener("popstate", () => this.#onMove(), { signal });
    const timer = setInterval(look, LOOK_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
  }

  /** @param {MouseEvent} event */
  async #onClick(event) {
    const button = /** @type {Element} */ (event.target).closest("[data-action]");
    if (!(button instanceof HTMLElement)) return;
    const view = this.#transcript.around(button);
    switch (button.dataset.action) {
      case "copy":
        return this.#copy(view?.source ?? "", button);
      case "copy-code":
        return this.#copy(button.closest("figure")?.querySelector("code")?.textContent ?? "", button);
      case "copy-trace":
        return this.#copy(button.closest("details")?.querySelector("[data-part=error-trace]")?.textContent ?? "", button);
      case "regenerate":
        return view && this.#conversing.regenerate(view);
      case "retry":
        return view && this.#conversing.retry(view);
      case "sidebar":
        return this.#sidebar.toggle();
      case "sidebar-close":
        return this.#sidebar.open(false);
      case "share":
        event.preventDefault();
        return this.#share(button.dataset.conversationId ?? this.#conversing.id);
      case "theme":
        return this.#notices.nextTheme();
      default:
    }
  }

  /**
   * @param {string} text
   * @param {HTMLElement} button
   */
  async #copy(text, button) {
    await copy(text, button, this.#strings.copied);
    this.#notices.say(this.#strings.copied);
  }

  /** @param {string} id */
  async #share(id) {
    const { openSharing } = await import("./sharing.js");
    await openSharing(this, id, this.#config.api_root);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
    // It closes the dialog that is open, and nothing behind it.
    if (document.querySelector("dialog:modal")) return;
    if (this.#sidebar.closeWhatIsOpen()) return;
    if (this.#conversing.isBusy) void this.#conversing.stop();
  }

  /** Take up who is chosen to answer; a browser may have chosen again what was chosen before a reload. */
  #showAssistant() {
    const input = /** @type {HTMLInputElement | null} */ (this.querySelector("input[name=assistant]:checked"));
    if (!input) return;
    this.#conversing.assistant = this.#composer.assistant = input.value;
    this.querySelectorAll("[data-starters]").forEach((one) => {
      const list = /** @type {HTMLElement} */ (one);
      list.hidden = list.dataset.starters !== input.value;
    });
  }

  #onMove() {
    // A jump to a message moves within the page; every other address is another conversation.
    if (!location.hash) location.reload();
  }

  /** @param {string} title */
  #showTitle(title) {
    if (!title) return;
    part(this, "title").textContent = title;
    document.title = `${title} · ${this.#strings.chat}`;
    this.#sidebar.rename(this.#conversing.id, title);
  }
}
