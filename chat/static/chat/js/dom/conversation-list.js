/**
 * Paints the list of conversations: rows in groups, each in its place.
 * @module
 */
import { dayOf, groupOf, isAbove } from "../core/grouping.js";
import { request } from "../transport/api.js";
import { part } from "./messages.js";

/** What the template has in the place of an id. */
const NO_ID = "00000000-0000-0000-0000-000000000000";
const LINKS = "[href], [data-conversation-id]";

/**
 * @typedef {object} Conversation as the API has it
 * @property {string} id
 * @property {string} title
 * @property {boolean} pinned
 * @property {boolean} archived
 * @property {boolean} [temporary]
 * @property {boolean} [unseen]
 * @property {string} updated_at
 * @property {object | null} active_run
 */

/** The list in the sidebar. */
export class ConversationList {
  #page;
  #list;
  #apiRoot;
  #isArchive;
  #today = dayOf(Date.now());
  /** @type {Promise<void> | null} */
  #loading = null;

  /**
   * @param {HTMLElement} page
   * @param {string} apiRoot
   */
  constructor(page, apiRoot) {
    this.#page = page;
    this.#list = part(page, "list");
    this.#apiRoot = apiRoot;
    this.#isArchive = this.#list.hasAttribute("data-archive");
    // The server may have known another time zone, or none.
    this.regroup();
  }

