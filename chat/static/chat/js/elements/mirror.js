/**
 * Keeps the page as the conversation is stored: what other tabs and devices did is shown here too.
 * @module
 */
import { ACTIVE } from "../dom/messages.js";
import { ApiError, request, tell } from "../transport/api.js";
import { isMissingPart } from "./notices.js";

/**
 * @typedef {object} Shown
 * @property {import("../dom/transcript.js").Transcript} transcript
 * @property {(title: string) => void} onTitle
 * @property {() => void} onNews messages came to the end
 * @property {() => boolean} isBusy this tab is just changing what is shown
 * @property {() => void} onRead all is about to be read anew
 * @property {() => void} onSettled nothing is left to be shown
 * @property {(run: any) => void} onActive an answer is being written
 * @property {(error: unknown) => Promise<void>} onTrouble
 */

/** What is shown and what is stored, held together. */
export class Mirror {
  #config;
  #shown;
  #life;
  // Requests whose answers change what is shown: until then notices wait.
  #held = 0;
  /** @type {any} the newest notice that has not been looked at */
  #unread = null;
  /** The run whose end is shown already; a notice of its beginning may come later. */
  endedRun = "";

  /**
   * @param {any} config
   * @param {Shown} shown
   * @param {AbortSignal} life
   */
  constructor(config, shown, life) {
    this.#config = config;
    this.#shown = shown;
    this.#life = life;
    document.addEventListener("visibilitychange", () => this.settle(), { signal: life });
  }

  get isHeld() {
    return this.#held > 0;
  }

  /** @param {any} current the conversation as it is now */
  hear(current) {
    this.#unread = current;
    this.#shown.onTitle(current.title);
    this.settle();
  }

  /**
   * Do something that changes what is shown; notices of it are looked at afterwards.
   * @template T
   * @param {() => Promise<T>} work
   */
  async hold(work) {
    this.#held += 1;
    try {
      return await work();
    } finally {
      this.#held -= 1;
      this.settle();
    }
  }

  /** Show what notices tell that is not shown yet; what this tab is just doing comes first. */
  settle() {
    if (this.isHeld || this.#shown.isBusy()) return;
    const current = this.#unread;
    if (current && !this.#isShown(current)) {
      this.#unread = null;
      void this.reload();
      return;
    }
    if (current && !document.hidden) {
      this.#unread = null;
      if (current.unseen) tell(`${this.#url}seen/`, {});
    }
    this.#shown.onSettled();
  }

  /** Show the conversation as it is stored, and follow what is being written. */
  async reload() {
    this.#shown.onRead();
    try {
      await this.hold(async () => {
        const { current, page } = await this.stored();
        await this.show(current, page);
      });
    } catch (error) {
      // A lost network has no part of this page either; the next notice tries again.
      const isPassing = error instanceof ApiError ? error.isPassing : isMissingPart(error);
      if (!isPassing) await this.#shown.onTrouble(error);
    }
  }

  /** @returns {Promise<{ current: any, page: any }>} the messages of the page, the newest first */
  async stored() {
    const [current, page] = await Promise.all([
      request("GET", this.#url, undefined, this.#life),
      request("GET", `${this.#url}messages/`, undefined, this.#life),
    ]);
    return { current, page };
  }

  /**
   * @param {any} current
   * @param {any} page
   */
  async show(current, page) {
    const { showPath } = await import("../dom/stored.js");
    this.#config.is_other_branch = false;
    this.#shown.onTitle(current.title);
    const { transcript, onNews } = this.#shown;
    const end = transcript.items.at(-1);
    showPath(transcript, [...page.results].reverse(), page);
    if (transcript.items.at(-1)?.id !== end?.id) onNews();
    if (current.active_run) this.#shown.onActive(current.active_run);
    else if (current.unseen) this.#unread = current;
  }

  /** @param {any} current */
  #isShown({ active_run: active, active_leaf: leaf }) {
    const { transcript } = this.#shown;
    // Who reads an earlier part, or another branch, is left in peace.
    if (!transcript.hasEnd || this.#config.is_other_branch) return true;
    if (active && active.id !== this.endedRun) return false;
    const last = transcript.around(transcript.items.at(-1));
    return (last?.id ?? "") === (leaf ?? "") && !ACTIVE.has(last?.element.dataset.status ?? "");
  }

  get #url() {
    return `${this.#config.api_root}conversations/${this.#config.conversation.id}/`;
  }
}
