/**
 * The page: what is sent, answered, stopped, asked again; two tabs show the same.
 * @module
 */
import { copy } from "../dom/clipboard.js";
import { readDraft, writeDraft } from "../dom/drafts.js";
import { MessageView, part } from "../dom/messages.js";
import { StickToBottom } from "../dom/scroll.js";
import { ApiError, persistently, request } from "../transport/api.js";
import { Answering } from "./answering.js";
import { Notices } from "./notices.js";
import { Sidebar } from "./sidebar.js";

/** @typedef {import("./chat-composer.js").ChatComposer} ChatComposer */

// How often an idle tab looks whether another one has gone on with the conversation.
const LOOK_MS = 3000;
// Longer answers are not read out whole: they would talk over everything else.
const ANNOUNCED_CHARACTERS = 500;

/** The chat page. */
export class ChatPage extends HTMLElement {
  #life = new AbortController();
  /** @type {any} */
  #config = {};
  /** @type {Record<string, string>} */
  #strings = {};
  /** @type {WeakMap<Element, MessageView>} */
  #views = new WeakMap();
  /** @type {Answering | null} */
  #answering = null;
  #isSending = false;
  #assistant = "";
  #seenAt = "";
  #sidebar = /** @type {Sidebar} */ (/** @type {unknown} */ (null));
  #notices = /** @type {Notices} */ (/** @type {unknown} */ (null));
  #scroll = /** @type {StickToBottom} */ (/** @type {unknown} */ (null));

  connectedCallback() {
    const { signal } = (this.#life = new AbortController());
    this.#config = JSON.parse(document.getElementById("chat-config")?.textContent ?? "{}");
    this.#strings = this.#config.strings;
    this.dataset.ready = "";
    this.#notices = new Notices(this, this.#strings, this.#config.login_url);
    this.#sidebar = new Sidebar(this, this.#strings, signal);
    const latest = /** @type {HTMLElement} */ (this.querySelector("[data-action=latest]"));
    this.#scroll = new StickToBottom(part(this, "scroll"), part(this, "messages"), latest, signal);
    this.#adoptMessages();
    this.#listen(signal);
    customElements.whenDefined("chat-composer").then(() => this.#prepareComposer());
    this.#seenAt = this.#conversation?.updated_at ?? "";
    const active = this.#conversation?.active_run;
    if (active) this.#follow(active, this.#viewOf(active.message) ?? this.#newView("assistant"));
    if (!location.hash && part(this, "messages").children.length) this.#scroll.toBottom();
    const timer = setInterval(() => void this.#look(), LOOK_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
    this.#notices.online();
  }

  disconnectedCallback() {
    this.#life.abort();
    this.#answering?.close();
  }

  get #conversation() {
    return this.#config.conversation;
  }

  get #composer() {
    return /** @type {ChatComposer} */ (this.querySelector("chat-composer"));
  }

  get #conversationUrl() {
    return `${this.#config.api_root}conversations/${this.#conversation.id}/`;
  }