  /**
   * Show a conversation as it is now, in its place.
   * @param {Conversation} conversation
   * @param {boolean} isLoaded from the next page, and not because it changed
   */
  update(conversation, isLoaded = false) {
    if (conversation.temporary) return;
    if (conversation.archived !== this.#isArchive) {
      this.remove(conversation.id);
      return;
    }
    if (this.#today !== dayOf(Date.now())) this.regroup();
    const known = this.item(conversation.id);
    const item = known ?? this.#newItem(conversation.id);
    item.dataset.updated = conversation.updated_at;
    item.toggleAttribute("data-pinned", conversation.pinned);
    item.toggleAttribute("data-archived", conversation.archived);
    item.toggleAttribute("data-running", Boolean(conversation.active_run));
    item.toggleAttribute("data-unseen", Boolean(conversation.unseen));
    // What is older than all rows comes with a later page.
    if (!known && !isLoaded && this.#comesLater(item)) return;
    this.place(item);
    this.rename(conversation.id, conversation.title);
  }

  /** Read the newest anew. Throws ApiError. */
  async refresh() {
    const newest = await request("GET", `${this.#apiRoot}conversations/`);
    newest.results.forEach((/** @type {Conversation} */ one) => this.update(one));
  }

  /** @param {string} id */
  remove(id) {
    const item = this.item(id);
    if (!item) return;
    const hadFocus = item.contains(document.activeElement);
    const rows = this.rows();
    const next = rows[rows.indexOf(item) + 1] ?? rows[rows.indexOf(item) - 1];
    this.#takeOut(item);
    if (!hadFocus) return;
    /** @type {HTMLElement | null} */ ((next ?? this.#page).querySelector(".chat-list__link, .chat-new"))?.focus();
  }

  /**
   * @param {string} id
   * @param {string} title
   */
  rename(id, title) {
    const item = this.item(id);
    if (!item || !title) return;
    /** @type {HTMLElement} */ (item.querySelector(".chat-list__title")).textContent = title;
    const options = /** @type {HTMLElement} */ (item.querySelector(".chat-list__options"));
    options.setAttribute("aria-label", `${this.#optionsLabel}: ${title}`);
  }

  /**
   * @param {string} id
   * @param {boolean} isRunning
   */
  markRunning(id, isRunning) {
    this.item(id)?.toggleAttribute("data-running", isRunning);
  }

  /**
   * Mark a conversation as the one that is shown.
   * @param {string} id
   */
  show(id) {
    this.#list.querySelectorAll("[aria-current]").forEach((link) => link.removeAttribute("aria-current"));
    this.item(id)?.querySelector("a")?.setAttribute("aria-current", "page");
  }

  /**
   * @param {string} id
   * @returns {HTMLElement | null}
   */
  item(id) {
    return this.#list.querySelector(`[data-conversation="${CSS.escape(id)}"]`);
  }

  /** @returns {HTMLElement[]} */
  rows() {
    return [...this.#list.querySelectorAll("[data-conversation]")].map((one) => /** @type {HTMLElement} */ (one));
  }

  /** Put every row where it belongs today. */
  regroup() {
    this.#today = dayOf(Date.now());
    this.rows().forEach((item) => this.place(item));
  }

  /** Load what comes after the last row; again while that goes on is nothing. */
  loadMore() {
    this.#loading ??= this.#load().finally(() => { this.#loading = null; });
    return this.#loading;
  }

  get #more() {
    return /** @type {HTMLElement | null} */ (this.#page.querySelector("[data-part=more]"));
  }

  async #load() {
    let cursor = this.#more?.dataset.cursor;
    while (cursor) {
      const query = new URLSearchParams({ cursor, pinned: "0", archived: this.#isArchive ? "1" : "0" });
      this.#more?.setAttribute("aria-busy", "true");
      const page = await request("GET", `${this.#apiRoot}conversations/?${query}`)
        .finally(() => this.#more?.removeAttribute("aria-busy"));
      cursor = page.next;
      if (cursor) /** @type {HTMLElement} */ (this.#more).dataset.cursor = cursor;
      else this.#more?.remove();
      page.results.forEach((/** @type {Conversation} */ one) => this.update(one, true));
      // A page may be empty and have a next one.
      if (page.results.length) return;
    }
  }

  /** @param {HTMLElement} item */
  #comesLater(item) {
    const last = this.rows().at(-1);
    return Boolean(this.#more) && !item.hasAttribute("data-pinned") && Boolean(last) && timeOf(item) < timeOf(last);
  }

  /**
   * Put a row where it belongs.
   * @param {HTMLElement} item
   */
  place(item) {
    const isPinned = item.hasAttribute("data-pinned");
    const group = groupOf(timeOf(item), { now: Date.now(), isPinned });
    const rows = /** @type {HTMLElement} */ (this.#group(group).querySelector("ul"));
    const next = [...rows.children].find(
      (one) => one !== item && timeOf(/** @type {HTMLElement} */ (one)) < timeOf(item),
    ) ?? null;
    // A row that stays keeps its focus, and whatever is open in it.
    if (item.parentElement === rows && (item.nextElementSibling === next)) return;
    // One that is moved loses the focus, and would keep half a title. It moves when that is over.
    if (item.hasAttribute("data-renaming")) return;
    const focused = item.contains(document.activeElement) ? document.activeElement : null;
    this.#takeOut(item);
    rows.insertBefore(item, next);
    if (!rows.isConnected) this.#insertGroup(/** @type {HTMLElement} */ (rows.closest("section")));
    /** @type {HTMLElement | null} */ (focused)?.focus();
  }

  /** @param {HTMLElement} item */
  #takeOut(item) {
    const section = item.closest("section");
    item.remove();
    if (section && !section.querySelector("[data-conversation]")) section.remove();
  }

  /**
   * Return the group of that name, a new one if there is none; new ones are inserted with their first row.
   * @param {string} group
   */
  #group(group) {
    const known = this.#list.querySelector(`[data-group="${group}"]`);
    if (known) return /** @type {HTMLElement} */ (known);
    const section = this.#copy("group");
    section.dataset.group = group;
    /** @type {HTMLElement} */ (section.querySelector("h2")).textContent = this.#label(group);
    return section;
  }

  /** @param {HTMLElement} section */
  #insertGroup(section) {
    const group = section.dataset.group ?? "";
    const next = [...this.#list.children].find(
      (one) => isAbove(group, /** @type {HTMLElement} */ (one).dataset.group ?? ""),
    );
    this.#list.insertBefore(section, next ?? null);
  }

  /** @param {string} group */
  #label(group) {
    const known = this.#list.getAttribute(`data-label-${group}`);
    if (known) return known;
    const [year, month] = group.split("-").map(Number);
    const format = new Intl.DateTimeFormat(document.documentElement.lang, { year: "numeric", month: "long" });
    return format.format(new Date(year, month - 1, 15));
  }

  /** @param {string} id */
  #newItem(id) {
    const item = this.#copy("conversation");
    item.dataset.conversation = id;
    fillId(item, id);
    return item;
  }

  /** @param {string} name */
  #copy(name) {
    const found = this.#page.querySelector(`template[data-template="${name}"]`);
    const content = /** @type {HTMLTemplateElement} */ (found).content;
    return /** @type {HTMLElement} */ (/** @type {Element} */ (content.firstElementChild).cloneNode(true));
  }

  get #optionsLabel() {
    const template = /** @type {HTMLTemplateElement} */ (
      this.#page.querySelector("template[data-template=conversation]")
    );
    return template.content.querySelector(".chat-list__options")?.getAttribute("aria-label")?.split(":")[0] ?? "";
  }
}

/**
 * Put an id where a template has none.
 * @param {HTMLElement} root
 * @param {string} id
 */
export function fillId(root, id) {
  root.querySelectorAll(LINKS).forEach((one) => {
    for (const name of ["href", "data-conversation-id"]) {
      const value = one.getAttribute(name);
      if (value) one.setAttribute(name, value.replace(NO_ID, id));
    }
  });
}

/** @param {HTMLElement | undefined} item */
function timeOf(item) {
  return Date.parse(item?.dataset.updated ?? "");
}
