/**
 * Tells a member who looks elsewhere that an answer is ready: in the tab's title, and as a notification if wanted.
 * @module
 */
import { readOption, writeOption } from "../core/options.js";

const OPTION = "notify";

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
    document.addEventListener("change", (event) => void this.#onOption(/** @type {Element} */ (event.target)), { signal: life });
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
    if (!readOption(OPTION) || !("Notification" in window) || Notification.permission !== "granted") return;
    // The words of the answer stay in the page: a locked screen shows what is here.
    const notification = new Notification(this.#strings.answerReady, { body: this.#title, tag: location.pathname });
    notification.onclick = () => {
      window.focus();
      notification.close();
    };
  }

  #rest() {
    this.#isCalling = false;
    this.#draw();
  }

  #draw() {
    const title = `${this.#title || this.#strings.newConversation} · ${this.#strings.chat}`;
    document.title = this.#isCalling ? `● ${this.#strings.answerReady} · ${title}` : title;
  }

  /** @param {Element} option */
  async #onOption(option) {
    if (!(option instanceof HTMLInputElement) || option.dataset.option !== OPTION || !option.checked) return;
    const permission = "Notification" in window ? await Notification.requestPermission() : "denied";
    if (permission === "granted") return;
    // The browser refuses: the switch must not promise what will not come.
    option.checked = false;
    writeOption(OPTION, false);
  }
}
