/**
 * Paints Markdown by appending: finished blocks stay as they are, the open tail is drawn anew.
 * @module
 */
import { BlockSplitter, restore } from "../core/blocks.js";
import { decodeEntities, linkify, safeAddress, withoutBidi } from "../core/links.js";

/** @typedef {{ copyCode: string, table: string }} MarkdownStrings */

// One paint a frame at most, and none sooner than four times what the last one cost: a slow machine
// shows bigger steps and stays usable.
const FRAME_MS = 16;
const COST_FACTOR = 4;
const HEADING_SHIFT = 2;
const DEEPEST_HEADING = 6;
// Nested deeper than this, a text is drawn flat: no honest answer needs it.
const DEEPEST_NESTING = 24;
const AROUND_BREAK = / *\n[ \t]*/g;
const LANGUAGE = /^[A-Za-z0-9_+#.-]{1,32}/;

/** A container that shows a growing Markdown text. */
export class MarkdownStream {
  #container;
  #strings;
  #splitter = new BlockSplitter();
  /** @type {ChildNode[]} */
  #open = [];
  #frame = 0;
  #nextPaintAt = 0;

  /**
   * @param {HTMLElement} container
   * @param {{ strings?: Partial<MarkdownStrings> }} [options]
   */
  constructor(container, { strings = {} } = {}) {
    this.#container = container;
    this.#strings = { copyCode: "Copy", table: "Table", ...strings };
  }

  /**
   * Take more text; it is painted with the next frame.
   * @param {string} delta
   */
  append(delta) {
    this.#splitter.append(delta);
    this.#frame ||= requestAnimationFrame(this.#onFrame);
  }

  /** Paint what is left: no more text will come. */
  finish() {
    this.#paint(true);
  }

  /**
   * Show this text instead.
   * @param {string} text
   */
  replace(text) {
    this.#splitter = new BlockSplitter();
    this.#open = [];
    this.#container.replaceChildren();
    this.#splitter.append(text);
    this.#paint(false);
  }

  #onFrame = () => {
    this.#frame = 0;
    if (performance.now() < this.#nextPaintAt) {
      this.#frame = requestAnimationFrame(this.#onFrame);
      return;
    }
    this.#paint(false);
  };

  /** @param {boolean} isWhole */
  #paint(isWhole) {
    if (this.#frame) cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const begun = performance.now();
    const { finished, open } = this.#splitter.take({ isWhole });
    for (const node of this.#open) node.remove();
    this.#container.append(...render(finished, this.#strings));
    this.#open = render(open, this.#strings);
    this.#container.append(...this.#open);
    this.#nextPaintAt = begun + Math.max(FRAME_MS, COST_FACTOR * (performance.now() - begun));
  }
}

/**
 * Return the nodes of a list of block tokens.
 * @param {any[]} tokens
 * @param {MarkdownStrings} strings
 * @returns {ChildNode[]}
 */
function render(tokens, strings) {
  return blocks(tokens, strings, 0);
}

/**
 * @param {any[]} tokens
 * @param {MarkdownStrings} strings
 * @param {number} depth
 * @returns {ChildNode[]}
 */
function blocks(tokens, strings, depth) {
  /** @type {ChildNode[]} */
  const nodes = [];
  /** @type {any[]} */
  let words = [];
  const flush = () => {
    if (words.length) nodes.push(...line(words));
    words = [];
  };
  for (const token of tokens) {
    // The text of an item in a tight list, and the box of a task before it.
    if (token.type === "text" || token.type === "checkbox") {
      words.push(token);
    } else {
      flush();
      nodes.push(...block(token, strings, depth));
    }
  }
  flush();
  return nodes;
}

/**
 * @param {any} token
 * @param {MarkdownStrings} strings
 * @param {number} depth
 * @returns {ChildNode[]}
 */
function block(token, strings, depth) {
  if (depth > DEEPEST_NESTING) return [make("p", {}, [text(token.raw)])];
  const inside = (/** @type {any} */ one) => blocks(one.tokens, strings, depth + 1);
  switch (token.type) {
    case "space":
      return [];
    case "heading": {
      const level = Math.min(token.depth + HEADING_SHIFT, DEEPEST_HEADING);
      return [make(`h${level}`, { dir: "auto" }, line(token.tokens))];
    }
    case "paragraph":
      return [make("p", { dir: "auto" }, line(token.tokens))];
    case "hr":
      return [make("hr", {}, [])];
    case "code":
      return [code(token, strings)];
    case "blockquote":
      return [make("blockquote", { dir: "auto" }, inside(token))];
    case "list": {
      const name = token.ordered ? "ol" : "ul";
      /** @type {Record<string, string>} */
      const start = token.ordered && token.start !== 1 ? { start: String(token.start) } : {};
      const items = token.items.map((/** @type {any} */ item) => make("li", { dir: "auto" }, inside(item)));
      return [make(name, start, items)];
    }
    case "table":
      return [table(token, strings)];
    default:
      return [text(token.raw)];
  }
}

/**
 * @param {any} token
 * @param {MarkdownStrings} strings
 */
function code(token, strings) {
  const language = LANGUAGE.exec(restore(token.lang ?? ""))?.[0] ?? "";
  const button = make("button", { type: "button", class: "chat-code__copy", "data-action": "copy-code" }, [
    text(strings.copyCode),
  ]);
  const caption = make("figcaption", { class: "chat-code__bar" }, [
    make("span", { class: "chat-code__language" }, [text(language)]),
    button,
  ]);
  const lines = token.text.trimEnd();
  const body = make("code", language ? { class: `language-${language}` } : {}, lines ? [text(lines)] : []);
  const frame = make("pre", { dir: "ltr", tabindex: "0", class: "chat-code__body" }, [body]);
  return make("figure", { class: "chat-code" }, [caption, frame]);
}

/**
 * @param {any} token
 * @param {MarkdownStrings} strings
 */
function table(token, strings) {
  const cell = (/** @type {any} */ one, /** @type {string} */ name, /** @type {number} */ column) => {
    const align = token.align[column];
    /** @type {Record<string, string>} */
    const attributes = align ? { dir: "auto", class: `chat-align-${align}` } : { dir: "auto" };
    return make(name, attributes, line(one.tokens));
  };
  const row = (/** @type {any[]} */ cells, /** @type {string} */ name) =>
    make("tr", {}, cells.map((one, column) => cell(one, name, column)));
  const parts = [make("thead", {}, [row(token.header, "th")])];
  if (token.rows.length) {
    parts.push(make("tbody", {}, token.rows.map((/** @type {any[]} */ cells) => row(cells, "td"))));
  }
  const attributes = { class: "chat-table", tabindex: "0", role: "region", "aria-label": strings.table };
  return make("div", attributes, [make("table", {}, parts)]);
}

/**
 * Return the nodes of a block's words, without the spaces around them.
 * @param {any[]} tokens
 */
function line(tokens) {
  const parts = tokens.flatMap((token) => (token.type === "text" && token.tokens ? token.tokens : [token]));
  const last = parts.length - 1;
  if (parts[0]?.type === "text") parts[0] = { ...parts[0], text: parts[0].text.trimStart() };
  if (parts[last]?.type === "text") parts[last] = { ...parts[last], text: parts[last].text.trimEnd() };
  return inline(parts);
}

/**
 * Return the nodes of inline tokens; texts that stand side by side are read as one.
 * @param {any[]} tokens
 * @param {{ isLink?: boolean, depth?: number }} [where]
 * @returns {ChildNode[]}
 */
function inline(tokens, { isLink = false, depth = 0 } = {}) {
  /** @type {ChildNode[]} */
  const nodes = [];
  let pending = "";
  const flush = () => {
    if (pending) nodes.push(...words(pending, isLink));
    pending = "";
  };
  for (const token of tokens) {
    if (token.type === "text" && token.tokens) {
      flush();
      nodes.push(...inline(token.tokens, { isLink, depth }));
    } else if (token.type === "text") {
      pending += decodeEntities(token.text.replace(AROUND_BREAK, "\n"));
    } else if (token.type === "escape") {
      pending += token.text;
    } else if (token.type === "checkbox") {
      pending += token.checked ? "☑ " : "☐ ";
    } else {
      flush();
      nodes.push(...span(token, isLink, depth + 1));
    }
  }
  flush();
  return nodes;
}

/**
 * @param {any} token
 * @param {boolean} isLink
 * @param {number} depth
 * @returns {ChildNode[]}
 */
function span(token, isLink, depth) {
  if (depth > DEEPEST_NESTING) return [text(token.raw)];
  const inner = () => inline(token.tokens ?? [], { isLink, depth });
  switch (token.type) {
    case "strong":
      return [make("strong", {}, inner())];
    case "em":
      return [make("em", {}, inner())];
    case "del":
      return [make("s", {}, inner())];
    case "codespan":
      return [make("code", { dir: "ltr" }, [text(token.text)])];
    case "br":
      return [make("br", {}, [])];
    case "link":
      return link(token.href, inline(token.tokens, { isLink: true, depth }), isLink, "chat-link");
    case "image":
      return link(token.href, [text(token.text || token.href)], isLink, "chat-image-link");
    default:
      return [text(token.raw ?? "")];
  }
}

/**
 * @param {string} href
 * @param {ChildNode[]} inner
 * @param {boolean} isInLink
 * @param {string} name
 * @returns {ChildNode[]}
 */
function link(href, inner, isInLink, name) {
  const address = safeAddress(decodeEntities(restore(href)));
  if (!address || isInLink) return inner;
  for (const node of inner) stripBidi(node);
  return [anchor(address, inner, name)];
}

/**
 * @param {string} address
 * @param {ChildNode[]} inner
 * @param {string} name
 */
function anchor(address, inner, name) {
  const rel = "noopener noreferrer nofollow";
  return make("a", { href: address, class: name, target: "_blank", rel }, inner);
}

/** @param {ChildNode} node */
function stripBidi(node) {
  if (node.childNodes.length) node.childNodes.forEach(stripBidi);
  else if (node.nodeValue) node.nodeValue = withoutBidi(node.nodeValue);
}

/**
 * @param {string} words
 * @param {boolean} isLink
 * @returns {ChildNode[]}
 */
function words(words, isLink) {
  const restored = restore(words);
  if (isLink) return [text(restored)];
  return linkify(restored).map((part) =>
    part.address ? anchor(part.address, [text(part.text)], "chat-link") : text(part.text),
  );
}

/** @param {string} value */
function text(value) {
  return document.createTextNode(restore(value));
}

/**
 * @param {string} name
 * @param {Record<string, string>} attributes
 * @param {ChildNode[]} children
 */
function make(name, attributes, children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}
