/**
 * Copies text, also where the browser denies the clipboard's interface.
 * @module
 */

const SHOWN_MS = 2000;

/**
 * Copy a text and let the button say so for a moment.
 * @param {string} text
 * @param {HTMLElement} button
 * @param {string} copied what the button says then
 */
export async function copy(text, button, copied) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copyBySelection(text);
  }
  if (button.dataset.copied) return;
  const label = button.getAttribute("aria-label");
  const words = button.querySelector("svg") ? null : button.textContent;
  button.dataset.copied = "true";
  const icon = button.querySelector("use");
  const drawn = icon?.getAttribute("href") ?? "";
  // Not by its colour alone.
  icon?.setAttribute("href", "#chat-icon-done");
  if (words === null) button.setAttribute("aria-label", copied);
  else button.textContent = copied;
  setTimeout(() => {
    delete button.dataset.copied;
    icon?.setAttribute("href", drawn);
    if (words === null) button.setAttribute("aria-label", label ?? "");
    else button.textContent = words;
  }, SHOWN_MS);
}

/** @param {string} text */
function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true;
  area.className = "chat-visually-hidden";
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  // What is outside an open dialog cannot be selected.
  (focused?.closest("dialog") ?? document.body).append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
  focused?.focus();
}
