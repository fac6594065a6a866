/**
 * Says under the pointer what an icon means, and what is cut off. Loaded when a pointer first moves over the page.
 * @module
 */

const ICONS = ".chat-icon-button[aria-label], .chat-composer__send";
const LINES = ".chat-list__title, .chat-bar__title, .chat-source__name, .chat-file__name";

/**
 * Give what the pointer is over a title, if it needs one.
 * @param {PointerEvent} event
 */
export function hint({ target }) {
  const element = /** @type {Element} */ (target);
  const icon = /** @type {HTMLElement | null} */ (element.closest(ICONS));
  // What a button does may have changed since.
  if (icon) icon.title = icon.getAttribute("aria-label") ?? "";
  const line = /** @type {HTMLElement | null} */ (element.closest("a, h1, button, li")?.querySelector(LINES) ?? element.closest(LINES));
  if (line) line.title = line.scrollWidth > line.clientWidth ? (line.textContent ?? "") : "";
}
