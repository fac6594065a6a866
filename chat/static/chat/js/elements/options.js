/**
 * The dialog of what a member may choose for this browser.
 * @module
 */
import { readOption, writeOption } from "../core/options.js";
import { openDialog } from "../dom/dialog.js";
import { forgetDrafts } from "../dom/forgetting.js";
import { part } from "../dom/messages.js";
import { showPlain } from "../dom/plain.js";
import { useStyle } from "../dom/style.js";
import { narrateAll, narrateNothing } from "./narrating.js";
import { askToNotify } from "./notifying.js";

/** @typedef {import("./message-actions.js").Desk} Desk */

/** @param {Desk} desk */
export async function openOptions(desk) {
  const dialog = /** @type {HTMLDialogElement} */ (part(desk.page, "options"));
  for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (dialog.querySelectorAll("[data-option]"))) {
    const name = box.dataset.option ?? "";
    // The server knows this one: the page comes as it was left.
    box.checked = name === "plain" ? "plain" in desk.page.dataset : readOption(name);
    box.onchange = () => choose(desk, name, box);
  }
  await useStyle(new URL("../../css/options.css", import.meta.url));
  await openDialog(dialog);
}

/**
 * @param {Desk} desk
 * @param {string} name
 * @param {HTMLInputElement} box
 */
function choose(desk, name, box) {
  const isOn = box.checked;
  if (name === "plain") {
    showPlain(desk.page, desk.transcript, isOn);
    return;
  }
  writeOption(name, isOn);
  if (name === "sentences" && isOn) narrateAll(desk);
  else if (name === "sentences") narrateNothing();
  else if (name === "no-drafts" && isOn) forgetDrafts();
  else if (name === "notify" && isOn) void askToNotify(box);
}
