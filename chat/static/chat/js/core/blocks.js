/**
 * Splits a growing Markdown text into blocks that are finished and a tail that is still open.
 *
 * Finished blocks are never lexed again, so the work is proportional to the text. What is Markdown
 * here and in chat/markdown.py is the same; tests/golden/markdown holds both to it.
 * @module
 */
import { Lexer, Tokenizer } from "../../vendor/marked.js";

/** @typedef {any} BlockToken */

// Stands for a "<" that opens no autolink: raw HTML is text, and must not end a paragraph.
const LESS_THAN = "\u2aa6";
// An invisible hint between delimiters and a Korean, Chinese or Japanese letter. CommonMark's rules for
// emphasis expect spaces between words: with this, the strong in "**단어(SSE)**는" is found.
const HINT = "\u2e5d";

const CJK = "[\\u1100-\\u11ff\\u2e80-\\u303f\\u3040-\\u30ff\\u3130-\\u318f\\u31f0-\\u9fff\\ua960-\\ua97f\\uac00-\\ud7ff\\uf900-\\ufaff\\uff00-\\uffef]";
// "\\<" is left alone: it is an escape for both parsers.
const NOT_AUTOLINK = /(?<!\\)<(?!https?:\/\/|mailto:)/g;
const PUNCTUATION_THEN_CJK = new RegExp(`(?<=[\\p{P}\\p{S}])(?<!\\*)(\\*{1,3})(?=${CJK})`, "gu");
// The lexer looks at the one UTF-16 unit before a delimiter, where half an emoji is no symbol, and does not
// count "~" as punctuation beside "*": a hint between them makes both what CommonMark says.
const MISREAD = /(?<=[\u{1f000}-\u{1faff}])(?=[*_~])|(?<=\*)(?=~)|(?<=~)(?=\*)/gu;
const CJK_THEN_PUNCTUATION = new RegExp(`(?<=${CJK})(\\*{1,3})(?!\\*)(?=[\\p{P}\\p{S}])`, "gu");
// What may still become the number of a list's next item.
const MAYBE_ITEM = /^\s*\d{1,9}[.)]?$/;
// A last line like this makes a heading or a table now and an item or a text with its next character.
const MAYBE_UNDERLINE = /\n[-=|: ]+$/;
const OWN_CHARACTERS = /[\r\u2aa6\u2e5d]/g;

/** Leaves out what the server does not know: HTML, reference links, bare addresses (linked by linkify). */
class PlainTokenizer extends Tokenizer {
  html() { return undefined; }
  tag() { return undefined; }
  def() { return undefined; }
  reflink() { return undefined; }
  url() { return undefined; }
  /**
   * @param {string} src
   * @param {any[]} rest
   */
  del(src, ...rest) {
    return src.startsWith("~~") ? super.del(src, ...rest) : undefined;
  }
}

/**
 * Return the text as the lexer is given it.
 * @param {string} text
 */
export function prepare(text) {
  return text
    .replace(NOT_AUTOLINK, LESS_THAN)
    .replace(PUNCTUATION_THEN_CJK, `$1${HINT}`)
    .replace(CJK_THEN_PUNCTUATION, `${HINT}$1`)
    .replace(MISREAD, HINT);
}

/**
 * Return a text of the lexer's as it was written.
 * @param {string} text
 */
export function restore(text) {
  return text.replaceAll(LESS_THAN, "<").replaceAll(HINT, "");
}

/**
 * Return the block tokens of a text. A text that the lexer cannot take is one paragraph.
 * @param {string} text
 * @returns {BlockToken[]}
 */
export function lex(text) {
  const prepared = prepare(text);
  try {
    return new Lexer({ gfm: true, tokenizer: new PlainTokenizer() }).lex(prepared);
  } catch {
    const tokens = [{ type: "text", raw: prepared, text: prepared }];
    return [{ type: "paragraph", raw: prepared, text: prepared, tokens }];
  }
}

/**
 * Return how many of the first tokens no further text can change.
 *
 * A line that is still being written may turn into something else: "2." into the next item of the list
 * before it, "***" into strong text of the paragraph before it, "```a" into code inside that paragraph.
 * @param {BlockToken[]} tokens
 */
function settled(tokens) {
  let next = tokens.length;
  while (next > 0) {
    next -= 1;
    if (tokens[next].type === "space") continue;
    let last = next - 1;
    while (last >= 0 && tokens[last].type === "space") last -= 1;
    if (last >= 0 && isSettled(tokens[last], tokens[next], last < next - 1)) return next;
  }
  return 0;
}

/**
 * @param {BlockToken} token
 * @param {BlockToken} next the block after it
 * @param {boolean} isApart whether a blank line stands between them
 */
function isSettled(token, next, isApart) {
  if (next.raw.trimStart().includes("\n")) return true;
  switch (token.type) {
    case "heading":
    case "hr":
      return true;
    case "code":
      return token.codeBlockStyle !== "indented";
    case "list":
      return isApart && next.type === "paragraph" && !MAYBE_ITEM.test(next.raw);
    default:
      return isApart;
  }
}

/** The text so far, as blocks. */
export class BlockSplitter {
  #open = "";

  /**
   * Take more text.
   * @param {string} delta
   */
  append(delta) {
    this.#open += delta.replace(OWN_CHARACTERS, "");
  }

  /**
   * Return the blocks that have become final since the last call, and those that may still change.
   * @param {{ isWhole?: boolean }} [options] isWhole: no more text will come
   * @returns {{ finished: BlockToken[], open: BlockToken[] }}
   */
  take({ isWhole = false } = {}) {
    const tokens = lex(this.#open);
    const isUnderlined = MAYBE_UNDERLINE.test(this.#open);
    if (isWhole) {
      this.#open = "";
      return { finished: tokens, open: [] };
    }
    const finished = isUnderlined ? [] : tokens.slice(0, settled(tokens));
    const length = finished.reduce((sum, token) => sum + restore(token.raw).length, 0);
    this.#open = this.#open.slice(length);
    return { finished, open: tokens.slice(finished.length) };
  }
}
