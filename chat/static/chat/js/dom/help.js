/**
 * The sheet of shortcuts.
 * @module
 */
import { capsOf, SHORTCUTS } from "../core/shortcuts.js";
import { openDialog } from "./dialog.js";

/**
 * Open the sheet, made by chat/_shortcuts.html; the keys are drawn as the member's keyboard has them.
 * @param {HTMLElement} page
 * @param {boolean} isMac
 */
export async function openHelp(page, isMac) {
  const dialog = /** @type {HTMLDialogElement} */ (page.querySelector("[data-part=shortcuts]"));
  for (const place of dialog.querySelectorAll("[data-shortcut]")) {
    if (place.childElementCount) continue;
    const shortcut = SHORTCUTS.find((one) => one.name === /** @type {HTMLElement} */ (place).dataset.shortcut);
    if (shortcut) place.append(...capsOf(shortcut, isMac).map(cap));
  }
  await openDialog(dialog);
}

/** @param {string} text */
function cap(text) {
  const element = document.createElement("kbd");
  element.textContent = text;
  return element;
}
