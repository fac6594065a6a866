/**
 * Tells a member who looks elsewhere that an answer is ready: in the tab's title, and as a notification if wanted.
 * @module
 */
import { readOption } from "../core/options.js";

/** The tab's title, with a mark while something in it has not been seen. */
export class Attention {
  #strings;
  #title = "";
  #isCalling = false;

  /**
   * @param {string} title the conversation's
   * @param {Record<string, string>} strings
   * @param {AbortSignal} life
   */
  constructor(title, strings, life) {
    this.#title = title;
    this.#strings = strings;
    document.addEventListener("visibilitychange", () => document.hidden || this.#rest(), { signal: life });
  }

  /** @param {string} title the conversation's */
  set title(title) {
    this.#title = title;
    this.#draw();
  }

  /** An answer is ready. */
  call() {
    if (!document.hidden) return;
    this.#isCalling = true;
    this.#draw();
    if (readOption("notify")) void import("./notifying.js").then(({ notify }) => notify(this.#strings.answerReady, this.#title));
  }

  #rest() {
    this.#isCalling = false;
    this.#draw();
  }

  #draw() {
    const title = `${this.#title || this.#strings.newConversation} · ${this.#strings.chat}`;
    document.title = this.#isCalling ? `● ${this.#strings.answerReady} · ${title}` : title;
  }
}
