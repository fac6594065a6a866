/**
 * One message on its way: it waits for the network, survives a reload, can be taken back, and arrives once.
 * @module
 */
import { writeOutbox } from "../dom/unsent.js";
import { persistently, request } from "../transport/api.js";

/** @typedef {import("../dom/unsent.js").Unsent} Unsent */

/** A message that is being sent. */
export class Sending {
  #config;
  #unsent;
  #callbacks;
  #signal;
  #withdrawal = new AbortController();
  /** True while nothing of it can be under way. */
  isWaiting = false;
  /** True if it met a lost network. */
  hasWaited = false;
  /** True if its sender does not want an answer any more. */
  isStopWished = false;

  /**
   * @param {any} config the page's; a new conversation becomes its conversation
   * @param {Unsent} unsent
   * @param {{ onWait: () => void, onOpened: (conversation: any) => void }} callbacks
   * @param {AbortSignal} life
   */
  constructor(config, unsent, callbacks, life) {
    this.#config = config;
    this.#unsent = unsent;
    this.#callbacks = callbacks;
    this.#signal = AbortSignal.any([this.#withdrawal.signal, life]);
    this.keep();
  }

  /** Send it until it has arrived, and return the turn. Throws ApiError if it is refused, or taken back. */
  async send() {
    const { content, clientMessageId, parent, assistant, model, attachments = [] } = this.#unsent;
    try {
      await this.#persistently(() => this.#open());
      const files = attachments.map((file) => file.id);
      const body = { content, client_message_id: clientMessageId, parent, assistant, model, attachments: files };
      const url = `${this.#config.api_root}conversations/${this.#config.conversation.id}/messages/`;
      return await this.#persistently(() => request("POST", url, body, this.#signal));
    } finally {
      // A page that is left has not given up.
      if (this.#withdrawal.signal.aborted || !this.#signal.aborted) this.keep(true);
    }
  }

  /** Take it back, as soon as that is sure; if it has arrived by then, its answer is to be stopped. */
  withdraw() {
    this.isStopWished = true;
    if (this.isWaiting) this.#withdrawal.abort();
  }

  /** A new conversation gets its place; the same click finds the one that it began. */
  async #open() {
    const { api_root: apiRoot, conversation } = this.#config;
    if (conversation) return;
    const { assistant, temporary, clientMessageId } = this.#unsent;
    const body = { assistant, temporary, client_id: clientMessageId };
    const created = await request("POST", `${apiRoot}conversations/`, body, this.#signal);
    this.keep(true);
    this.#config.conversation = created;
    this.keep();
    this.#callbacks.onOpened(created);
  }

  /**
   * @template T
   * @param {() => Promise<T>} attempt
   */
  #persistently(attempt) {
    const onWait = () => {
      this.isWaiting = this.hasWaited = true;
      this.#callbacks.onWait();
      if (this.isStopWished) this.#withdrawal.abort();
    };
    const tried = () => {
      this.isWaiting = false;
      return attempt();
    };
    return persistently(tried, { signal: this.#signal, onWait });
  }

  /**
   * Keep it on this device until it has arrived, or is given up.
   * @param {boolean} [isOver]
   */
  keep(isOver) {
    writeOutbox(this.#config.conversation?.id ?? "", this.#unsent, isOver);
  }
}
