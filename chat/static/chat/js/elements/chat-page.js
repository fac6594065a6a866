/**
 * The page: finds its parts, and hands on what a member does.
 * @module
 */
import { later } from "../core/later.js";
import { readOption } from "../core/options.js";
import { loadMarkdown } from "../dom/later-markdown.js";
import { part } from "../dom/messages.js";
import { StickToBottom } from "../dom/scroll.js";
import { Transcript } from "../dom/transcript.js";
import { Feed } from "../transport/feed.js";
import { Connecting } from "./connecting.js";
import { Conversing } from "./conversing.js";
import { Notices } from "./notices.js";
import { Sidebar } from "./sidebar.js";

/** @typedef {import("./chat-composer.js").ChatComposer} ChatComposer */

const NAMES_MESSAGE = /^#m-/;
// The shortcuts of core/shortcuts.js that mean something else to a browser.
const TAKEN = /^(KeyK|Slash|Shift(Key[OSC]|Semicolon))$/;

const withHints = later(() => import("../dom/hints.js"));

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
  #asLoaded = "";
  #feed = /** @type {Feed} */ (/** @type {unknown} */ (null));
  #withAttention = later(async () => {
    const { Attention } = await import("./attention.js");
    return new Attention(this.#config.conversation?.title ?? "", this.#strings, this.#life.signal);
  });
  /** @type {typeof import("./keyboard.js").hearKey | null} */
  #hearKey = null;
  #desk = /** @type {import("./message-actions.js").Desk} */ (/** @type {unknown} */ (null));

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
    this.#notices.hearMissingParts(signal);
    this.#transcript = new Transcript(this, this.#strings);
    this.#asLoaded = JSON.stringify(this.#config.conversation);
    this.#feed = this.#open(signal);
    const shown = {
      shownId: () => this.#conversing.id,
      onTitle: (/** @type {string} */ title) => this.#showTitle(title),
    };
    this.#sidebar = new Sidebar(this, this.#config, shown, signal);
    const latest = /** @type {HTMLElement} */ (this.querySelector("[data-action=latest]"));
    const scroll = new StickToBottom(part(this, "scroll"), part(this, "messages"), latest, signal);
    this.#conversing = new Conversing(this.#config, {
      transcript: this.#transcript,
      composer: this.#composer,
      notices: this.#notices,
      feed: this.#feed,
      onAsked: ({ element }) => {
        // Its answer takes room at once: the question goes up, and stands still while the answer grows.
        element.nextElementSibling?.setAttribute("data-asked", "");
        scroll.toBottom();
      },
      onTitle: (title) => this.#showTitle(title),
      onRunning: (id, isRunning) => this.#sidebar.markRunning(id, isRunning),
      onAnswered: () => document.hidden && void this.#withAttention().then((attention) => attention.call()),
      onNews: () => scroll.hearNews(),
      onOpened: (conversation) => {
        if (!conversation.temporary) this.#sidebar.add(conversation);
        part(this, "temporary").hidden = !conversation.temporary;
        /** @type {HTMLElement} */ (this.querySelector(".chat-bar [data-action=share]")).hidden = false;
      },
    }, signal);
    this.#desk = {
      page: this, config: this.#config, transcript: this.#transcript, conversing: this.#conversing, notices: this.#notices, scroll,
    };
    if (!NAMES_MESSAGE.test(location.hash)) scroll.toBottom();
    else void this.#goToNamed();
    this.#composer.configure({ ...this.#config.composer, limit: this.#config.limits.max_characters, strings: this.#strings });
    this.#conversing.resume();
    this.#feed.show(this.#conversing.id);
    this.#showAssistant();
    this.#listen(signal);
    this.#writeOn();
    this.dataset.ready = "";
    this.#comfort(signal);
  }

  /** @param {AbortSignal} signal */
  #open(signal) {
    const connecting = new Connecting(this, this.#strings, this.#notices, signal);
    const feed = new Feed(this.#config.feed, {
      onNotice: (notice) => this.#onNotice(notice),
      onEvent: (run, event) => this.#conversing.hearEvent(run, event),
      onState: (connection) => {
        connecting.show(connection);
        this.#conversing.hearConnection(connection);
      },
    });
    signal.addEventListener("abort", () => feed.close());
    return feed;
  }

  /** @param {any} notice */
  #onNotice({ type, id, conversation, ratings, is_stale: isStale }) {
    if (ratings) this.#transcript.showRatings(ratings);
    if (type === "ready" && isStale) void this.#sidebar.refresh().catch(() => {});
    if (type === "removed") {
      this.#sidebar.remove(id);
      // It may come back as it was.
      this.#asLoaded = "";
      if (id === this.#conversing.id) this.#conversing.hearRemoval();
    }
    // The first notice says what the page was made with.
    if (type !== "conversation" || JSON.stringify(conversation) === this.#asLoaded) return;
    if (!conversation.temporary) this.#sidebar.update(conversation);
    if (conversation.id === this.#conversing.id) this.#conversing.hearChange(conversation);
  }

  /**
   * Load what can come a moment later.
   * @param {AbortSignal} signal
   */
  #comfort(signal) {
    // Who begins to write will soon have an answer.
    this.#composer.addEventListener("input", () => void loadMarkdown(), { signal, once: true });
    if ("plain" in this.dataset) void import("../dom/plain.js").then(({ showPlain }) => showPlain(this, this.#transcript, true));
    if (readOption("sentences")) void import("./narrating.js").then(({ narrateAll }) => narrateAll(this.#desk));
    const scroller = part(this, "scroll");
    // Who stays at the end needs nothing from before it.
    const nearby = new IntersectionObserver((ends) => {
      if (!ends.some((end) => end.isIntersecting)) return;
      nearby.disconnect();
      void import("./stretches.js").then(({ loadOnScroll }) => loadOnScroll(this.#desk, scroller, signal));
    }, { root: scroller, rootMargin: "600px 0px" });
    for (const side of ["older", "newer"]) nearby.observe(part(this, side));
    // The keyboard of iOS covers the page.
    const { visualViewport } = window;
    if (!visualViewport || !CSS.supports("-webkit-touch-callout", "none")) return;
    void import("../dom/viewport.js").then(({ stayAboveKeyboard }) => stayAboveKeyboard(this, visualViewport, signal));
  }

  /** @param {AbortSignal} signal */
  #listen(signal) {
    this.addEventListener("chat-send", (event) => this.#ask(/** @type {CustomEvent} */ (event).detail), { signal });
    this.addEventListener("chat-stop", () => void this.#conversing.stop(), { signal });
    this.addEventListener("chat-draft", () => this.#conversing.keepDraft(), { signal });
    this.addEventListener("chat-edit-last", () => void import("./editing.js").then(({ editLast }) => editLast(this.#desk)), { signal });
    this.addEventListener("click", (event) => void this.#onClick(event), { signal });
    this.addEventListener("change", () => this.#showAssistant(), { signal });
    this.addEventListener("pointerover", (event) => void withHints().then(({ hint }) => hint(event), () => {}), { signal });
    document.addEventListener("keydown", (event) => {
      this.#onKey(event);
      if (!event.defaultPrevented) this.#onShortcut(event);
    }, { signal });
    window.addEventListener("popstate", () => this.#onMove(), { signal });
  }

  /** @param {import("./editing.js").Asked} asked */
  #ask(asked) {
    const isTemporary = this.querySelector("input[name=temporary]:checked") !== null;
    void this.#conversing.ask({ ...asked, temporary: isTemporary || undefined });
  }

  /** @param {MouseEvent} event */
  async #onClick(event) {
    const button = /** @type {Element} */ (event.target).closest("[data-action]");
    if (!(button instanceof HTMLElement)) return;
    const view = this.#transcript.around(button);
    switch (button.dataset.action) {
      case "retry":
        // While an answer is followed, it is the connection that failed.
        if (!view || this.#conversing.reconnect()) return;
        return (await import("./once-more.js")).retry(this.#desk, view);
      case "withdraw":
        return this.#conversing.stop();
      case "reconnect":
        return this.#feed.retryNow();
      case "latest":
        this.#desk.scroll.toBottom();
        // The button goes away.
        return this.#writeOn();
      case "sidebar":
        return this.#sidebar.toggle();
      case "sidebar-close":
        return this.#sidebar.open(false);
      case "share":
        event.preventDefault();
        return (await import("./sharing.js")).openSharing(
          this, button.dataset.conversationId ?? this.#conversing.id, this.#config.api_root,
        );
      case "theme":
        return this.#notices.say(this.#strings[`theme_${(await import("../dom/theme.js")).nextTheme(this)}`]);
      case "help":
        return (await import("./keyboard.js")).showHelp(this);
      case "options":
        return (await import("./options.js")).openOptions(this.#desk);
      default:
        // Without scripts its buttons send a form.
        if (button.closest(".chat-message__article button")) event.preventDefault();
        if (button.closest(".chat-message, [data-part=menu]")) await (await import("./message-actions.js")).act(this.#desk, button);
    }
  }

  /** Focus the composer; not on a phone, whose keyboard would cover the page. */
  #writeOn() {
    if (matchMedia("(any-hover: hover)").matches) this.#composer.focusInput();
  }

  async #goToNamed() {
    this.#desk.scroll.release();
    await (await import("./stretches.js")).goToNamed(this.#desk);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
    // It closes the dialog that is open, and nothing behind it.
    if (document.querySelector("dialog:modal")) return;
    if (this.#sidebar.closeWhatIsOpen()) return;
    if (this.#conversing.isBusy) void this.#conversing.stop();
  }

  /**
   * The first key loads the shortcuts, and counts already.
   * @param {KeyboardEvent} event
   */
  #onShortcut(event) {
    if (this.#hearKey) return this.#hearKey(this, event);
    if ((event.ctrlKey || event.metaKey) && !event.altKey && TAKEN.test(`${event.shiftKey ? "Shift" : ""}${event.code}`)) event.preventDefault();
    void import("./keyboard.js").then(({ hearKey }) => {
      this.#hearKey = hearKey;
      hearKey(this, event);
    });
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
    // A jump to a message or a note, and back, moves within the page; another address is another conversation.
    const { id } = this.#conversing;
    const isElsewhere = id ? !location.pathname.includes(id) : location.pathname.includes("/c/");
    if (isElsewhere) location.reload();
    else if (NAMES_MESSAGE.test(location.hash)) void this.#goToNamed();
  }

  /** @param {string} title */
  #showTitle(title) {
    if (!title) return;
    part(this, "title").textContent = title;
    void this.#withAttention().then((attention) => { attention.title = title; });
    this.#sidebar.rename(this.#conversing.id, title);
  }
}
