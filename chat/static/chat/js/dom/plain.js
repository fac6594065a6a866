/**
 * Shows answers as they were written, without drawing their Markdown.
 * @module
 */
import { part } from "./messages.js";

/** @typedef {import("./transcript.js").Transcript} Transcript */

const COOKIE_SECONDS = 31_536_000;

/** @type {MutationObserver | null} */
let observer = null;

/**
 * Show the source of all answers, those that come later too; or draw them again.
 * @param {HTMLElement} page
 * @param {Transcript} transcript
 * @param {boolean} isPlain
 */
export function showPlain(page, transcript, isPlain) {
  page.toggleAttribute("data-plain", isPlain);
  document.cookie = `chat_plain=${isPlain ? 1 : 0}; path=/; max-age=${COOKIE_SECONDS}; samesite=lax`;
  observer?.disconnect();
  observer = null;
  for (const item of transcript.items) follow(transcript, item, isPlain);
  if (!isPlain) return;
  observer = new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) if (node instanceof HTMLElement) follow(transcript, node, true);
    }
  });
  observer.observe(part(page, "messages"), { childList: true });
}

/**
 * @param {Transcript} transcript
 * @param {HTMLElement} item
 * @param {boolean} isPlain
 */
function follow(transcript, item, isPlain) {
  const view = transcript.around(item);
  if (!view || item.dataset.role !== "assistant") return;
  item.querySelector(".chat-message__source")?.remove();
  view.onText = null;
  if (!isPlain) return;
  const text = document.createTextNode(view.source);
  const shown = document.createElement("pre");
  shown.className = "chat-message__source";
  shown.dir = "auto";
  shown.append(text);
  part(item, "body").after(shown);
  view.onText = (delta, isWhole) => (isWhole ? (text.data = delta) : text.appendData(delta));
}
