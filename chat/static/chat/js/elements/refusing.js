/**
 * Says why the server refuses, and what to do: sign in again, wait, or write it otherwise. Loaded with the first refusal.
 * @module
 */
import { ApiError } from "../transport/api.js";

/** @typedef {import("./notices.js").Notices} Notices */

const REDRAW_MS = 250;

/**
 * Say what went wrong, in the place and the way that it needs.
 * @param {import("./conversing.js").Conversing} conversing
 * @param {Notices} notices
 * @param {unknown} error
 */
export async function tellTrouble(conversing, notices, error) {
  if (!(error instanceof ApiError)) {
    if (/** @type {Error} */ (error).name !== "AbortError") throw error;
  } else if (error.code === "run_active") {
    await conversing.mirror.reload();
    notices.say(error.message);
  } else if (error.status === 401 || (error.status === 403 && !error.code)) {
    conversing.keepDraft();
    notices.signedOut();
  } else {
    tellRefused(notices, error);
  }
}

/**
 * @param {Notices} notices
 * @param {string} loginUrl
 */
export function tellSignedOut(notices, loginUrl) {
  const link = document.createElement("a");
  const url = new URL(loginUrl, location.href);
  // The address may have changed since the page was loaded: a new conversation got one.
  url.searchParams.set("next", location.pathname);
  link.href = url.href;
  link.textContent = notices.strings.signInAgain;
  notices.alert(`${notices.strings.signedOut} `, link);
}

/**
 * @param {Notices} notices
 * @param {ApiError} error
 */
function tellRefused(notices, error) {
  const { notSent, sendIn } = notices.strings;
  const reason = error.code ? error.message : notSent;
  const notice = notices.alert(Object.values(error.error.fields ?? {}).flat().join(" ") || reason);
  if (error.retryAfterSeconds) countDown(notice, { seconds: error.retryAfterSeconds, words: sendIn });
}

/**
 * Tell in a notice how long nothing can be sent; it goes away when that is over.
 * @param {HTMLElement} notice
 * @param {{ seconds: number, words: string }} wait words: what is said, with %s for the seconds
 */
function countDown(notice, { seconds, words }) {
  const composer = /** @type {HTMLElement} */ (document.querySelector("chat-composer"));
  const endsAtMs = Date.now() + seconds * 1000;
  const said = document.createElement("span");
  said.className = "chat-visually-hidden";
  said.textContent = words.replace("%s", String(seconds));
  // Each number would be read out.
  const shown = document.createElement("span");
  shown.ariaHidden = "true";
  notice.append(" ", said, shown);
  composer.toggleAttribute("resting", true);
  const timer = setInterval(draw, REDRAW_MS);
  draw();

  function draw() {
    const left = Math.ceil((endsAtMs - Date.now()) / 1000);
    shown.textContent = words.replace("%s", String(left));
    if (left > 0 && notice.isConnected) return;
    clearInterval(timer);
    notice.remove();
    composer.toggleAttribute("resting", false);
  }
}
