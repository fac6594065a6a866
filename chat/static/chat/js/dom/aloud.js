/**
 * Reads a message aloud with the browser's own voice.
 * @module
 */
import { languageOf, sentencesOf } from "../core/speech.js";
import { part } from "./messages.js";
import { makePart } from "./panels.js";

/** @typedef {import("./messages.js").MessageView} MessageView */

/** @type {HTMLElement | null} */
let stopButton = null;

/** True if this browser has a voice to offer. */
export function canRead() {
  return "speechSynthesis" in window;
}

/**
 * Read a message from its beginning; whatever was being read before ends.
 * @param {MessageView} view
 * @param {string} language the page's
 */
export function readAloud({ element }, language) {
  stopReading();
  element.dataset.copying = "";
  const text = part(element, "body").innerText;
  delete element.dataset.copying;
  const sentences = sentencesOf(text);
  if (!sentences.length) return;
  const button = (stopButton = makePart("aloud-stop"));
  part(element, "actions").append(button);
  button.focus();
  const lang = languageOf(text, language);
  const utterances = sentences.map((sentence) => Object.assign(new SpeechSynthesisUtterance(sentence), { lang }));
  const last = utterances[utterances.length - 1];
  last.addEventListener("end", () => { if (stopButton === button) stopReading(); });
  utterances.forEach((one) => speechSynthesis.speak(one));
  // A voice outlives its page in some browsers.
  window.addEventListener("pagehide", stopReading, { once: true });
}

/** Fall silent. */
export function stopReading() {
  speechSynthesis.cancel();
  const button = stopButton;
  stopButton = null;
  if (!button) return;
  const menu = /** @type {HTMLElement | null} */ (button.closest("li")?.querySelector("[data-action=menu]"));
  const hadFocus = document.activeElement === button;
  button.remove();
  if (hadFocus) menu?.focus();
}
