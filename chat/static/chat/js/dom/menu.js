/**
 * A menu beside its button: in front of everything, moved through by the arrow keys.
 * @module
 */

const GAP_PX = 4;
const EDGE_PX = 8;

/**
 * Open a menu; it closes by a choice, Escape, Tab and a click beside it.
 * @param {HTMLElement} menu a popover of role menu
 * @param {HTMLElement} button
 */
export function openMenu(menu, button) {
  menu.showPopover();
  place(menu, button);
  button.setAttribute("aria-expanded", "true");
  const life = new AbortController();
  const { signal } = life;
  menu.addEventListener("toggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState !== "closed") return;
    life.abort();
    button.setAttribute("aria-expanded", "false");
    if (menu.contains(document.activeElement) || document.activeElement === document.body) button.focus();
  }, { signal });
  menu.addEventListener("keydown", (event) => onKey(menu, event), { signal });
  menu.addEventListener("click", () => menu.hidePopover(), { signal });
  // It stands still while the page moves below it.
  window.addEventListener("resize", () => menu.hidePopover(), { signal });
  itemsOf(menu)[0]?.focus();
}

/**
 * @param {HTMLElement} menu
 * @param {HTMLElement} button
 */
function place(menu, button) {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const isRtl = getComputedStyle(button).direction === "rtl";
  const left = isRtl ? at.right - width : at.left;
  const below = at.bottom + GAP_PX;
  const top = below + height > innerHeight - EDGE_PX ? at.top - GAP_PX - height : below;
  menu.style.left = `${Math.max(EDGE_PX, Math.min(left, innerWidth - width - EDGE_PX))}px`;
  menu.style.top = `${Math.max(EDGE_PX, top)}px`;
}

/**
 * @param {HTMLElement} menu
 * @param {KeyboardEvent} event
 */
function onKey(menu, event) {
  const items = itemsOf(menu);
  const index = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const next = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: -1 }[event.key];
  if (event.key === "Escape" || event.key === "Tab") {
    // The page would stop the answer.
    event.preventDefault();
    menu.hidePopover();
  } else if (next !== undefined) {
    event.preventDefault();
    items.at(next % items.length)?.focus();
  }
}

/** @param {HTMLElement} menu */
function itemsOf(menu) {
  const items = /** @type {HTMLElement[]} */ ([...menu.querySelectorAll("[role=menuitem]")]);
  return items.filter((one) => !one.hidden && !one.closest("[hidden]"));
}
