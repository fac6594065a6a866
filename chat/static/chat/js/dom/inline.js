/**
 * The nodes of words: emphasis, code, links, formulas, notes.
 * @module
 */
import { restore } from "../core/lexing.js";
import { decodeEntities, hostOf, readWords, safeAddress, withoutBidi } from "../core/links.js";
import { make } from "./nodes.js";

/**
 * @typedef {{ done: string, notDone: string, note: string, backToText: string }} WordStrings
 * @typedef {{ prefix: string, labels: Set<string>, strings: WordStrings }} Notes prefix: of their ids; labels: those
 *   that the text refers to so far
 * @typedef {{ isLink: boolean, depth: number, notes: Notes }} Place
 */

// Nested deeper than this, a text is drawn flat: no honest answer needs it.
export const DEEPEST_NESTING = 24;
const AROUND_BREAK = / *\n[ \t]*/g;
const REL = "noopener noreferrer nofollow";

/** @param {string} value */
export function text(value) {
  return document.createTextNode(restore(value));
}

/**
 * Return the nodes of a block's words, without the spaces around them.
 * @param {any[]} tokens
 * @param {Notes} notes
 * @param {{ continues?: boolean, staysOpen?: boolean }} [part] of a paragraph that is given in parts
 */
export function line(tokens, notes, { continues = false, staysOpen = false } = {}) {
  const parts = tokens.flatMap((token) => (token.type === "text" && token.tokens ? token.tokens : [token]));
  const last = parts.length - 1;
  if (!continues && parts[0]?.type === "text") parts[0] = { ...parts[0], text: parts[0].text.trimStart() };
  if (!staysOpen && parts[last]?.type === "text") {
    parts[last] = { ...parts[last], text: parts[last].text.trimEnd() };
  }
  return inline(parts, { isLink: false, depth: 0, notes }, !continues);
}

/**
 * Return the nodes of inline tokens; texts that stand side by side are read as one.
 * @param {any[]} tokens
 * @param {Place} place
 * @param {boolean} [isStart] true where a block begins
 * @returns {ChildNode[]}
 */
function inline(tokens, place, isStart = false) {
  /** @type {ChildNode[]} */
  const nodes = [];
  let pending = "";
  const flush = () => {
    if (pending) nodes.push(...words(pending, place, isStart && !nodes.length));
    pending = "";
  };
  for (const token of tokens) {
    if (token.type === "text" && token.tokens) {
      flush();
      nodes.push(...inline(token.tokens, place));
    } else if (token.type === "text") {
      pending += decodeEntities(token.text.replace(AROUND_BREAK, "\n"));
    } else if (token.type === "escape") {
      pending += token.text;
    } else if (token.type === "checkbox") {
      flush();
      nodes.push(taskBox(token.checked, place.notes.strings));
      pending = " ";
    } else {
      flush();
      nodes.push(...span(token, { ...place, depth: place.depth + 1 }));
    }
  }
  flush();
  return nodes;
}

/**
 * @param {any} token
 * @param {Place} place
 * @returns {ChildNode[]}
 */
function span(token, place) {
  if (place.depth > DEEPEST_NESTING) return [text(token.raw)];
  const inner = () => inline(token.tokens ?? [], place);
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
    case "math":
      return [math(token, "span")];
    case "link":
      return link(token.href, inline(token.tokens, { ...place, isLink: true }), place.isLink);
    case "image":
      return image(restore(token.text), token.href, place.isLink);
    default:
      return [text(token.raw ?? "")];
  }
}

/**
 * Return a formula as it was written; typeset.js draws it.
 * @param {any} token
 * @param {string} name
 */
export function math(token, name) {
  const style = token.isDisplay ? "chat-math chat-math--display" : "chat-math";
  return make(name, { class: style, dir: "ltr" }, [text(token.text)]);
}

/**
 * @param {string} href
 * @param {ChildNode[]} inner
 * @param {boolean} isInLink
 * @returns {ChildNode[]}
 */
function link(href, inner, isInLink) {
  const address = safeAddress(decodeEntities(restore(href)));
  if (!address || isInLink) return inner;
  for (const node of inner) stripBidi(node);
  return [anchor(address, "chat-link", inner)];
}

/**
 * Return a link to the image: nothing is loaded from where a model's text points.
 * @param {string} name
 * @param {string} href
 * @param {boolean} isInLink
 * @returns {ChildNode[]}
 */
function image(name, href, isInLink) {
  const address = isInLink ? "" : safeAddress(decodeEntities(restore(href)));
  const label = text(name || href);
  if (!address) return [label];
  label.nodeValue = withoutBidi(label.nodeValue ?? "");
  return [anchor(address, "chat-image", [make("span", { class: "chat-image__name" }, [label])])];
}

/**
 * @param {string} address
 * @param {string} name
 * @param {ChildNode[]} inner
 */
function anchor(address, name, inner) {
  const host = hostOf(address);
  /** @type {Record<string, string>} */
  const named = host ? { "data-host": host } : {};
  return make("a", { href: address, class: name, target: "_blank", rel: REL, ...named }, inner);
}

/** @param {ChildNode} node */
function stripBidi(node) {
  if (node.childNodes.length) node.childNodes.forEach(stripBidi);
  else if (node.nodeValue) node.nodeValue = withoutBidi(node.nodeValue);
}

/**
 * @param {string} said
 * @param {Place} place
 * @param {boolean} isStart
 * @returns {ChildNode[]}
 */
function words(said, { isLink, notes }, isStart) {
  const restored = restore(said);
  if (isLink) return [text(restored)];
  return readWords(restored, isStart).flatMap(/** @returns {ChildNode[]} */ (part) => {
    switch (part.type) {
      case "address":
        return [make("a", { href: part.text, class: "chat-link", target: "_blank", rel: REL }, [text(part.text)])];
      case "reference":
        return [reference(part.text, notes)];
      case "note": {
        const mark = note(part.text, notes);
        return part.isFirst ? [mark] : [make("br", {}, []), mark];
      }
      default:
        return [text(part.text)];
    }
  });
}

/**
 * The box of a task: a picture that is read by name.
 * @param {boolean} isDone
 * @param {WordStrings} strings
 */
function taskBox(isDone, strings) {
  const name = isDone ? strings.done : strings.notDone;
  return make("span", { class: "chat-task", role: "img", "aria-label": name }, [text(isDone ? "☑" : "☐")]);
}

/**
 * A link to a note; the first is where the note leads back to.
 * @param {string} label
 * @param {Notes} notes
 */
function reference(label, { prefix, labels, strings }) {
  /** @type {Record<string, string>} */
  const place = labels.has(label) ? {} : { id: `ref-${prefix}${label}` };
  labels.add(label);
  const named = { "aria-label": strings.note.replace("%s", label) };
  const target = make("a", { href: `#note-${prefix}${label}`, ...place, ...named, rel: REL }, [text(label)]);
  return make("sup", { class: "chat-reference" }, [target]);
}

/**
 * The mark that begins a note, a link where something before it refers to it.
 * @param {string} label
 * @param {Notes} notes
 */
function note(label, { prefix, labels, strings }) {
  const mark = { class: "chat-note", id: `note-${prefix}${label}` };
  if (!labels.has(label)) return make("span", mark, [text(label)]);
  const named = { "aria-label": strings.backToText.replace("%s", label) };
  return make("a", { ...mark, href: `#ref-${prefix}${label}`, ...named, rel: REL }, [text(label)]);
}
