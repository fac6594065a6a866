/**
 * Lets a screen reader say answers sentence by sentence while they are written, for members who want that.
 * @module
 */
import { wholeSentences } from "../core/speech.js";
import { part } from "../dom/messages.js";

// More often would cut off what is being said.
const EVERY_MS = 3000;

/** @typedef {import("./message-actions.js").Desk} Desk */
/** @typedef {import("../dom/messages.js").MessageView} MessageView */

/** @type {AbortController | null} */
let life = null;

/**
 * Say the sentences of every answer as they end, and what is left of it when the answer ends.
 * @param {Desk} desk
 */
export function narrateAll({ page, transcript, notices }) {
  narrateNothing();
  const { signal } = (life = new AbortController());
  /** @type {{ view: MessageView, told: number } | null} */
  let told = null;
  const tell = (/** @type {string} */ end) => {
    if (!told) return;
    const { sentences, length } = wholeSentences(told.view.source.slice(told.told) + end);
    told.told += length;
    if (sentences.length) notices.say(sentences.join(" "));
  };
  const look = () => {
    const busy = transcript.around(page.querySelector(".chat-message [aria-busy=true]"));
    if (busy === told?.view) return;
    tell("\n");
    told = busy ? { view: busy, told: busy.source.length } : null;
  };
  const observer = new MutationObserver(look);
  observer.observe(part(page, "messages"), { subtree: true, childList: true, attributeFilter: ["aria-busy"] });
  const timer = setInterval(() => tell(""), EVERY_MS);
  signal.addEventListener("abort", () => { observer.disconnect(); clearInterval(timer); });
  look();
}

/** Say no more than that an answer began and ended. */
export function narrateNothing() {
  life?.abort();
  life = null;
}
