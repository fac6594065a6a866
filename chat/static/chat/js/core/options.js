/**
 * What the member chose for this browser.
 * @module
 */

const KEY = "chat:options";

/** @returns {Record<string, boolean>} */
function stored() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") ?? {};
  } catch {
    // No storage, or not ours: nothing was chosen.
    return {};
  }
}

/** @param {string} name */
export function readOption(name) {
  return Boolean(stored()[name]);
}

/**
 * @param {string} name
 * @param {boolean} isOn
 */
export function writeOption(name, isOn) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...stored(), [name]: isOn }));
  } catch {
    // It holds until the page is left.
  }
}
