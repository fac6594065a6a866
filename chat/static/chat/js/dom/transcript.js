/**
 * The list of messages: those that the server rendered, and those that come later.
 * @module
 */
import { MessageView, part } from "./messages.js";

/** The messages of the conversation that is shown. */
export class Transcript {
  #page;
  #strings;
  #list;
  /** @type {WeakMap<Element, MessageView>} */
  #views = new WeakMap();

  /**
   * @param {HTMLElement} page
   * @param {Record<string, string>} strings
   */
  constructor(page, strings) {
    this.#page = page;
    this.#strings = strings;
    this.#list = part(page, "messages");
    for (const element of this.#items) this.#views.set(element, new MessageView(element, strings));
  }

  get isEmpty() {
    return !this.#items.length;
  }

  /**
   * Put a new message at the end.
   * @param {string} role
   */
  add(role) {
    this.#page.querySelector("[data-part=start]")?.remove();
    const template = /** @type {HTMLTemplateElement} */ (this.#page.querySelector("template[data-template=message]"));
    const view = MessageView.make(template, role, this.#strings);
    this.#views.set(view.element, view);
    this.#list.append(view.element);
    return view;
  }

  /**
   * Put a new answer in the place of another one; what was said after that is no longer on the shown path.
   * @param {MessageView} old
   */
  replaceAnswer(old) {
    const answer = this.add("assistant");
    const { siblingCount } = old;
    while (old.element.nextElementSibling !== answer.element) old.element.nextElementSibling?.remove();
    old.element.remove();
    answer.showSiblings(siblingCount, siblingCount + 1);
    return answer;
  }

  /**
   * @param {Element | null} inside a message or something in it
   * @returns {MessageView | undefined}
   */
  around(inside) {
    const element = inside?.closest("li.chat-message");
    return element ? this.#views.get(element) : undefined;
  }

  /** @param {string} id */
  find(id) {
    return this.around(this.#list.querySelector(`li[data-id="${CSS.escape(id)}"]`));
  }

  /**
   * Show these messages, the oldest first, after those that are older still. What is shown as it is stored
   * stays untouched, with the reader's selection and place in it.
   * @param {any[]} messages
   */
  show(messages) {
    const items = this.#items;
    const oldest = messages.length ? this.find(messages[0].id) : undefined;
    let index = oldest ? items.indexOf(oldest.element) : 0;
    for (const message of messages) {
      const known = this.find(message.id);
      const view = known?.isAsStored(message) ? known : this.#make(message);
      const there = this.#items[index];
      if (there !== view.element) this.#list.insertBefore(view.element, there ?? null);
      index += 1;
    }
    for (const surplus of this.#items.slice(index)) surplus.remove();
  }

  /** @param {any} message */
  #make(message) {
    this.find(message.id)?.element.remove();
    const view = this.add(message.role);
    view.showStored(message);
    return view;
  }

  get #items() {
    return /** @type {HTMLElement[]} */ ([...this.#list.querySelectorAll(":scope > li.chat-message")]);
  }
}
