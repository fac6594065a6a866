/**
 * The conversation that is shown: what is sent, answered, stopped, asked again; two tabs show the same.
 * @module
 */
import { newId } from "../core/identity.js";
import { readDraft, writeDraft } from "../dom/drafts.js";
import { ApiError, persistently, request } from "../transport/api.js";
import { Answering } from "./answering.js";

/** @typedef {import("../dom/messages.js").MessageView} MessageView */

/**
 * @typedef {object} Parts what a conversation shows itself with
 * @property {import("../dom/transcript.js").Transcript} transcript
 * @property {import("./chat-composer.js").ChatComposer} composer
 * @property {import("./notices.js").Notices} notices
 * @property {(message: MessageView) => void} onAsked a question was put; it should be in view
 * @property {(title: string) => void} onTitle
 * @property {(id: string, isRunning: boolean) => void} onRunning
 * @property {(conversation: { id: string, title: string, url: string }) => void} onOpened
 */

// Longer answers are not read out whole: they would talk over everything else.
const ANNOUNCED_CHARACTERS = 500;
const TITLE_CHARACTERS = 40;
const UNFINISHED = new Set(["failed", "interrupted"]);

/** The conversation of the page. */
export class Conversing {
  #config;
  #strings;
  #parts;
  #life;
  #seenAt;
  /** The one who answers a new conversation. */
  assistant = "";
  /** @type {Answering | null} */
  #answering = null;
  /** @type {AbortController | null} */
  #sending = null;
  #isWaitingForNetwork = false;
  #isStopWished = false;
  // After these there is nothing to look after until the page is loaded anew.
  #isOver = false;
  /** @type {import("../dom/drafts.js").Draft | null} */
  #unsent = null;

