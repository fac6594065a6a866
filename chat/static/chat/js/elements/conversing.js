/**
 * The conversation that is shown: what is asked, answered, stopped; every tab and device shows the same.
 * @module
 */
import { newId } from "../core/identity.js";
import { readOption } from "../core/options.js";
import { readDraft, writeDraft } from "../dom/drafts.js";
import { readOutbox } from "../dom/outbox.js";
import { ApiError, request } from "../transport/api.js";
import { Answering } from "./answering.js";
import { Mirror } from "./mirror.js";
import { Sending } from "./sending.js";

/** @typedef {import("../dom/messages.js").MessageView} MessageView */

/**
 * @typedef {object} Parts what a conversation shows itself with
 * @property {import("../dom/transcript.js").Transcript} transcript
 * @property {import("./chat-composer.js").ChatComposer} composer
 * @property {import("./notices.js").Notices} notices
 * @property {import("../transport/feed.js").Feed} feed
 * @property {(message: MessageView) => void} onAsked a question was put; it should be in view
 * @property {(title: string) => void} onTitle
 * @property {(id: string, isRunning: boolean) => void} onRunning
 * @property {(conversation: any) => void} onOpened a new conversation has its address
 * @property {() => void} onAnswered
 */

/**
 * @typedef {object} Asked
 * @property {string} content
 * @property {string | null} [parent] what it goes on from; left out, the end of what is shown
 * @property {MessageView} [instead] the version of this question that it replaces
 * @property {string} [assistant]
 * @property {string} [model]
 * @property {boolean} [temporary]
 * @property {any[]} [attachments]
 * @property {string} [clientMessageId] of a message that may have arrived already
 */

// Longer answers are not read out whole: they would talk over everything else.
const ANNOUNCED_CHARACTERS = 500;
const UNFINISHED = new Set(["failed", "interrupted"]);
const TITLE_CHARACTERS = 40;

