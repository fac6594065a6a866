/**
 * The list of messages: those that the server rendered, and those that come later.
 * @module
 */
import { MessageView, part } from "./messages.js";

// More make a page slow; those furthest from the reader are loaded again when they are wanted.
const MOST_SHOWN = 200;

/** The messages of the conversation that is shown. */
export class Transcript {
  #page;
  #strings;
  list;
  /** @type {WeakMap<Element, MessageView>} */
  #views = new WeakMap();

  /**
   * @param {HTMLElement} page
   * @param {Record<string, string>} strings
   */
  constructor(page, strings) {
    this.#page = page;
    this.#strings = strings;
    this.list = part(page, "messages");
    for (const element of this.items) this.#views.set(element, new MessageView(element, strings));
  }

  /** True if the end of the path is on the page: what is said next comes below it. */
  get hasEnd() {
    return !this.bound("newer");
  }

  /**
   * The message beside what is shown: the last one before it, or the one after which there are more.
   * @param {"older" | "newer"} side
   */
  bound(side) {
    return part(this.#page, side).dataset.id ?? "";
  }

  /**
   * @param {"older" | "newer"} side
   * @param {string | null | undefined} id none where there is nothing more
   */
  setBound(side, id) {
    const place = part(this.#page, side);
    place.hidden = !id;
    place.dataset.id = id ?? "";
    /** @type {HTMLAnchorElement} */ (place.querySelector("a")).href = `?${side === "older" ? "until" : "message"}=${id}`;
  }

  /**
   * Take away what is too much, at the other end than the one that grew.
   * @param {"older" | "newer"} side where the surplus is
   */
  trim(side) {
    const surplus = this.items.length - MOST_SHOWN;
    if (surplus <= 0) return;
    const { items } = this;
    const gone = side === "older" ? items.slice(0, surplus) : items.slice(-surplus);
    const bound = side === "older" ? gone.at(-1) : gone[0].previousElementSibling;
    gone.forEach((one) => one.remove());
    this.setBound(side, /** @type {HTMLElement} */ (bound).dataset.id);
  }

  /**
   * Let nobody choose a branch while an answer is written.
   * @param {boolean} isLocked
   */
  lock(isLocked) {
    this.list.querySelectorAll("[data-part=place]").forEach((place) => this.around(place)?.lock(isLocked));
  }

  /**
   * Put a new message at the end.
   * @param {string} role
   */
  add(role) {
    const view = this.create(role);
    view.parent = this.around(this.list.lastElementChild)?.id ?? "";
    this.list.append(view.element);
    this.trim("older");
    return view;
  }

  /**
   * Make a message that stands nowhere yet.
   * @param {string} role
   */
  create(role) {
    this.#page.querySelector("[data-part=start]")?.remove();
    const template = /** @type {HTMLTemplateElement} */ (this.#page.querySelector("template[data-template=message]"));
    const view = MessageView.make(template, role, this.#strings);
    this.#views.set(view.element, view);
    void import("./moments.js").then(({ tellMoment }) => tellMoment(view.element), () => {});
    return view;
  }

  /**
   * @param {Element | null} [inside] a message or something in it
   * @returns {MessageView | undefined}
   */
  around(inside) {
    const element = inside?.closest("li.chat-message");
    return element ? this.#views.get(element) : undefined;
  }

  /** @param {string} id */
  find(id) {
    return this.around(this.list.querySelector(`li[data-id="${CSS.escape(id)}"]`));
  }

  /** @param {Record<string, number>} ratings the member's thumbs, by message: all that there are */
  showRatings(ratings) {
    for (const item of this.items) this.around(item)?.showRating(ratings[item.dataset.id ?? ""]);
  }

  get items() {
    return /** @type {HTMLElement[]} */ ([...this.list.children]);
  }
}
