/**
 * The conversation that is shown: what is asked, answered, stopped; every tab and device shows the same.
 * @module
 */
import { newId } from "../core/identity.js";
import { readDraft, readOutbox, writeDraft, writeOutbox } from "../dom/unsent.js";
import { Answering } from "./answering.js";
import { Mirror } from "./mirror.js";
import { Sending } from "./sending.js";

/** @typedef {import("../dom/messages.js").MessageView} MessageView */
/** @typedef {import("./editing.js").Asked} Asked */
/** @typedef {import("../dom/unsent.js").Unsent} Unsent */

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
 * @property {() => void} onNews something is said at the end
 */

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
  /** @type {{ text: string, files: string, clientMessageId: string } | null} */
  #unsent = null;
  #isGone = false;
  // True if something in the outbox goes out after the answer.
  #isWaiting = false;

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
      onNews: parts.onNews,
      isBusy: () => Boolean(this.#answering || this.#sending),
      onRead: () => this.#rest(),
      onSettled: () => this.#isWaiting && this.#sendWaiting(),
      onActive: (run) => this.#followActive(run),
      onTrouble: (error) => this.trouble(error),
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
    const { text, files, clientMessageId } = readDraft(this.id);
    this.#parts.composer.text ||= text;
    this.#parts.composer.takeBack({ content: "", attachments: files });
    if (clientMessageId) this.#unsent = { text, files: idsOf(files), clientMessageId };
    const active = this.#config.conversation?.active_run;
    if (active) this.#followActive(active);
    this.#sendWaiting();
    this.#showBusy();
  }

  #sendWaiting() {
    const waiting = readOutbox(this.id);
    waiting.filter(({ isFresh }) => !isFresh).forEach(({ unsent }) => this.#giveBack(unsent));
    const next = waiting.find(({ isFresh }) => isFresh);
    if (next) void this.ask(next.unsent);
    else this.#leaveWaiting();
  }

  /** Show what goes out after the answer. */
  #leaveWaiting() {
    const sent = this.#sending && this.#unsent?.clientMessageId;
    const rest = readOutbox(this.id).filter(({ unsent }) => unsent.clientMessageId !== sent);
    if (rest.length || this.#isWaiting) void this.#showWaiting(rest);
    this.#isWaiting = rest.length > 0;
  }

  /** @param {{ unsent: Unsent }[]} waiting */
  async #showWaiting(waiting) {
    const { showWaiting } = await import("./waiting.js");
    showWaiting(this.#parts.transcript, waiting, this.#strings, (unsent) => {
      this.#giveBack(unsent);
      this.#leaveWaiting();
    });
  }

  /** @param {Unsent} unsent to be written anew */
  #giveBack(unsent) {
    this.#parts.composer.takeBack(unsent);
    this.keepDraft();
    writeOutbox(this.id, unsent, true);
  }

  /** Keep what is in the composer. */
  keepDraft() {
    const { text, files } = this.#parts.composer;
    const clientMessageId = this.#unsent?.text === text ? this.#unsent.clientMessageId : "";
    writeDraft(this.id, { text, files, clientMessageId });
  }

  /** @param {Asked} asked */
  async ask(asked) {
    const { content, attachments = [], instead } = asked;
    const { transcript, notices } = this.#parts;
    const askedAtMs = performance.now();
    // Who reads an earlier part of the conversation speaks at its end.
    if (!this.isBusy && !instead && !transcript.hasEnd) await this.#mirror.reload();
    if (this.isBusy) {
      if (asked.clientMessageId) this.#leaveWaiting();
      else this.#parts.composer.takeBack(asked);
      return;
    }
    const question = transcript.add("user");
    question.showPlain(content);
    question.showFiles(attachments);
    question.element.dataset.status = "sending";
    const giveBack = instead?.(question);
    const answer = transcript.add("assistant");
    answer.begin();
    const sending = this.#sending = new Sending(this.#config, this.#unsentOf(asked), {
      onWait: () => {
        question.wait(this.#strings.willBeSent, this.#strings.withdraw);
        answer.element.remove();
      },
      onOpened: (conversation) => this.#onOpened(conversation, content),
    }, this.#life);
    // What was waiting goes out by itself: it leaves there why an earlier one was refused.
    if (asked.clientMessageId) this.#leaveWaiting();
    else notices.clear();
    notices.say(this.#strings.sent);
    this.#showBusy();
    this.#parts.onAsked(question);
    try {
      const turn = await sending.send();
      await this.#onAccepted(turn, question, answer, askedAtMs);
    } catch (error) {
      this.#sending = null;
      answer.end({ status: "cancelled" });
      answer.element.remove();
      giveBack?.();
      question.element.remove();
      if (!this.#life.aborted) await this.#onRefused(error, asked, sending);
    }
    this.#showBusy();
    this.#mirror.settle();
  }

  /** Stop the answer; before the server has the question, take the question back. */
  async stop() {
    if (this.#sending) return this.#sending.withdraw();
    try {
      await this.#answering?.stop(this.#life);
    } catch (error) {
      if (/** @type {any} */ (error).status === 401) await this.trouble(error);
      else this.#parts.notices.alert(this.#strings.notStopped);
    }
  }

  /** Connect at once, for the answer that is followed; false if there is none. */
  reconnect() {
    this.#answering?.view.hideError();
    if (this.#answering) this.#parts.feed.retryNow();
    return Boolean(this.#answering);
  }

  /** What is shown and what is stored, held together. */
  get mirror() {
    return this.#mirror;
  }

  /** @param {any} current the shown conversation, as it is now */
  hearChange(current) {
    if (this.#isGone) {
      // It came back.
      this.#isGone = false;
      this.#parts.notices.clear();
      if (!this.isBusy) void this.#mirror.reload();
    }
    this.#mirror.hear(current);
  }

  /** The shown conversation was deleted, in another tab perhaps. */
  hearRemoval() {
    this.#isGone = true;
    const view = this.#answering?.view;
    if (view) {
      // The deletion stops it; all that it said is read when the conversation comes back.
      view.end({ status: "cancelled" });
      view.element.dataset.status = "interrupted";
    }
    this.#rest();
    this.keepDraft();
    this.#parts.notices.alert(this.#strings.gone);
  }

  /**
   * @param {string} run
   * @param {any} event
   */
  hearEvent(run, event) {
    if (run !== this.#answering?.run) return;
    this.#answering.hear(event);
    if (event.type === "token") this.#parts.onNews();
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
   * @returns {Unsent}
   */
  #unsentOf({ instead, ...asked }) {
    const { content, attachments = [] } = asked;
    const files = idsOf(attachments);
    if (asked.clientMessageId) {
      this.#unsent = { text: content, files, clientMessageId: asked.clientMessageId };
    } else if (this.#unsent?.text !== content || this.#unsent.files !== files) {
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
    writeDraft("", {});
    this.keepDraft();
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
    this.keepDraft();
    question.wait();
    question.element.after(answer.element);
    const { id, parent } = turn.user_message;
    if (this.#parts.transcript.find(id) || (parent ?? "") !== question.parent) {
      // It is shown already, or goes on from what is not shown here.
      question.element.remove();
      answer.element.remove();
      await this.#mirror.reload();
      return;
    }
    question.id = id;
    question.element.dataset.status = "completed";
    answer.id = turn.assistant_message.id;
    answer.parent = question.id;
    this.follow(turn.run, answer, { askedAtMs });
    if (isStopWished) await this.stop();
  }

  /**
   * @param {unknown} error
   * @param {Asked} asked
   * @param {Sending} sending
   */
  async #onRefused(error, asked, sending) {
    // Nobody was answering when it was written.
    const isEarly = /** @type {any} */ (error).code === "run_active" && (sending.hasWaited || asked.clientMessageId);
    if (isEarly) sending.keep();
    else this.#parts.composer.takeBack(asked);
    this.keepDraft();
    await this.trouble(error);
    if (isEarly) this.#leaveWaiting();
  }

  /**
   * Say what went wrong, in the place and the way that it needs.
   * @param {unknown} error
   */
  async trouble(error) {
    const { tellTrouble } = await import("./refusing.js");
    await tellTrouble(this, this.#parts.notices, error);
  }

  /** @param {any} run */
  #followActive(run) {
    const { transcript } = this.#parts;
    const known = transcript.find(run.message);
    // It belongs to another branch, or to a later part.
    if (!known && (this.#config.is_other_branch || !transcript.hasEnd)) return;
    this.follow(run, known ?? transcript.add("assistant"));
  }

  /**
   * Show an answer as it is written.
   * @param {any} run
   * @param {MessageView} view
   * @param {{ askedAtMs?: number | null, said?: string }} [given] when the member asked, if that was here; what
   *   the answer begins with
   */
  follow(run, view, { askedAtMs = null, said = "" } = {}) {
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
    if (end.type === "error") notices.say(end.message);
    else notices.sayAnswer(source);
    this.#parts.onAnswered();
    this.#mirror.settle();
  }

  #rest() {
    this.#answering?.close();
    this.#answering = null;
    this.#parts.notices.clear(this.#strings.notStopped);
    this.#parts.onRunning(this.id, false);
    this.#showBusy();
  }

  #showBusy() {
    const isBusy = Boolean(this.#answering || this.#sending);
    this.#parts.composer.toggleAttribute("busy", isBusy);
    this.#parts.transcript.lock(isBusy);
  }
}

/** @param {any[]} files */
function idsOf(files) {
  return files.map((file) => file.id).join();
}
