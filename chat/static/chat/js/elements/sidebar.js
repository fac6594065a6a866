/**
 * The list of conversations: opening on phones, deleting, and what changes in it.
 * @module
 */
import { part } from "../dom/messages.js";

/** @typedef {Record<string, string>} Strings */

/** The page's sidebar. */
export class Sidebar {
  #page;
  #strings;

  /**
   * @param {HTMLElement} page
   * @param {Strings} strings
   * @param {AbortSignal} signal
   */
  constructor(page, strings, signal) {
    this.#page = page;
    this.#strings = strings;
    page.addEventListener("submit", (event) => this.#onSubmit(event), { signal });
    page.addEventListener("toggle", (event) => this.#closeOthers(event), { signal, capture: true });
  }

  /** @param {boolean} isOpen */
  open(isOpen) {
    part(this.#page, "sidebar").toggleAttribute("data-open", isOpen);
    const scrim = /** @type {HTMLElement} */ (this.#page.querySelector(".chat-scrim"));
    scrim.hidden = !isOpen;
    const button = /** @type {HTMLElement} */ (this.#page.querySelector("[data-action=sidebar]"));
    button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) /** @type {HTMLElement} */ (this.#page.querySelector(".chat-new")).focus();
    else button.focus();
  }

  get isOpen() {
    return part(this.#page, "sidebar").hasAttribute("data-open");
  }

  /**
   * Put a conversation at the top, as the one that is shown.
   * @param {{ id: string, title: string, url: string }} conversation
   */
  add({ id, title, url }) {
    const list = part(this.#page, "list");
    list.querySelector(".chat-list__empty")?.remove();
    list.querySelectorAll("[aria-current]").forEach((link) => link.removeAttribute("aria-current"));
    const item = document.createElement("li");
    item.className = "chat-list__item";
    item.dataset.conversation = id;
    const link = document.createElement("a");
    link.className = "chat-list__link";
    link.href = url;
    link.setAttribute("aria-current", "page");
    const name = document.createElement("span");
    name.className = "chat-list__title";
    name.dir = "auto";
    name.textContent = title || this.#strings.newConversation;
    link.append(name);
    item.append(link);
    list.prepend(item);
  }

  /**
   * @param {string} id
   * @param {string} title
   */
  rename(id, title) {
    const name = this.#item(id)?.querySelector(".chat-list__title");
    if (name && title) name.textContent = title;
  }

  /**
   * @param {string} id
   * @param {boolean} isRunning
   */
  markRunning(id, isRunning) {
    const item = this.#item(id);
    if (!item) return;
    item.toggleAttribute("data-running", isRunning);
    item.querySelector(".chat-list__dot")?.remove();
    if (!isRunning) return;
    const dot = document.createElement("span");
    dot.className = "chat-list__dot";
    const words = document.createElement("span");
    words.className = "chat-visually-hidden";
    words.textContent = this.#strings.answering;
    dot.append(words);
    item.querySelector(".chat-list__link")?.append(dot);
  }

  /** @param {string} id */
  #item(id) {
    return this.#page.querySelector(`[data-conversation="${CSS.escape(id)}"]`);
  }

  /** @param {Event} event */
  #onSubmit(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (form.dataset.confirm === "delete" && !window.confirm(this.#strings.confirmDelete)) event.preventDefault();
  }

  /** @param {Event} event */
  #closeOthers(event) {
    const opened = /** @type {HTMLDetailsElement} */ (event.target);
    if (!opened.open || !opened.classList.contains("chat-menu")) return;
    this.#page.querySelectorAll("details.chat-menu[open]").forEach((one) => {
      if (one !== opened) one.removeAttribute("open");
    });
  }
}
