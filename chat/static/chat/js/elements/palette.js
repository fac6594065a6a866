/**
 * What a slash at the beginning of a message offers: the assistants, and the member's saved prompts. Loaded
 * with the first slash.
 * @module
 */
import { matching, withFirstGap } from "../core/suggesting.js";
import { useStyle } from "../dom/style.js";
import { request } from "../transport/api.js";

/** @typedef {import("../core/suggesting.js").Suggestion} Suggestion */

const LIST_ID = "chat-palette";

/** The palette above the composer. */
export class Palette {
  #composer;
  #input;
  #list = document.createElement("ul");
  #words;
  /** @type {Suggestion[]} */
  #prompts = [];
  #word;
  /** @type {string | null} what the list was made for */
  #shownFor = null;
  /** @type {Suggestion[]} */
  #shown = [];
  #chosen = 0;

  /**
   * @param {import("./chat-composer.js").ChatComposer} composer
   * @param {HTMLTextAreaElement} input
   * @param {() => string | null} word what is looked for now, null if nothing is
   */
  constructor(composer, input, word) {
    this.#composer = composer;
    this.#input = input;
    this.#word = word;
    const place = /** @type {HTMLElement} */ (composer.querySelector("[data-part=palette]"));
    this.#words = /** @type {Record<string, string>} */ (place.dataset);
    this.#list.id = LIST_ID;
    this.#list.className = "chat-palette";
    this.#list.setAttribute("role", "listbox");
    this.#list.setAttribute("aria-label", this.#words.label ?? "");
    this.#list.hidden = true;
    // The field keeps the focus.
    this.#list.addEventListener("mousedown", (event) => event.preventDefault());
    this.#list.addEventListener("click", (event) => this.#onClick(event));
    place.append(this.#list);
    input.addEventListener("blur", () => this.close());
  }

  get isOpen() {
    return !this.#list.hidden;
  }

  /** Get what it needs; without the prompts the assistants are offered all the same. */
  async load() {
    await useStyle(new URL("../../css/palette.css", import.meta.url));
    const { results } = await request("GET", this.#composer.config.prompts_url).catch(() => ({ results: [] }));
    this.#prompts = results.map((/** @type {any} */ one) => ({
      kind: "prompt", name: one.name, detail: one.text, value: one.text,
    }));
  }

  /** Show what matches what is written now. */
  refresh() {
    const wanted = this.#word();
    if (wanted === null) return this.close();
    if (this.isOpen && wanted === this.#shownFor) return;
    this.#shown = matching([...this.#assistants(), ...this.#prompts, ...this.#manage()], wanted);
    this.#shownFor = wanted;
    this.#chosen = 0;
    if (this.#shown.length) this.#draw();
    else this.close();
  }

  close() {
    this.#list.hidden = true;
    for (const name of ["aria-controls", "aria-activedescendant"]) this.#input.removeAttribute(name);
  }

  /**
   * True if the key was meant for the palette.
   * @param {KeyboardEvent} event
   */
  onKey(event) {
    if (!this.isOpen || event.ctrlKey || event.metaKey || event.altKey) return false;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp": {
        const step = event.key === "ArrowDown" ? 1 : -1;
        this.#chosen = (this.#chosen + step + this.#shown.length) % this.#shown.length;
        this.#mark();
        return true;
      }
      case "Tab":
        return !event.shiftKey && this.choose();
      case "Escape":
        this.close();
        return true;
      default:
        return false;
    }
  }

  /** Do what is chosen; false if nothing is offered. */
  choose() {
    const suggestion = this.#shown[this.#chosen];
    if (!this.isOpen || !suggestion) return false;
    this.close();
    switch (suggestion.kind) {
      case "assistant":
        this.#pick(suggestion.value);
        this.#put("");
        break;
      case "prompt":
        this.#put(suggestion.value);
        break;
      default:
        this.#put("");
        location.assign(suggestion.value);
    }
    return true;
  }

  /** @param {string} key */
  #pick(key) {
    const radios = document.querySelectorAll("input[name=assistant]");
    const card = /** @type {HTMLInputElement[]} */ ([...radios]).find((radio) => radio.value === key);
    if (card) card.click();
    this.#composer.assistant = key;
    const name = this.#assistants().find((one) => one.value === key)?.name ?? key;
    this.#say((this.#words.picked ?? "").replace("%s", name));
  }

  /** @param {string} text */
  #put(text) {
    const { start, end } = withFirstGap(text);
    this.#composer.text = text;
    this.#input.setSelectionRange(start, end);
    this.#input.focus();
  }

  /** @returns {Suggestion[]} */
  #assistants() {
    const picker = /** @type {HTMLSelectElement | null} */ (this.#composer.querySelector("select[name=assistant]"));
    return [...(picker?.options ?? [])].map((option) => ({
      kind: "assistant", name: option.text, detail: option.title, value: option.value,
    }));
  }

  /** @returns {Suggestion[]} */
  #manage() {
    return [{ kind: "page", name: this.#words.manage ?? "", detail: "", value: this.#composer.config.prompts_page }];
  }

  #draw() {
    /** @type {HTMLElement[]} */
    const rows = [];
    this.#shown.forEach(({ kind, name, detail }, index) => {
      if (kind !== "page" && kind !== this.#shown[index - 1]?.kind) rows.push(this.#heading(kind));
      const row = document.createElement("li");
      row.id = `${LIST_ID}-${index}`;
      row.className = "chat-palette__row";
      row.dataset.index = String(index);
      row.dataset.kind = kind;
      row.setAttribute("role", "option");
      row.append(text("strong", name), text("span", detail));
      rows.push(row);
    });
    this.#list.replaceChildren(...rows);
    this.#list.hidden = false;
    this.#input.setAttribute("aria-controls", LIST_ID);
    this.#mark();
    this.#say((this.#words.count ?? "").replace("%s", String(this.#shown.length)));
  }

  /** @param {string} kind */
  #heading(kind) {
    const row = text("li", this.#words[kind] ?? "");
    row.className = "chat-palette__heading";
    row.setAttribute("role", "presentation");
    return row;
  }

  #mark() {
    for (const row of this.#list.querySelectorAll("[role=option]")) {
      const isChosen = /** @type {HTMLElement} */ (row).dataset.index === String(this.#chosen);
      row.setAttribute("aria-selected", String(isChosen));
      if (isChosen) row.scrollIntoView({ block: "nearest" });
    }
    this.#input.setAttribute("aria-activedescendant", `${LIST_ID}-${this.#chosen}`);
  }

  /** @param {MouseEvent} event */
  #onClick(event) {
    const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[role=option]"));
    if (!row) return;
    this.#chosen = Number(row.dataset.index);
    this.choose();
  }

  /** @param {string} words */
  #say(words) {
    const place = this.#composer.querySelector("[data-part=announce]");
    if (place) place.textContent = words;
  }
}

/**
 * @param {string} name
 * @param {string} content
 */
function text(name, content) {
  const element = document.createElement(name);
  element.dir = "auto";
  element.textContent = content;
  return element;
}
