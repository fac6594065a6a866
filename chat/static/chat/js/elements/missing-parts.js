/**
 * Tells when a part of the page that is loaded at its first use could not be loaded: else a click does nothing.
 * @module
 */

// What Chromium, Firefox and Safari say of it; there is no other mark. All of them load anew when asked again.
const MISSING = /dynamically imported module|module script failed/i;

/**
 * True if a module could not be loaded.
 * @param {unknown} error
 */
export function isMissingPart(error) {
  return error instanceof TypeError && MISSING.test(error.message);
}

/**
 * Every import that nobody else catches is heard here, so that none is forgotten.
 * @param {import("./notices.js").Notices} notices
 * @param {Record<string, string>} strings
 * @param {AbortSignal} signal
 */
export function hearMissingParts(notices, strings, signal) {
  window.addEventListener("unhandledrejection", (event) => {
    if (!isMissingPart(event.reason)) return;
    event.preventDefault();
    notices.alert(strings.partMissing);
  }, { signal });
}
