/**
 * The dialog that searches the member's titles and messages.
 * @module
 */
import { openDialog } from "../dom/dialog.js";
import { part } from "../dom/messages.js";
import { useStyle } from "../dom/style.js";
import { request } from "../transport/api.js";

/** @typedef {{ text: string, mark: boolean }} Piece */
/** @typedef {{ title: Piece[], excerpt: Piece[], role: string | null, url: string }} Hit */

const DEBOUNCE_MS = 150;
const LOADING_MS = 300;
const NEAR_END_PX = 200;

/** @type {WeakMap<HTMLElement, Search>} */
const searches = new WeakMap();

/**
 * Open the dialog, with what was looked for before.
 * @param {HTMLElement} page
 * @param {string} apiRoot
 */
export async function openSearch(page, apiRoot) {
  const dialog = /** @type {HTMLDialogElement} */ (part(page, "search"));
  await useStyle(new URL("../../css/search.css", import.meta.url));
  if (!searches.has(dialog)) searches.set(dialog, new Search(dialog, apiRoot));
  await openDialog(dialog);
  searches.get(dialog)?.begin();
}

/** What is looked for, and what was found. */
class Search {
  #dialog;
  #apiRoot;
  #input;
  #list;
  #state;
  #typed = "";
  /** @type {string | null} */
  #next = null;
  #asking = new AbortController();
  #timer = 0;

  /**
   * @param {HTMLDialogElement} dialog
   * @param {string} apiRoot
   */
  constructor(dialog, apiRoot) {
    this.#dialog = dialog;
    this.#apiRoot = apiRoot;
    this.#input = /** @type {HTMLInputElement} */ (dialog.querySelector("input"));
    this.#list = /** @type {HTMLElement} */ (dialog.querySelector("[role=listbox]"));
    this.#state = part(dialog, "search-state");
    this.#input.addEventListener("input", () => this.#onInput());
    this.#input.addEventListener("keydown", (event) => this.#onKey(event));
    this.#list.addEventListener("scroll", () => void this.#onScroll());
    this.#list.addEventListener("pointermove", (event) => this.#onPoint(event));
    this.#say(dialog.dataset.hint ?? "");
  }

  begin() {
    this.#input.focus();
    this.#input.select();
  }

  #onInput() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#search(), DEBOUNCE_MS);
  }

  async #search() {
    const typed = this.#input.value.trim();
    if (typed === this.#typed) return;
    this.#typed = typed;
    this.#asking.abort();
    if (!typed) {
      this.#show([], null);
      this.#say(this.#dialog.dataset.hint ?? "");
      return;
    }
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    const slow = setTimeout(() => this.#say(this.#dialog.dataset.loading ?? ""), LOADING_MS);
    try {
      const { hits, next, notice } = await this.#ask(typed, null, signal);
      if (signal.aborted) return;
      this.#show(hits, next);
      const { none = "", found = "" } = this.#dialog.dataset;
      const count = next ? `${hits.length}+` : String(hits.length);
      this.#say(notice || (hits.length ? found.replace("%s", count) : none));
    } catch {
      if (signal.aborted) return;
      // The same words again are another attempt.
      this.#typed = "";
      this.#show([], null);
      this.#say(this.#dialog.dataset.failed ?? "");
    } finally {
      clearTimeout(slow);
    }
  }

  /**
   * @param {string} typed
   * @param {string | null} cursor
   * @param {AbortSignal} signal
   * @returns {Promise<{ hits: Hit[], next: string | null, notice: string }>}
   */
  async #ask(typed, cursor, signal) {
    // No address is longer than servers take; what is cut is more words than are looked for.
    const query = new URLSearchParams({ q: typed.slice(0, 300), ...(cursor ? { cursor } : {}) });
    const page = await request("GET", `${this.#apiRoot}search/?${query}`, undefined, signal);
    // A page may be empty and have a next one.
    if (!page.results.length && page.next) return this.#ask(typed, page.next, signal);
    return { hits: page.results, next: page.next, notice: page.notice };
  }

  async #onScroll() {
    const left = this.#list.scrollHeight - this.#list.scrollTop - this.#list.clientHeight;
    if (!this.#next || left > NEAR_END_PX) return;
    const cursor = this.#next;
    this.#next = null;
    const { signal } = this.#asking;
    const more = await this.#ask(this.#typed, cursor, signal).catch(() => null);
    if (signal.aborted) return;
    this.#next = more ? more.next : cursor;
    this.#list.append(...(more?.hits ?? []).map((hit) => this.#row(hit)));
    this.#number();
  }

  /**
   * @param {Hit[]} hits
   * @param {string | null} next
   */
  #show(hits, next) {
    this.#next = next;
    this.#list.replaceChildren(...hits.map((hit) => this.#row(hit)));
    this.#list.scrollTop = 0;
    this.#number();
    this.#input.setAttribute("aria-expanded", String(hits.length > 0));
    this.#choose(/** @type {HTMLElement | null} */ (this.#list.firstElementChild));
  }

  /** @param {Hit} hit */
  #row(hit) {
    const link = document.createElement("a");
    link.setAttribute("role", "option");
    link.setAttribute("aria-selected", "false");
    link.className = "chat-search__hit";
    link.href = hit.url;
    link.tabIndex = -1;
    link.append(line("chat-search__title", hit.title.length ? pieces(hit.title) : [this.#dialog.dataset.untitled ?? ""]));
    if (hit.excerpt.length) {
      const who = document.createElement("span");
      who.className = "chat-search__who";
      who.textContent = `${hit.role === "user" ? this.#dialog.dataset.you : this.#dialog.dataset.assistant}: `;
      link.append(line("chat-search__excerpt", [who, ...pieces(hit.excerpt)]));
    }
    return link;
  }

  #number() {
    [...this.#list.children].forEach((row, index) => { row.id = `chat-search-hit-${index}`; });
  }

  get #chosen() {
    return /** @type {HTMLElement | null} */ (this.#list.querySelector("[aria-selected=true]"));
  }

  /** @param {HTMLElement | null} row */
  #choose(row) {
    this.#chosen?.setAttribute("aria-selected", "false");
    row?.setAttribute("aria-selected", "true");
    row?.scrollIntoView({ block: "nearest" });
    if (row) this.#input.setAttribute("aria-activedescendant", row.id);
    else this.#input.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    // These keys belong to a composition first.
    if (event.isComposing || event.keyCode === 229) return;
    const chosen = this.#chosen;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = event.key === "ArrowDown" ? chosen?.nextElementSibling : chosen?.previousElementSibling;
      if (next) this.#choose(/** @type {HTMLElement} */ (next));
    } else if (event.key === "Enter") {
      event.preventDefault();
      chosen?.click();
    }
  }

  /** @param {PointerEvent} event */
  #onPoint(event) {
    const row = /** @type {Element} */ (event.target).closest("[role=option]");
    if (row && row !== this.#chosen) this.#choose(/** @type {HTMLElement} */ (row));
  }

  /** @param {string} words */
  #say(words) {
    if (this.#state.textContent !== words) this.#state.textContent = words;
  }
}

/**
 * @param {string} name
 * @param {(Node | string)[]} content
 */
function line(name, content) {
  const place = document.createElement("span");
  place.className = name;
  place.dir = "auto";
  place.append(...content);
  return place;
}

/** @param {Piece[]} found */
function pieces(found) {
  return found.map(({ text, mark }) => {
    if (!mark) return document.createTextNode(text);
    const marked = document.createElement("mark");
    marked.textContent = text;
    return marked;
  });
}
