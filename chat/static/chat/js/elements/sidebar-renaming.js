/**
 * Renames a conversation in its place in the list.
 * @module
 */
import { useStyle } from "../dom/style.js";
import { request } from "../transport/api.js";
import { copyOf, told } from "./sidebar-acting.js";

/** @typedef {import("./sidebar.js").Sidebar} Sidebar */

/**
 * Rename the row that has the focus, else the conversation that the page shows.
 * @param {Sidebar} sidebar
 */
export async function renameFocused(sidebar) {
  const list = await sidebar.list();
  const focused = document.activeElement?.closest("[data-conversation]");
  const item = focused instanceof HTMLElement ? focused : list.item(sidebar.wishes.shownId());
  if (!item) return;
  if (!item.checkVisibility({ visibilityProperty: true })) sidebar.toggle();
  await startRenaming(sidebar, item);
}

/**
 * Put a field in the place of a row's title: Enter and leaving it keep, Escape does not.
 * @param {Sidebar} sidebar
 * @param {HTMLElement} item
 */
export async function startRenaming(sidebar, item) {
  await useStyle(new URL("../../css/sidebar-acting.css", import.meta.url));
  if (item.querySelector(".chat-renaming")) return;
  const form = /** @type {HTMLFormElement} */ (copyOf(sidebar.page, "renaming"));
  const input = /** @type {HTMLInputElement} */ (form.querySelector("input"));
  const title = item.querySelector(".chat-list__title")?.textContent ?? "";
  let isOver = false;
  const end = (/** @type {boolean} */ takesFocus) => {
    isOver = true;
    form.remove();
    item.removeAttribute("data-renaming");
    void sidebar.list().then((list) => item.isConnected && list.place(item));
    if (takesFocus) item.querySelector("a")?.focus();
  };
  const keep = async (/** @type {boolean} */ takesFocus) => {
    if (isOver || form.hasAttribute("aria-busy")) return;
    // Who goes away from an empty field leaves the title as it was.
    if (input.value === title || (!takesFocus && !input.value.trim())) return end(takesFocus);
    form.setAttribute("aria-busy", "true");
    const why = await stored(sidebar, item.dataset.conversation ?? "", input.value);
    form.removeAttribute("aria-busy");
    if (isOver) return;
    if (!why) return end(takesFocus);
    complain(form, input, why);
    // Who writes elsewhere by now is not called back.
    if (takesFocus) input.focus();
  };
  input.value = title;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    void keep(true);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return event.key === "Enter" && event.preventDefault();
    // What the page does with these keys is not meant here.
    if (event.key.startsWith("Arrow") || event.key === "Escape") event.stopPropagation();
    if (event.key === "Escape") end(true);
  });
  input.addEventListener("blur", () => void keep(false));
  item.setAttribute("data-renaming", "");
  item.append(form);
  input.focus();
  input.select();
}

/**
 * Store a title; return what is wrong with it, if something is.
 * @param {Sidebar} sidebar
 * @param {string} id
 * @param {string} title
 */
async function stored(sidebar, id, title) {
  try {
    const changed = await request("PATCH", `${sidebar.config.api_root}conversations/${id}/`, { title });
    (await sidebar.list()).rename(id, changed.title);
    if (id === sidebar.wishes.shownId()) sidebar.wishes.onTitle(changed.title);
    return "";
  } catch (error) {
    return told(sidebar, error);
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLInputElement} input
 * @param {string} why
 */
function complain(form, input, why) {
  const place = /** @type {HTMLElement} */ (form.querySelector("[role=alert]"));
  place.hidden = false;
  place.textContent = why;
  input.setAttribute("aria-invalid", "true");
}
