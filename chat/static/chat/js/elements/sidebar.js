/**
 * The sidebar: opening and closing it; what a member does in it is loaded when they do it.
 * @module
 */
import { later } from "../core/later.js";
import { part } from "../dom/messages.js";

/** @typedef {import("../dom/conversation-list.js").Conversation} Conversation */

// Where it stands beside the conversation; sidebar.css has the same width.
const WIDE = "(width >= 48rem)";
const COOKIE_SECONDS = 31_536_000;

/**
 * @typedef {object} Wishes
 * @property {() => string} shownId the conversation that the page shows, or ""
 * @property {(title: string) => void} onTitle that one got another title
 */

/** The page's sidebar. */
export class Sidebar {
  #signal;

  /**
   * @param {HTMLElement} page
   * @param {{ api_root: string, page_root: string }} config
   * @param {Wishes} wishes
   * @param {AbortSignal} signal
   */
  constructor(page, config, wishes, signal) {
    this.page = page;
    this.config = config;
    this.wishes = wishes;
    this.#signal = signal;
    this.nav = part(page, "sidebar");
    this.nav.addEventListener("click", (event) => this.#onClick(event), { signal });
    page.addEventListener("chat-shortcut", (event) => this.#onShortcut(/** @type {CustomEvent} */ (event)), { signal });
    const wide = matchMedia(WIDE);
    if (!wide.matches) this.#button.setAttribute("aria-expanded", "false");
    // A phone that is turned has both side by side: nothing is covered any more.
    wide.addEventListener("change", () => { if (this.isOpen) this.open(false); }, { signal });
    remember("chat_timezone", Intl.DateTimeFormat().resolvedOptions().timeZone);
    this.#watchEnd();
    if (sessionStorage.getItem("chat:undo")) void this.#acting().then(({ offerAgain }) => offerAgain(this));
  }

  get #button() {
    return /** @type {HTMLElement} */ (this.page.querySelector("[data-action=sidebar]"));
  }

  /** Show or hide it; beside the conversation that is remembered, over it it is for now. */
  toggle() {
    if (!matchMedia(WIDE).matches) {
      this.open(!this.isOpen);
      return;
    }
    const isClosed = this.page.dataset.sidebar !== "closed";
    this.page.dataset.sidebar = isClosed ? "closed" : "open";
    this.#button.setAttribute("aria-expanded", String(!isClosed));
    remember("chat_sidebar", this.page.dataset.sidebar);
  }

  /** @param {boolean} isOpen */
  open(isOpen) {
    this.nav.toggleAttribute("data-open", isOpen);
    const scrim = /** @type {HTMLElement} */ (this.page.querySelector(".chat-scrim"));
    scrim.hidden = !isOpen;
    this.#button.setAttribute("aria-expanded", String(isOpen));
    // What the sidebar covers is out of reach of keys and of screen readers too.
    /** @type {HTMLElement} */ (this.page.querySelector("main")).inert = isOpen;
    if (isOpen) /** @type {HTMLElement} */ (this.page.querySelector(".chat-new")).focus();
    else this.#button.focus();
  }

  get isOpen() {
    return this.nav.hasAttribute("data-open");
  }

  /**
   * Close what is open; true if something was.
   * @returns {boolean}
   */
  closeWhatIsOpen() {
    const menu = /** @type {HTMLElement | null} */ (this.page.querySelector(".chat-menu:popover-open"));
    if (menu) menu.hidePopover();
    else if (this.isOpen) this.open(false);
    else return false;
    return true;
  }

  list = later(async () => {
    const { ConversationList } = await import("../dom/conversation-list.js");
    return new ConversationList(this.page, this.config.api_root);
  });

  /** @param {Conversation} conversation */
  update(conversation) {
    void this.list().then((list) => list.update(conversation));
  }

  /** Read the newest conversations anew: this tab missed too much. */
  async refresh() {
    await (await this.list()).refresh();
  }

  /**
   * Show the conversation that has just begun, as the one that the page shows.
   * @param {{ id: string, title: string }} conversation
   */
  add({ id, title }) {
    const now = new Date().toISOString();
    void this.list().then((list) => {
      list.update({ id, title, pinned: false, archived: false, updated_at: now, active_run: null });
      list.show(id);
    });
  }

  /**
   * @param {string} id
   * @param {string} title
   */
  rename(id, title) {
    void this.list().then((list) => list.rename(id, title));
  }

  /** @param {string} id */
  remove(id) {
    void this.list().then((list) => list.remove(id));
  }

  /**
   * @param {string} id
   * @param {boolean} isRunning
   */
  markRunning(id, isRunning) {
    const item = this.nav.querySelector(`[data-conversation="${CSS.escape(id)}"]`);
    if (item) item.toggleAttribute("data-running", isRunning);
    else void this.list().then((list) => list.markRunning(id, isRunning));
  }

  #acting() {
    return import("./sidebar-acting.js");
  }

  #watchEnd() {
    const more = this.page.querySelector("[data-part=more]");
    if (!more) return;
    const watch = new IntersectionObserver(async ([entry]) => {
      if (!entry.isIntersecting) return;
      watch.unobserve(more);
      try {
        await (await this.list()).loadMore();
      } catch {
        // The link is still there.
        return;
      }
      if (more.isConnected) watch.observe(more);
    }, { root: this.nav, rootMargin: "400px" });
    watch.observe(more);
    this.#signal.addEventListener("abort", () => watch.disconnect());
  }

  /** @param {MouseEvent} event */
  #onClick(event) {
    const target = /** @type {Element} */ (event.target).closest("[data-action]");
    // A new tab gets the pages that need no script.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = /** @type {Element} */ (event.target).closest(".chat-list__link");
    if (link && !event.defaultPrevented) {
      // A page that is come back to may be as it was left.
      link.setAttribute("aria-busy", "true");
      window.addEventListener("pagehide", () => link.removeAttribute("aria-busy"), { once: true });
    }
    if (!(target instanceof HTMLElement)) return;
    switch (target.dataset.action) {
      case "search":
        event.preventDefault();
        return void this.#search();
      case "conversation-menu":
        event.preventDefault();
        return void import("./sidebar-menu.js").then(({ openMenu }) => openMenu(this, target));
      case "select":
        return void import("./sidebar-selecting.js").then(({ startSelecting }) => startSelecting(this));
      default:
    }
  }

  /** @param {CustomEvent} event */
  #onShortcut({ detail: { name } }) {
    if (name === "search") void this.#search();
    if (name === "rename") void import("./sidebar-renaming.js").then(({ renameFocused }) => renameFocused(this));
  }

  async #search() {
    const { openSearch } = await import("./searching.js");
    await openSearch(this.page, this.config.api_root);
  }
}

/**
 * Tell the server in a cookie, for a year.
 * @param {string} name
 * @param {string} value
 */
function remember(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=${COOKIE_SECONDS}; samesite=lax`;
}
