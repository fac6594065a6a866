/**
 * The menu of a message: one for the page, filled for the message whose button opens it.
 * @module
 */
import { canRead } from "../dom/aloud.js";
import { openMenu } from "../dom/menu.js";
import { part } from "../dom/messages.js";
import { makePart, usePartsStyle } from "../dom/panels.js";

/** @typedef {import("./message-actions.js").Desk} Desk */
/** @typedef {import("../dom/messages.js").MessageView} MessageView */

/** @type {HTMLElement | null} */
let menu = null;

/**
 * @param {Desk} desk
 * @param {MessageView} view
 * @param {HTMLElement} button
 */
export async function openMessageMenu(desk, view, button) {
  await usePartsStyle();
  if (!menu?.isConnected) desk.page.append((menu = makePart("menu")));
  const { role = "" } = view.element.dataset;
  const has = {
    speech: canRead(),
    cut: "cut" in view.element.dataset && !desk.conversing.isBusy,
    rating: Boolean(view.element.querySelector(".chat-message__actions [aria-pressed=true]")),
  };
  for (const item of /** @type {NodeListOf<HTMLElement>} */ (menu.querySelectorAll("[role=menuitem], [data-for]"))) {
    item.dataset.message = view.id;
    const { for: isFor = role, needs } = item.dataset;
    item.hidden = isFor !== role || Boolean(needs && !has[/** @type {keyof typeof has} */ (needs)]);
  }
  const others = part(menu, "others");
  others.hidden ||= desk.conversing.isBusy;
  openMenu(menu, button);
}
