/**
 * The list of conversations: opening on phones, renaming, deleting, and what changes in it.
 * @module
 */
import { part } from "../dom/messages.js";

/** @typedef {{ confirmDelete: string }} Strings */

// Where it stands beside the conversation; sidebar.css has the same width.
const WIDE = "(width >= 48rem)";
const COOKIE_SECONDS = 31_536_000;

/**
 * @typedef {object} Wishes
 * @property {(id: string, title: string) => void} onRename
 * @property {(id: string) => void} onDelete
 */

/** The page's sidebar. */
export class Sidebar {
  #page;
  #strings;
  #wishes;

  /**
   * @param {HTMLElement} page
   * @param {Strings} strings
   * @param {Wishes} wishes
   * @param {AbortSignal} signal
   */
  constructor(page, strings, wishes, signal) {
    this.#page = page;
    this.#strings = strings;
    this.#wishes = wishes;
    page.addEventListener("submit", (event) => this.#onSubmit(event), { signal });
    page.addEventListener("toggle", (event) => this.#onToggle(event), { signal, capture: true });
    document.addEventListener("click", (event) => this.#closeMenus(/** @type {Node} */ (event.target)), { signal });
    if (!matchMedia(WIDE).matches) this.#button.setAttribute("aria-expanded", "false");
  }

  get #button() {
    return /** @type {HTMLElement} */ (this.#page.querySelector("[data-action=sidebar]"));
  }

  /** Show or hide it; beside the conversation that is remembered, over it it is for now. */
  toggle() {
    if (!matchMedia(WIDE).matches) {
      this.open(!this.isOpen);
      return;
    }
    const isClosed = this.#page.dataset.sidebar !== "closed";
    this.#page.dataset.sidebar = isClosed ? "closed" : "open";
    this.#button.setAttribute("aria-expanded", String(!isClosed));
    document.cookie = `chat_sidebar=${isClosed ? "closed" : "open"}; path=/; max-age=${COOKIE_SECONDS}; samesite=lax`;
  }

  /** @param {boolean} isOpen */
  open(isOpen) {
    part(this.#page, "sidebar").toggleAttribute("data-open", isOpen);
    const scrim = /** @type {HTMLElement} */ (this.#page.querySelector(".chat-scrim"));
    scrim.hidden = !isOpen;
    this.#button.setAttribute("aria-expanded", String(isOpen));
    // What the sidebar covers is out of reach of keys and of screen readers too.
    /** @type {HTMLElement} */ (this.#page.querySelector("main")).inert = isOpen;
    if (isOpen) /** @type {HTMLElement} */ (this.#page.querySelector(".chat-new")).focus();
    else this.#button.focus();
  }

  get isOpen() {
    return part(this.#page, "sidebar").hasAttribute("data-open");
  }

  /**
   * Close what is open; true if something was.
   * @returns {boolean}
   */
  closeWhatIsOpen() {
    const menu = this.#page.querySelector("details.chat-menu[open]");
    if (menu) {
      menu.removeAttribute("open");
      menu.querySelector("summary")?.focus();
      return true;
    }
    if (!this.isOpen) return false;
    this.open(false);
    return true;
  }

  /**
   * Put a conversation at the top, as the one that is shown.
   * @param {{ id: string, title: string, url: string }} conversation
   */
  add({ id, title, url }) {
    const list = part(this.#page, "list");
    list.querySelectorAll("[aria-current]").forEach((link) => link.removeAttribute("aria-current"));
    const template = /** @type {HTMLTemplateElement} */ (
      this.#page.querySelector("template[data-template=conversation]")
    );
    const fragment = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    const item = /** @type {HTMLElement} */ (fragment.querySelector("li"));
    item.dataset.conversation = id;
    const link = /** @type {HTMLAnchorElement} */ (item.querySelector("a"));
    link.href = url;
    link.setAttribute("aria-current", "page");
    list.prepend(item);
    this.rename(id, title);
  }

  /**
   * @param {string} id
   * @param {string} title
   */
  rename(id, title) {
    const item = this.#item(id);
    if (!item || !title) return;
    /** @type {HTMLElement} */ (item.querySelector(".chat-list__title")).textContent = title;
    const input = /** @type {HTMLInputElement} */ (item.querySelector("input[name=title]"));
    if (document.activeElement !== input) input.value = title;
  }

  /** @param {string} id */
  remove(id) {
    const item = this.#item(id);
    const next = item?.nextElementSibling?.querySelector("a") ?? this.#page.querySelector(".chat-new");
    item?.remove();
    /** @type {HTMLElement | null} */ (next)?.focus();
  }

  /**
   * @param {string} id
   * @param {boolean} isRunning
   */
  markRunning(id, isRunning) {
    this.#item(id)?.toggleAttribute("data-running", isRunning);
  }

  /** @param {string} id */
  #item(id) {
    return this.#page.querySelector(`[data-conversation="${CSS.escape(id)}"]`);
  }

  /** @param {Event} event */
  #onSubmit(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const id = /** @type {HTMLElement | null} */ (form.closest("[data-conversation]"))?.dataset.conversation;
    if (!id || !form.dataset.form) return;
    event.preventDefault();
    if (form.dataset.form === "rename") {
      this.closeWhatIsOpen();
      this.#wishes.onRename(id, String(new FormData(form).get("title")).trim());
    } else if (window.confirm(this.#strings.confirmDelete)) {
      this.#wishes.onDelete(id);
    }
  }

  /** @param {Event} event */
  #onToggle(event) {
    const menu = /** @type {HTMLDetailsElement} */ (event.target);
    if (!menu.classList.contains("chat-menu") || !menu.open) return;
    this.#closeMenus(menu);
    menu.querySelector("input")?.select();
  }

  /** @param {Node} except */
  #closeMenus(except) {
    this.#page.querySelectorAll("details.chat-menu[open]").forEach((menu) => {
      if (!menu.contains(except)) menu.removeAttribute("open");
    });
  }
}