  #prepareComposer() {
    this.#composer.configure({ limit: this.#config.limits.max_characters, strings: this.#strings });
    this.#composer.text ||= readDraft(this.#conversation?.id ?? "");
    this.#showBusy();
    if (matchMedia("(any-hover: hover)").matches) this.#composer.focusInput();
  }

  #adoptMessages() {
    for (const element of this.querySelectorAll("li.chat-message")) {
      const item = /** @type {HTMLElement} */ (element);
      this.#views.set(item, new MessageView(item, this.#strings));
    }
  }

  /** @param {AbortSignal} signal */
  #listen(signal) {
    this.addEventListener("chat-send", (event) => void this.#send(/** @type {CustomEvent} */ (event).detail.content), { signal });
    this.addEventListener("chat-stop", () => void this.#stop(), { signal });
    this.addEventListener("chat-draft", (event) => {
      writeDraft(this.#conversation?.id ?? "", /** @type {CustomEvent} */ (event).detail.content);
    }, { signal });
    this.addEventListener("click", (event) => void this.#onClick(event), { signal });
    this.addEventListener("change", (event) => this.#onAssistant(event), { signal });
    document.addEventListener("keydown", (event) => this.#onKey(event), { signal });
    document.addEventListener("visibilitychange", () => void this.#look(), { signal });
    window.addEventListener("online", () => this.#notices.online(), { signal });
    window.addEventListener("offline", () => this.#notices.online(), { signal });
    window.addEventListener("popstate", () => location.reload(), { signal });
  }

  /** @param {string} content */
  async #send(content) {
    if (this.#answering || this.#isSending) return;
    this.#isSending = true;
    this.#notices.clear();
    const clientMessageId = crypto.randomUUID();
    const question = this.#newView("user");
    question.showPlain(content);
    question.element.dataset.status = "sending";
    this.querySelector("[data-part=start]")?.remove();
    const answer = this.#newView("assistant");
    answer.beginThinking();
    this.#showBusy();
    this.#scroll.toBottom();
    this.#notices.say(this.#strings.sent);
    const wait = { signal: this.#life.signal, onWait: () => this.#notices.connection("reconnecting") };
    try {
      await persistently(() => this.#openConversation(content), wait);
      const turn = await persistently(
        () => request("POST", `${this.#conversationUrl}messages/`, { content, client_message_id: clientMessageId }),
        wait,
      );
      writeDraft(this.#conversation.id, "");
      writeDraft("", "");
      question.id = turn.user_message.id;
      question.element.dataset.status = "completed";
      answer.id = turn.assistant_message.id;
      this.#follow({ ...turn.run, message: turn.assistant_message.id }, answer);
    } catch (error) {
      question.element.remove();
      answer.element.remove();
      this.#composer.text ||= content;
      await this.#onRefused(/** @type {ApiError} */ (error));
    } finally {
      this.#isSending = false;
      this.#showBusy();
    }
  }

  /** @param {string} content */
  async #openConversation(content) {
    if (this.#conversation) return;
    const created = await request("POST", `${this.#config.api_root}conversations/`, { assistant: this.#assistant });
    this.#config.conversation = created;
    const url = `${this.#config.page_root}c/${created.id}/`;
    history.pushState(null, "", url);
    this.#sidebar.add({ id: created.id, title: content.trim().slice(0, 40), url });
  }

  /** @param {ApiError} error */
  async #onRefused(error) {
    if (error.code === "run_active") {
      await this.#reload();
      this.#notices.say(error.message);
    } else if (error.status === 401 || error.status === 403) {
      writeDraft(this.#conversation?.id ?? "", this.#composer.text);
      this.#notices.signedOut();
    } else {
      const wait = error.retryAfterSeconds ? ` (${error.retryAfterSeconds} s)` : "";
      const reason = error.code ? error.message : this.#strings.notSent;
      this.#notices.alert(Object.values(error.error.fields ?? {}).flat().join(" ") || reason + wait);
    }
  }

  /**
   * @param {any} run
   * @param {MessageView} view
   */
  #follow(run, view) {
    this.#answering?.close();
    this.#answering = new Answering(view, run, this.#strings, {
      onEnd: (end) => this.#onEnd(view, end),
      onMissing: () => void this.#reload(),
      onTitle: (title) => this.#showTitle(title),
      onState: (state) => this.#notices.connection(state),
    });
    this.#sidebar.markRunning(this.#conversation.id, true);
    this.#showBusy();
    this.#notices.say(this.#strings.answering);
    this.#answering.start();
  }

  /**
   * @param {MessageView} view
   * @param {any} end
   */
  #onEnd(view, end) {
    this.#idle();
    const words = view.source.split(/\s+/).length;
    if (end.type === "error") this.#notices.say(end.message);
    else if (view.source.length <= ANNOUNCED_CHARACTERS) this.#notices.say(view.source);
    else this.#notices.say(this.#strings.answerFinished.replace("%s", String(words)));
  }

  #idle() {
    this.#answering?.close();
    this.#answering = null;
    this.#sidebar.markRunning(this.#conversation.id, false);
    this.#notices.connection("ended");
    this.#showBusy();
    void this.#look({ isOwn: true });
  }

  async #stop() {
    const answering = this.#answering;
    if (!answering) return;
    try {
      await request("POST", answering.cancelUrl, {});
    } catch {
      this.#notices.alert(this.#strings.notStopped);
    }
  }

  /** @param {MessageView} view */
  async #regenerate(view) {
    if (this.#answering || this.#isSending || !view.element.dataset.id) return;
    try {
      const turn = await request("POST", `${this.#config.api_root}messages/${view.element.dataset.id}/regenerate/`, {});
      const answer = this.#newView("assistant");
      answer.id = turn.assistant_message.id;
      view.element.replaceWith(answer.element);
      this.#follow({ ...turn.run, message: turn.assistant_message.id }, answer);
    } catch (error) {
      await this.#onRefused(/** @type {ApiError} */ (error));
    }
  }

  /**
   * Go on with a failed answer: follow it if it is still written, else ask for another one.
   * @param {MessageView} view
   */
  async #retry(view) {
    if (this.#answering) {
      view.hideError();
      this.#answering.retryNow();
      return;
    }
    try {
      const current = await request("GET", this.#conversationUrl);
      if (current.active_run) await this.#reload();
      else await this.#regenerate(view);
    } catch (error) {
      await this.#onRefused(/** @type {ApiError} */ (error));
    }
  }

  /**
   * See whether another tab or device has gone on.
   * @param {{ isOwn?: boolean }} [why] isOwn: this tab changed it, and shows that already
   */
  async #look({ isOwn = false } = {}) {
    if (!this.#conversation || document.hidden || this.#answering || this.#isSending) return;
    let current;
    try {
      current = await request("GET", this.#conversationUrl, undefined, this.#life.signal);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.#notices.signedOut();
      return;
    }
    if (this.#answering || this.#isSending) return;
    const isNew = current.updated_at !== this.#seenAt;
    this.#seenAt = current.updated_at;
    this.#showTitle(current.title);
    if (current.active_run || (isNew && !isOwn)) await this.#reload();
  }

  /** Show the conversation as it is stored, and follow what is being written. */
  async #reload() {
    this.#answering?.close();
    this.#answering = null;
    const [current, page] = await Promise.all([
      request("GET", this.#conversationUrl),
      request("GET", `${this.#conversationUrl}messages/`),
    ]);
    this.#seenAt = current.updated_at;
    this.querySelector("[data-part=start]")?.remove();
    part(this, "messages").replaceChildren();
    for (const message of page.results.reverse()) this.#showStored(message);
    this.#showBusy();
    this.#scroll.toBottom();
    const active = current.active_run;
    if (active) this.#follow(active, this.#viewOf(active.message) ?? this.#newView("assistant"));
  }

  /** @param {any} message */
  #showStored(message) {
    const view = this.#newView(message.role === "user" ? "user" : "assistant");
    view.id = message.id;
    if (message.role === "user") {
      view.showPlain(message.content);
      return;
    }
    view.showWhole(message.content);
    const { run } = message;
    if (message.status === "queued" || message.status === "running") return;
    view.end({ status: message.status, finishReason: run?.finish_reason, error: run?.error, traceId: run?.trace_id });
    if (message.sibling_count > 1) {
      part(view.element, "siblings").textContent = `${message.sibling_index + 1} / ${message.sibling_count}`;
    }
  }

  /** @param {"user" | "assistant"} role */
  #newView(role) {
    const template = /** @type {HTMLTemplateElement} */ (this.querySelector("template[data-template=message]"));
    const view = MessageView.make(template, role, this.#strings);
    this.#views.set(view.element, view);
    part(this, "messages").append(view.element);
    return view;
  }

  /** @param {string} id */
  #viewOf(id) {
    const element = this.querySelector(`li[data-id="${CSS.escape(id)}"]`);
    return element ? this.#views.get(element) : undefined;
  }

  /** @param {MouseEvent} event */
  async #onClick(event) {
    const target = /** @type {Element} */ (event.target).closest("[data-action]");
    if (!target) return;
    const button = /** @type {HTMLElement} */ (target);
    const item = button.closest("li.chat-message");
    const view = item ? this.#views.get(item) : undefined;
    switch (button.dataset.action) {
      case "copy":
        return copy(view?.source || this.#storedSource(item), button, this.#strings.copied);
      case "copy-code":
        return copy(button.closest("figure")?.querySelector("code")?.textContent ?? "", button, this.#strings.copied);
      case "regenerate":
        return view && this.#regenerate(view);
      case "retry":
        return view && this.#retry(view);
      case "sidebar":
        return this.#sidebar.open(!this.#sidebar.isOpen);
      case "sidebar-close":
        return this.#sidebar.open(false);
      case "theme":
        return this.#notices.nextTheme();
      default:
    }
  }

  /** @param {Element | null} item */
  #storedSource(item) {
    const source = item?.querySelector("script[type='application/json']")?.textContent;
    return source ? JSON.parse(source) : "";
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.key !== "Escape" || event.isComposing || event.keyCode === 229) return;
    if (this.#sidebar.isOpen) this.#sidebar.open(false);
    else if (this.#answering) void this.#stop();
  }

  /** @param {Event} event */
  #onAssistant(event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    if (input.name !== "assistant") return;
    this.#assistant = input.value;
    this.querySelectorAll("[data-starters]").forEach((one) => {
      const list = /** @type {HTMLElement} */ (one);
      list.hidden = list.dataset.starters !== input.value;
    });
  }

  /** @param {string} title */
  #showTitle(title) {
    if (!title || !this.#conversation) return;
    part(this, "title").textContent = title;
    document.title = `${title} · ${this.#strings.chat}`;
    this.#sidebar.rename(this.#conversation.id, title);
  }

  #showBusy() {
    this.#composer.toggleAttribute("busy", Boolean(this.#answering) || this.#isSending);
  }
}
