/**
 * The nodes of blocks: paragraphs, lists, tables, code.
 * @module
 */
import { restore } from "../core/lexing.js";
import { DEEPEST_NESTING, line, math, text } from "./inline.js";
import { make } from "./nodes.js";

// The page has headings of its own above those of a message.
const FIRST_HEADING = 3;
const DEEPEST_HEADING = 6;

/** @typedef {import("./inline.js").Notes} Notes */
/** @typedef {{ copy: string, wrapLines: string, table: string, code: string } & Notes["strings"]} MarkdownStrings */
/** @typedef {{ highest: number, last: number }} Outline the highest depth so far, and the last level */
/** @typedef {{ strings: MarkdownStrings, notes: Notes, outline: Outline }} Drawing */

/** @type {Outline} */
export const NO_HEADINGS = Object.freeze({ highest: DEEPEST_HEADING, last: FIRST_HEADING - 1 });

const LANGUAGE = /^[A-Za-z0-9_+#.-]{1,32}/;

/**
 * Return the nodes of a list of block tokens.
 * @param {any[]} tokens
 * @param {Drawing} drawing
 * @param {number} [depth]
 * @returns {ChildNode[]}
 */
export function blocks(tokens, drawing, depth = 0) {
  return tokens.flatMap((token) => block(token, drawing, depth));
}

/**
 * Return the element that holds the parts of a block that is drawn in parts.
 * @param {ChildNode} node what was made of the block, or of a part of it
 * @returns {Element | null}
 */
export function insideOf(node) {
  const element = /** @type {Element} */ (node);
  const name = { FIGURE: "code", DIV: "tbody" }[element.nodeName];
  return name ? element.querySelector(name) : element;
}

/**
 * The first heading of an answer is as high as any, and none is more than one below the one before it.
 * @param {number} depth
 * @param {Outline} outline takes the heading in
 */
function levelOf(depth, outline) {
  outline.highest = Math.min(outline.highest, depth);
  outline.last = Math.min(FIRST_HEADING + depth - outline.highest, outline.last + 1, DEEPEST_HEADING);
  return outline.last;
}

/**
 * A block is written as its first letters are. What is in another block goes with that, for the marks of a list
 * and the bar of a quote stand on its side; each line's own letters are in order by style.
 * @param {number} depth
 * @returns {Record<string, string>}
 */
function direction(depth) {
  return depth ? {} : { dir: "auto" };
}

/**
 * @param {any} token
 * @param {Drawing} drawing
 * @param {number} depth
 * @returns {ChildNode[]}
 */
function block(token, drawing, depth) {
  if (depth > DEEPEST_NESTING) return [make("p", {}, [text(token.raw)])];
  switch (token.type) {
    case "space":
      return [];
    case "heading": {
      return [make(`h${levelOf(token.depth, drawing.outline)}`, direction(depth), line(token.tokens, drawing.notes))];
    }
    case "paragraph":
      return [make("p", direction(depth), line(token.tokens, drawing.notes, token))];
    case "hr":
      return [make("hr", {}, [])];
    case "code":
      return [code(token, drawing.strings)];
    case "math":
      return [math(token, "div")];
    case "blockquote":
      return [make("blockquote", direction(depth), blocks(token.tokens, drawing, depth + 1))];
    case "list": {
      /** @type {Record<string, string>} */
      const start = token.ordered && token.start !== 1 ? { start: String(token.start) } : {};
      const items = token.items.map((/** @type {any} */ one) => item(one, drawing, depth + 1));
      return [make(token.ordered ? "ol" : "ul", { ...start, ...direction(depth) }, items)];
    }
    case "table":
      return [table(token, drawing, depth)];
    default:
      return [text(token.raw)];
  }
}

/**
 * Its first words stand in the item itself, other paragraphs in their own element, whether or not there are
 * blank lines between the items: so a later item changes nothing in an earlier one.
 * @param {any} token
 * @param {Drawing} drawing
 * @param {number} depth
 */
function item(token, drawing, depth) {
  /** @type {ChildNode[]} */
  const nodes = [];
  /** @type {any[]} */
  let words = [];
  const flush = () => {
    if (!words.length) return;
    const drawn = line(words, drawing.notes);
    if (nodes.length) nodes.push(make("p", {}, drawn));
    else nodes.push(...drawn);
    words = [];
  };
  for (const one of token.tokens) {
    // The words of an item in a tight list, and the box of a task before it.
    if (one.type === "text" || one.type === "checkbox") {
      words.push(one);
    } else if (one.type === "paragraph") {
      flush();
      words.push(...one.tokens);
      flush();
    } else {
      flush();
      nodes.push(...block(one, drawing, depth));
    }
  }
  flush();
  return make("li", {}, nodes);
}

/**
 * @param {any} token
 * @param {MarkdownStrings} strings
 */
function code(token, strings) {
  const language = LANGUAGE.exec(restore(token.lang ?? ""))?.[0] ?? "";
  const button = (/** @type {string} */ action, /** @type {string} */ words) =>
    make("button", { type: "button", class: "chat-code__button", "data-action": action }, [text(words)]);
  const caption = make("figcaption", { class: "chat-code__bar" }, [
    make("span", { class: "chat-code__language" }, [text(language)]),
    button("wrap-code", strings.wrapLines),
    button("copy-code", strings.copy),
  ]);
  const lines = token.text.trimEnd();
  const body = make("code", language ? { class: `language-${language}` } : {}, lines ? [text(lines)] : []);
  const label = language ? `${strings.code}: ${language}` : strings.code;
  const attributes = { dir: "ltr", tabindex: "0", role: "group", "aria-label": label, class: "chat-code__body" };
  // By its caption it would be read as the names of its buttons.
  return make("figure", { class: "chat-code", "aria-label": label }, [caption, make("pre", attributes, [body])]);
}

/**
 * @param {any} token
 * @param {Drawing} drawing
 * @param {number} depth
 */
function table(token, { strings, notes }, depth) {
  const cell = (/** @type {any} */ one, /** @type {string} */ name, /** @type {number} */ column) => {
    const align = token.align[column];
    /** @type {Record<string, string>} */
    const attributes = align ? { class: `chat-align-${align}` } : {};
    // One at the top that says nothing is no header.
    return make(one.tokens.length ? name : "td", attributes, line(one.tokens, notes));
  };
  const row = (/** @type {any[]} */ cells, /** @type {string} */ name) =>
    make("tr", {}, cells.map((one, column) => cell(one, name, column)));
  const parts = [make("thead", {}, [row(token.header, "th")])];
  if (token.rows.length) {
    parts.push(make("tbody", {}, token.rows.map((/** @type {any[]} */ cells) => row(cells, "td"))));
  }
  const attributes = { class: "chat-table", tabindex: "0", role: "group", "aria-label": strings.table, ...direction(depth) };
  return make("div", attributes, [make("table", {}, parts)]);
}
