/**
 * The menu of a conversation in the list.
 * @module
 */
import { fillId } from "../dom/conversation-list.js";
import { useStyle } from "../dom/style.js";
import { act, copyOf } from "./sidebar-acting.js";
import { startRenaming } from "./sidebar-renaming.js";

/** @typedef {import("./sidebar.js").Sidebar} Sidebar */

const EDGE_PX = 8;

/**
 * Open the menu at a button of a row.
 * @param {Sidebar} sidebar
 * @param {HTMLElement} button
 */
export async function openMenu(sidebar, button) {
  await useStyle(new URL("../../css/sidebar-acting.css", import.meta.url));
  const item = /** @type {HTMLElement} */ (button.closest("[data-conversation]"));
  const id = item.dataset.conversation ?? "";
  sidebar.page.querySelector(".chat-menu")?.remove();
  const menu = copyOf(sidebar.page, "conversation-menu");
  fillId(menu, id);
  const isPinned = item.hasAttribute("data-pinned");
  const isArchived = item.hasAttribute("data-archived");
  const needless = [isPinned ? "pin" : "unpin", isArchived ? "archive" : "unarchive"];
  needless.forEach((name) => menu.querySelector(`[data-do=${name}]`)?.remove());
  menu.addEventListener("keydown", (event) => onKey(menu, event));
  menu.addEventListener("click", (event) => {
    const chosen = /** @type {HTMLElement} */ (event.target).closest("[role=menuitem]");
    if (!(chosen instanceof HTMLElement)) return;
    menu.hidePopover();
    const action = chosen.dataset.do;
    if (action === "rename") void startRenaming(sidebar, item);
    else if (action) void act(sidebar, [id], action);
  });
  menu.addEventListener("toggle", (event) => {
    const isClosed = /** @type {ToggleEvent} */ (event).newState === "closed";
    item.toggleAttribute("data-menu", !isClosed);
    if (isClosed) menu.remove();
  });
  // Where the focus is when it opens is where it returns.
  button.focus();
  sidebar.page.append(menu);
  menu.showPopover();
  place(menu, button);
  /** @type {HTMLElement} */ (menu.querySelector("[role=menuitem]")).focus();
}

/**
 * @param {HTMLElement} menu
 * @param {HTMLElement} button
 */
function place(menu, button) {
  const at = button.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const isRightToLeft = getComputedStyle(menu).direction === "rtl";
  const left = isRightToLeft ? at.left : at.right - width;
  const below = at.bottom + 4;
  const top = below + height > innerHeight - EDGE_PX ? at.top - height - 4 : below;
  menu.style.left = `${Math.max(EDGE_PX, Math.min(left, innerWidth - width - EDGE_PX))}px`;
  menu.style.top = `${Math.max(EDGE_PX, top)}px`;
}

/**
 * @param {HTMLElement} menu
 * @param {KeyboardEvent} event
 */
function onKey(menu, event) {
  const items = [...menu.querySelectorAll("[role=menuitem]")];
  const at = items.indexOf(/** @type {Element} */ (document.activeElement));
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (event.key === "Tab") menu.hidePopover();
  if (to === undefined) return;
  event.preventDefault();
  /** @type {HTMLElement} */ (items.at(to % items.length)).focus();
}