  /**
   * @param {any} config
   * @param {Parts} parts
   * @param {AbortSignal} life
   */
  constructor(config, parts, life) {
    this.#config = config;
    this.#strings = config.strings;
    this.#parts = parts;
    this.#life = life;
    this.#seenAt = config.conversation?.updated_at ?? "";
    life.addEventListener("abort", () => this.#answering?.close());
  }

  get id() {
    return this.#config.conversation?.id ?? "";
  }

  get isBusy() {
    return Boolean(this.#answering || this.#sending);
  }

  /** Take up what was written here before, and follow what is being answered. */
  resume() {
    const draft = readDraft(this.id);
    this.#parts.composer.text ||= draft.text;
    if (draft.clientMessageId) this.#unsent = draft;
    const active = this.#config.conversation?.active_run;
    if (active) this.#followActive(active);
    this.#showBusy();
  }

  /** @param {string} text */
  keepDraft(text) {
    writeDraft(this.id, text, this.#unsent?.text === text ? this.#unsent.clientMessageId : "");
  }

  /** @param {{ content: string, assistant?: string, model?: string, attachments?: any[] }} asked */
  async send(asked) {
    const { content, attachments = [] } = asked;
    if (this.isBusy) return;
    const askedAtMs = performance.now();
    const sending = (this.#sending = new AbortController());
    this.#isWaitingForNetwork = this.#isStopWished = false;
    // The same text that may have arrived already goes out under the same id: it is stored and answered once.
    const files = attachments.map((file) => file.id).join();
    if (this.#unsent?.text !== content || (this.#unsent.files ?? "") !== files) {
      this.#unsent = { text: content, files, clientMessageId: newId() };
    }
    this.keepDraft(content);
    const question = this.#parts.transcript.add("user");
    question.showPlain(content);
    question.showFiles(attachments);
    question.element.dataset.status = "sending";
    const answer = this.#parts.transcript.add("assistant");
    answer.begin();
    this.#parts.notices.clear();
    this.#parts.notices.say(this.#strings.sent);
    this.#showBusy();
    this.#parts.onAsked(question);
    try {
      const turn = await this.#post(this.#unsent, asked, AbortSignal.any([sending.signal, this.#life]));
      this.#sending = null;
      await this.#onAccepted(turn, question, answer, askedAtMs);
    } catch (error) {
      this.#sending = null;
      question.element.remove();
      answer.end({ status: "cancelled" });
      answer.element.remove();
      this.#parts.composer.takeBack(asked);
      await this.#onTrouble(error);
    }
    this.#parts.notices.connection("ended");
    this.#showBusy();
  }

  /** Stop the answer; before the server has the question, take the question back. */
  async stop() {
    if (this.#sending) {
      if (this.#isWaitingForNetwork) this.#sending.abort();
      this.#isStopWished = true;
      return;
    }
    try {
      await this.#answering?.stop(this.#life);
    } catch (error) {
      if (/** @type {ApiError} */ (error).status === 401) await this.#onTrouble(error);
      else this.#parts.notices.alert(this.#strings.notStopped);
    }
  }

  /** @param {MessageView} view */
  async regenerate(view) {
    if (this.isBusy || !view.id) return;
    this.#parts.notices.clear();
    const askedAtMs = performance.now();
    try {
      const turn = await request("POST", `${this.#config.api_root}messages/${view.id}/regenerate/`, {}, this.#life);
      const answer = this.#parts.transcript.replaceAnswer(view);
      answer.id = turn.assistant_message.id;
      this.#follow(turn.run, answer, askedAtMs);
    } catch (error) {
      await this.#onTrouble(error);
    }
  }

  /**
   * Go on with an answer that broke off: follow it if it is still written, show it if it was finished
   * meanwhile, and only if it really failed ask for another one.
   * @param {MessageView} view
   */
  async retry(view) {
    if (this.#answering) {
      this.#answering.retryNow();
      return;
    }
    try {
      const { current, messages } = await this.#stored();
      const isFailed = messages.some((one) => one.id === view.id && UNFINISHED.has(one.status));
      if (isFailed && !current.active_run) await this.regenerate(view);
      else this.#show(current, messages);
    } catch (error) {
      await this.#onTrouble(error);
    }
  }

  /**
   * See whether another tab or device has gone on.
   * @param {{ isOwn?: boolean }} [why] isOwn: this tab changed it, and shows that already
   */
  async look({ isOwn = false } = {}) {
    if (!this.id || document.hidden || this.isBusy || this.#isOver) return;
    try {
      const current = await request("GET", this.#url, undefined, this.#life);
      if (this.isBusy) return;
      const isNew = current.updated_at !== this.#seenAt;
      this.#seenAt = current.updated_at;
      this.#parts.onTitle(current.title);
      if (current.active_run || (isNew && !isOwn)) await this.#reload();
    } catch (error) {
      // The next look comes soon: only what it would meet again is said.
      if (error instanceof ApiError && (error.status === 401 || error.status === 404)) await this.#onTrouble(error);
    }
  }

  get #url() {
    return `${this.#config.api_root}conversations/${this.id}/`;
  }

  /**
   * @param {import("../dom/drafts.js").Draft} unsent
   * @param {{ assistant?: string, model?: string, attachments?: any[] }} asked
   * @param {AbortSignal} signal
   */
  async #post({ text, clientMessageId }, { assistant, model, attachments = [] }, signal) {
    const onWait = () => {
      this.#isWaitingForNetwork = true;
      this.#parts.notices.connection("reconnecting");
      if (this.#isStopWished) this.#sending?.abort();
    };
    await persistently(() => this.#open(text, signal), { signal, onWait });
    const files = attachments.map((file) => file.id);
    const body = { content: text, client_message_id: clientMessageId, assistant, model, attachments: files };
    return persistently(() => request("POST", `${this.#url}messages/`, body, signal), { signal, onWait });
  }

  /**
   * @param {string} content
   * @param {AbortSignal} signal
   */
  async #open(content, signal) {
    if (this.id) return;
    const { api_root: apiRoot, page_root: pageRoot } = this.#config;
    const created = await request("POST", `${apiRoot}conversations/`, { assistant: this.assistant }, signal);
    writeDraft("", "");
    this.#config.conversation = created;
    this.keepDraft(content);
    const url = `${pageRoot}c/${created.id}/`;
    history.pushState(null, "", url);
    const title = content.trim().slice(0, TITLE_CHARACTERS);
    this.#parts.onOpened({ id: created.id, title, url });
    this.#parts.onTitle(title);
  }

  /**
   * @param {any} turn
   * @param {MessageView} question
   * @param {MessageView} answer
   * @param {number} askedAtMs
   */
  async #onAccepted(turn, question, answer, askedAtMs) {
    this.#unsent = null;
    this.keepDraft(this.#parts.composer.text);
    if (this.#parts.transcript.find(turn.user_message.id)) {
      // It had arrived before, and is shown already.
      question.element.remove();
      answer.element.remove();
      await this.#reload();
      return;
    }
    question.id = turn.user_message.id;
    question.element.dataset.status = "completed";
    answer.id = turn.assistant_message.id;
    this.#follow(turn.run, answer, askedAtMs);
    if (this.#isStopWished) await this.stop();
  }

  /** @param {unknown} error */
  async #onTrouble(error) {
    const { notices } = this.#parts;
    if (!(error instanceof ApiError)) {
      if (/** @type {Error} */ (error).name !== "AbortError") throw error;
      return;
    }
    if (error.code === "run_active") {
      await this.#reload();
      notices.say(error.message);
    } else if (error.status === 401 || (error.status === 403 && !error.code)) {
      this.#isOver = true;
      this.keepDraft(this.#parts.composer.text);
      notices.signedOut();
    } else {
      if (error.status === 404) this.#isOver = true;
      const wait = error.retryAfterSeconds ? ` (${error.retryAfterSeconds} s)` : "";
      const reason = error.code ? error.message : this.#strings.notSent;
      notices.alert(Object.values(error.error.fields ?? {}).flat().join(" ") || reason + wait);
    }
  }

  /** @param {any} run */
  #followActive(run) {
    const { transcript } = this.#parts;
    this.#follow(run, transcript.find(run.message) ?? transcript.add("assistant"));
  }

  /**
   * @param {any} run
   * @param {MessageView} view
   * @param {number | null} askedAtMs when the member asked, if that was here
   */
  #follow(run, view, askedAtMs = null) {
    this.#answering?.close();
    this.#isOver = false;
    this.#answering = new Answering(view, run, this.#strings, {
      onEnd: (end) => this.#onEnd(view, end),
      onMissing: () => void this.#reload(),
      onTitle: this.#parts.onTitle,
      onState: (state) => this.#parts.notices.connection(state),
    }, askedAtMs);
    this.#parts.onRunning(this.id, true);
    this.#parts.notices.say(this.#strings.answering);
    this.#showBusy();
    this.#answering.start();
  }

  /**
   * @param {MessageView} view
   * @param {any} end
   */
  #onEnd({ source }, end) {
    this.#rest();
    if (end.usage) this.#parts.composer.usedTokens = end.usage.input_tokens + end.usage.output_tokens;
    const { notices } = this.#parts;
    const words = String(source.split(/\s+/).length);
    if (end.type === "error") notices.say(end.message);
    else if (source.length <= ANNOUNCED_CHARACTERS) notices.say(source);
    else notices.say(this.#strings.answerFinished.replace("%s", words));
    void this.look({ isOwn: true });
  }

  #rest() {
    this.#answering?.close();
    this.#answering = null;
    this.#parts.onRunning(this.id, false);
    this.#parts.notices.connection("ended");
    this.#showBusy();
  }

  /** Show the conversation as it is stored, and follow what is being written. */
  async #reload() {
    this.#rest();
    try {
      const { current, messages } = await this.#stored();
      if (!this.isBusy) this.#show(current, messages);
    } catch (error) {
      // Nothing is seen yet: the next look reads it again.
      this.#seenAt = "";
      if (!(error instanceof ApiError && error.isPassing)) await this.#onTrouble(error);
    }
  }

  /** @returns {Promise<{ current: any, messages: any[] }>} the messages oldest first */
  async #stored() {
    const [current, page] = await Promise.all([
      request("GET", this.#url, undefined, this.#life),
      request("GET", `${this.#url}messages/`, undefined, this.#life),
    ]);
    return { current, messages: page.results.reverse() };
  }

  /**
   * @param {any} current
   * @param {any[]} messages
   */
  #show(current, messages) {
    this.#seenAt = current.updated_at;
    this.#parts.onTitle(current.title);
    this.#parts.transcript.show(messages);
    if (current.active_run) this.#followActive(current.active_run);
  }

  #showBusy() {
    this.#parts.composer.toggleAttribute("busy", this.isBusy);
  }
}