/** The conversation of the page. */
export class Conversing {
  #config;
  #strings;
  #parts;
  #life;
  #mirror;
  /** The one who answers a new conversation. */
  assistant = "";
  /** @type {Answering | null} */
  #answering = null;
  /** @type {Sending | null} */
  #sending = null;
  /** @type {import("../dom/drafts.js").Draft & { files?: string } | null} */
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
    this.#mirror = new Mirror(config, {
      transcript: parts.transcript,
      onTitle: parts.onTitle,
      isBusy: () => Boolean(this.#answering || this.#sending),
      onRead: () => this.#rest(),
      onActive: (run) => this.#followActive(run),
      onTrouble: (error) => this.#onTrouble(error),
    }, life);
    life.addEventListener("abort", () => this.#answering?.close());
  }

  get id() {
    return this.#config.conversation?.id ?? "";
  }

  get isBusy() {
    return Boolean(this.#answering || this.#sending || this.#mirror.isHeld);
  }

  /** Take up what was written here before, send what waits, and follow what is being answered. */
  resume() {
    const draft = readDraft(this.id);
    this.#parts.composer.text ||= draft.text;
    if (draft.clientMessageId) this.#unsent = draft;
    const active = this.#config.conversation?.active_run;
    if (active) this.#followActive(active);
    const waiting = readOutbox(this.#config.composer.member, this.id);
    if (waiting?.isFresh) void this.ask(waiting.unsent);
    else if (waiting) this.#parts.composer.takeBack(waiting.unsent);
    this.#showBusy();
  }

  /** @param {string} text */
  keepDraft(text) {
    writeDraft(this.id, text, this.#unsent?.text === text ? this.#unsent.clientMessageId : "");
  }

  /**
   * @param {Asked} asked
   */
  async ask(asked) {
    if (this.isBusy) {
      // What waits in the outbox stays there.
      if (!asked.clientMessageId) this.#parts.composer.takeBack(asked);
      return;
    }
    const { content, attachments = [], instead } = asked;
    const { transcript, notices } = this.#parts;
    const askedAtMs = performance.now();
    // Who reads an earlier part of the conversation speaks at its end.
    if (!instead && !transcript.hasEnd) await this.#mirror.reload();
    const question = transcript.add("user");
    question.showPlain(content);
    question.showFiles(attachments);
    question.element.dataset.status = "sending";
    if (instead) transcript.takePlace(question, instead);
    const answer = transcript.add("assistant");
    answer.begin();
    this.#sending = new Sending(this.#config, this.#unsentOf(asked), {
      onWait: () => {
        question.wait(this.#strings.willBeSent, this.#strings.withdraw);
        answer.element.remove();
      },
      onOpened: (conversation) => this.#onOpened(conversation, content),
    }, this.#life);
    notices.clear();
    notices.say(this.#strings.sent);
    this.#showBusy();
    this.#parts.onAsked(question);
    try {
      const turn = await this.#sending.send();
      await this.#onAccepted(turn, question, answer, askedAtMs);
    } catch (error) {
      this.#sending = null;
      answer.end({ status: "cancelled" });
      answer.element.remove();
      question.element.remove();
      if (!this.#life.aborted) await this.#onRefused(error, asked);
    }
    this.#showBusy();
    this.#mirror.settle();
  }

  /**
   * @param {MessageView} view
   * @param {{ action?: "regenerate" | "continue", body?: object }} [wish]
   */
  async answerAgain(view, { action = "regenerate", body = {} } = {}) {
    if (this.isBusy || !view.id) return;
    this.#parts.notices.clear();
    const askedAtMs = performance.now();
    try {
      const url = `${this.#config.api_root}messages/${view.id}/${action}/`;
      await this.hold(async () => {
        const turn = await request("POST", url, { client_message_id: newId(), ...body }, this.#life);
        const said = action === "continue" ? view.source : "";
        const { transcript } = this.#parts;
        const answer = view.element.dataset.role === "user" ? transcript.add("assistant") : transcript.replaceAnswer(view);
        answer.id = turn.assistant_message.id;
        this.#follow(turn.run, answer, { askedAtMs, said });
      });
    } catch (error) {
      await this.#onTrouble(error);
    }
  }

  /** Stop the answer; before the server has the question, take the question back. */
  async stop() {
    if (this.#sending) {
      this.#sending.withdraw();
      return;
    }
    try {
      await this.#answering?.stop(this.#life);
    } catch (error) {
      if (/** @type {ApiError} */ (error).status === 401) await this.#onTrouble(error);
      else this.#parts.notices.alert(this.#strings.notStopped);
    }
  }

  /**
   * Go on with an answer that broke off: follow it if it is still written, show it if it was finished
   * meanwhile, and only if it really failed ask for another one.
   * @param {MessageView} view
   */
  async retry(view) {
    if (this.#answering) {
      this.#answering.view.hideError();
      this.#parts.feed.retryNow();
      return;
    }
    try {
      const { current, page } = await this.#mirror.stored();
      const isFailed = page.results.some((/** @type {any} */ one) => one.id === view.id && UNFINISHED.has(one.status));
      if (isFailed && !current.active_run) await this.answerAgain(view);
      else this.#mirror.show(current, page);
    } catch (error) {
      await this.#onTrouble(error);
    }
  }

  /**
   * Do something that changes what is shown; notices of it are looked at afterwards.
   * @template T
   * @param {() => Promise<T>} work
   */
  hold(work) {
    return this.#mirror.hold(work);
  }

  /** @param {any} current the shown conversation, as it is now */
  hearChange(current) {
    this.#mirror.hear(current);
  }

  /** The shown conversation was deleted, in another tab perhaps. */
  hearRemoval() {
    this.#rest();
    this.keepDraft(this.#parts.composer.text);
    this.#parts.notices.alert(this.#strings.gone);
  }

  /**
   * @param {string} run
   * @param {any} event
   */
  hearEvent(run, event) {
    if (run === this.#answering?.run) this.#answering.hear(event);
  }

  /** @param {import("../core/connection.js").Connection} connection */
  hearConnection({ phase }) {
    const view = this.#answering?.view;
    this.#answering?.connected(phase === "live");
    if (phase === "lost") view?.showError(this.#strings.connectionLost, { action: this.#strings.resume });
    else if (phase === "live") view?.hideError();
  }

  /**
   * The same message that may have arrived already goes out under the same id: it is stored and answered once.
   * @param {Asked} asked
   * @returns {import("../dom/outbox.js").Unsent}
   */
  #unsentOf({ instead, ...asked }) {
    const { content, attachments = [] } = asked;
    const files = attachments.map((file) => file.id).join();
    if (asked.clientMessageId) {
      this.#unsent = { text: content, files, clientMessageId: asked.clientMessageId };
    } else if (this.#unsent?.text !== content || (this.#unsent.files ?? "") !== files) {
      this.#unsent = { text: content, files, clientMessageId: newId() };
    }
    const { clientMessageId } = this.#unsent;
    const assistant = asked.assistant || (this.id ? undefined : this.assistant || undefined);
    return { ...asked, assistant, clientMessageId };
  }

  /**
   * @param {any} conversation
   * @param {string} content
   */
  #onOpened(conversation, content) {
    writeDraft("", "");
    this.keepDraft(this.#parts.composer.text);
    const url = `${this.#config.page_root}c/${conversation.id}/`;
    history.pushState(null, "", url);
    this.#parts.onOpened({ ...conversation, title: content.trim().slice(0, TITLE_CHARACTERS), url });
    this.#parts.feed.show(conversation.id);
  }

  /**
   * @param {any} turn
   * @param {MessageView} question
   * @param {MessageView} answer
   * @param {number} askedAtMs
   */
  async #onAccepted(turn, question, answer, askedAtMs) {
    const isStopWished = this.#sending?.isStopWished;
    this.#sending = null;
    this.#unsent = null;
    this.keepDraft(this.#parts.composer.text);
    question.wait();
    question.element.after(answer.element);
    if (this.#parts.transcript.find(turn.user_message.id)) {
      // It had arrived before, and is shown already.
      question.element.remove();
      answer.element.remove();
      await this.#mirror.reload();
      return;
    }
    question.id = turn.user_message.id;
    question.element.dataset.status = "completed";
    answer.id = turn.assistant_message.id;
    answer.parent = question.id;
    this.#follow(turn.run, answer, { askedAtMs });
    if (isStopWished) await this.stop();
  }

  /**
   * @param {unknown} error
   * @param {Asked} asked
   */
  async #onRefused(error, asked) {
    this.#parts.composer.takeBack(asked);
    this.keepDraft(this.#parts.composer.text);
    // The version that was to be replaced is there again.
    if (asked.instead) await this.#mirror.reload();
    await this.#onTrouble(error);
  }

  /** @param {unknown} error */
  async #onTrouble(error) {
    const { notices } = this.#parts;
    if (!(error instanceof ApiError)) {
      if (/** @type {Error} */ (error).name !== "AbortError") throw error;
    } else if (error.code === "run_active") {
      await this.#mirror.reload();
      notices.say(error.message);
    } else if (error.status === 401 || (error.status === 403 && !error.code)) {
      this.keepDraft(this.#parts.composer.text);
      notices.signedOut();
    } else {
      notices.refused(error);
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
   * @param {{ askedAtMs?: number | null, said?: string }} [given] when the member asked, if that was here; what
   *   the answer begins with
   */
  #follow(run, view, { askedAtMs = null, said = "" } = {}) {
    this.#answering?.close();
    const callbacks = {
      onEnd: (/** @type {any} */ end) => this.#onEnd(view, end),
      onTitle: this.#parts.onTitle,
    };
    this.#answering = new Answering(view, run, callbacks, askedAtMs);
    this.#parts.onRunning(this.id, true);
    this.#parts.notices.say(this.#strings.answering);
    this.#showBusy();
    this.#answering.start(this.#parts.feed.held(run.id), said);
  }

  /**
   * @param {MessageView} view
   * @param {any} end
   */
  #onEnd({ source }, end) {
    this.#mirror.endedRun = this.#answering?.run ?? "";
    this.#rest();
    const { notices, composer } = this.#parts;
    if (end.usage) composer.usedTokens = end.usage.input_tokens + end.usage.output_tokens;
    const words = String(source.split(/\s+/).length);
    if (end.type === "error") notices.say(end.message);
    // Who hears it sentence by sentence has heard it.
    else if (!readOption("sentences") && source.length <= ANNOUNCED_CHARACTERS) notices.say(source);
    else if (!readOption("sentences")) notices.say(this.#strings.answerFinished.replace("%s", words));
    this.#parts.onAnswered();
    this.#mirror.settle();
  }

  #rest() {
    this.#answering?.close();
    this.#answering = null;
    this.#parts.onRunning(this.id, false);
    this.#showBusy();
  }

  #showBusy() {
    const isBusy = Boolean(this.#answering || this.#sending);
    this.#parts.composer.toggleAttribute("busy", isBusy);
    this.#parts.transcript.lock(isBusy);
  }
}
