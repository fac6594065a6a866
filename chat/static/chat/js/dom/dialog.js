/**
 * Opens dialogs: modal, closed by Escape, by their buttons and by a click beside them.
 * @module
 */
import { useStyle } from "./style.js";

/** @type {WeakSet<HTMLDialogElement>} */
const wired = new WeakSet();

/**
 * Open a dialog. The browser keeps the focus in it, and gives it back when it is closed.
 * @param {HTMLDialogElement} dialog
 */
export async function openDialog(dialog) {
  await useStyle(new URL("../../css/dialog.css", import.meta.url));
  if (!wired.has(dialog)) {
    wired.add(dialog);
    dialog.addEventListener("click", (event) => onClick(dialog, event));
  }
  if (!dialog.open) dialog.showModal();
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {MouseEvent} event
 */
function onClick(dialog, event) {
  const target = /** @type {Element} */ (event.target);
  // The dialog has no padding of its own: what is clicked as the dialog itself is the backdrop.
  const isBeside = target === dialog && event.detail > 0;
  if (isBeside || target.closest("[data-action=close]")) dialog.close();
}
