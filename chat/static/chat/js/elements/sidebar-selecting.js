/**
 * Several conversations at once: boxes to tick, and what to do to those that are ticked.
 * @module
 */
import { part } from "../dom/messages.js";
import { useStyle } from "../dom/style.js";
import { act, copyOf } from "./sidebar-acting.js";

/** @typedef {import("./sidebar.js").Sidebar} Sidebar */

/**
 * Show the boxes, until the member is done.
 * @param {Sidebar} sidebar
 */
export async function startSelecting(sidebar) {
  await useStyle(new URL("../../css/sidebar-acting.css", import.meta.url));
  if (sidebar.nav.hasAttribute("data-selecting")) return;
  const list = await sidebar.list();
  const life = new AbortController();
  const { signal } = life;
  const bar = copyOf(sidebar.page, "selecting");
  const isArchive = part(sidebar.page, "list").hasAttribute("data-archive");
  bar.querySelector(isArchive ? "[data-do=archive]" : "[data-do=unarchive]")?.remove();
  const chosen = () => list.rows().filter((row) => boxOf(row)?.checked).map((row) => row.dataset.conversation ?? "");
  const show = () => {
    list.rows().forEach(addBox);
    showCount(bar, chosen().length);
  };
  const end = () => {
    life.abort();
    watch.disconnect();
    bar.remove();
    sidebar.nav.querySelectorAll(".chat-list__box").forEach((box) => box.remove());
    sidebar.nav.removeAttribute("data-selecting");
    /** @type {HTMLElement | null} */ (sidebar.nav.querySelector("[data-action=select]"))?.focus({ preventScroll: true });
  };
  // Rows come and go meanwhile.
  const watch = new MutationObserver(show);
  watch.observe(part(sidebar.page, "list"), { childList: true, subtree: true });
  sidebar.nav.addEventListener("change", show, { signal });
  sidebar.nav.addEventListener("click", (event) => tickInstead(event), { signal, capture: true });
  sidebar.nav.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    end();
  }, { signal });
  bar.addEventListener("click", (event) => {
    const action = /** @type {HTMLElement} */ (event.target).closest("button")?.dataset.do;
    if (action === "done") end();
    else if (action) void act(sidebar, chosen(), action).then((isDone) => isDone && end());
  });
  sidebar.nav.setAttribute("data-selecting", "");
  sidebar.nav.append(bar);
  show();
  boxOf(list.rows()[0])?.focus();
}

/** @param {HTMLElement} row */
function addBox(row) {
  if (boxOf(row)) return;
  const box = document.createElement("input");
  box.type = "checkbox";
  box.className = "chat-list__box";
  box.setAttribute("aria-label", row.querySelector(".chat-list__title")?.textContent ?? "");
  row.prepend(box);
}

/**
 * @param {HTMLElement | undefined} row
 * @returns {HTMLInputElement | null}
 */
function boxOf(row) {
  return row?.querySelector(".chat-list__box") ?? null;
}

/** @param {MouseEvent} event */
function tickInstead(event) {
  const link = /** @type {Element} */ (event.target).closest(".chat-list__link");
  if (!link) return;
  event.preventDefault();
  boxOf(/** @type {HTMLElement} */ (link.closest("li")))?.click();
}

/**
 * @param {HTMLElement} bar
 * @param {number} count
 */
function showCount(bar, count) {
  const place = /** @type {HTMLElement} */ (bar.querySelector("[role=status]"));
  const words = count ? (place.dataset.some ?? "").replace("%s", String(count)) : place.dataset.none ?? "";
  if (place.textContent !== words) place.textContent = words;
  bar.querySelectorAll("button").forEach((button) => {
    button.disabled = !count && button.dataset.do !== "done";
  });
}
