/**
 * Says why the server refuses, and what to do: sign in again, wait, or write it otherwise. Loaded with the first refusal.
 * @module
 */

/** @typedef {import("../transport/api.js").ApiError} ApiError */
/** @typedef {import("./notices.js").Notices} Notices */

const REDRAW_MS = 250;

/**
 * @param {Notices} notices
 * @param {string} words
 * @param {{ url: string, words: string }} signIn
 */
export function tellSignedOut(notices, words, signIn) {
  const link = document.createElement("a");
  const url = new URL(signIn.url, location.href);
  // The address may have changed since the page was loaded: a new conversation got one.
  url.searchParams.set("next", location.pathname);
  link.href = url.href;
  link.textContent = signIn.words;
  notices.alert(`${words} `, link);
}

/**
 * @param {Notices} notices
 * @param {ApiError} error
 * @param {HTMLElement} composer
 * @param {Record<string, string>} strings
 */
export function tellRefused(notices, error, composer, { notSent, sendIn }) {
  const reason = error.code ? error.message : notSent;
  const notice = notices.alert(Object.values(error.error.fields ?? {}).flat().join(" ") || reason);
  if (error.retryAfterSeconds) countDown(notice, composer, { seconds: error.retryAfterSeconds, words: sendIn });
}

/**
 * Tell in a notice how long nothing can be sent; it goes away when that is over.
 * @param {HTMLElement} notice
 * @param {HTMLElement} composer
 * @param {{ seconds: number, words: string }} wait words: what is said, with %s for the seconds
 */
function countDown(notice, composer, { seconds, words }) {
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
