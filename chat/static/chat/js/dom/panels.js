/**
 * What opens in a message: parts of the page's one template, each at most once in a message.
 * @module
 */
import { useStyle } from "./style.js";

/** @typedef {import("./messages.js").MessageView} MessageView */

/**
 * Copy a part of chat/_message_parts.html.
 * @param {string} name
 * @returns {HTMLElement}
 */
export function makePart(name) {
  const template = /** @type {HTMLTemplateElement} */ (document.querySelector("template[data-template=message-parts]"));
  const found = /** @type {HTMLElement} */ (template.content.querySelector(`[data-part="${name}"]`));
  return /** @type {HTMLElement} */ (found.cloneNode(true));
}

/** Load what the parts look like. */
export function usePartsStyle() {
  return useStyle(new URL("../../css/message-parts.css", import.meta.url));
}

/**
 * Open a panel in a message, in the place of one of its kind. Escape and its button close it, and the focus
 * goes back to where it came from.
 * @param {MessageView} view
 * @param {string} name
 * @returns {Promise<HTMLElement>}
 */
export async function openPanel({ element }, name) {
  const opener = document.activeElement;
  await usePartsStyle();
  element.querySelector(`.chat-panel[data-part="${name}"]`)?.remove();
  const panel = makePart(name);
  panel.addEventListener("chat-close", () => {
    const hadFocus = panel.contains(document.activeElement);
    panel.remove();
    const back = opener instanceof HTMLElement && opener.isConnected ? opener : element.querySelector("[data-action=menu]");
    if (hadFocus) /** @type {HTMLElement | null} */ (back)?.focus();
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || event.keyCode === 229) return;
    // The page would stop the answer.
    event.preventDefault();
    closePanel(panel);
  });
  element.querySelector("article")?.append(panel);
  return panel;
}

/** @param {Element | null} panel */
export function closePanel(panel) {
  panel?.dispatchEvent(new CustomEvent("chat-close"));
}
