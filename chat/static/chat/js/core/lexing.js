/**
 * Markdown to tokens. What is Markdown here and in chat/markdown/ is the same; tests/golden/markdown
 * holds both to it.
 * @module
 */
import { Lexer, Tokenizer } from "../../vendor/marked.js";
import { mathExtensions, withoutMath } from "./math.js";

/** @typedef {any} BlockToken */

// Stands for a "<" that opens no autolink: raw HTML is text, and must not end a paragraph.
const LESS_THAN = "\u2aa6";
// An invisible hint between delimiters and a Korean, Chinese or Japanese letter. CommonMark's rules for
// emphasis expect spaces between words: with this, the strong in "**단어(SSE)**는" is found.
export const HINT = "\u2e5d";
// Emphasis, code, links and formulas do not reach over the end of a stretch of words this long: without a
// bound, one more word could change everything in a paragraph of any length.
export const STRETCH_CHARACTERS = 4000;

const CJK = "[\\u1100-\\u11ff\\u2e80-\\u303f\\u3040-\\u30ff\\u3130-\\u318f\\u31f0-\\u9fff\\ua960-\\ua97f\\uac00-\\ud7ff\\uf900-\\ufaff\\uff00-\\uffef]";
// "\\<" is left alone: it is an escape for both parsers.
const NOT_AUTOLINK = /(?<!\\)<(?!https?:\/\/|mailto:)/g;
const PUNCTUATION_THEN_CJK = new RegExp(`(?<=[\\p{P}\\p{S}])(?<!\\*)(\\*{1,3})(?=${CJK})`, "gu");
// The lexer looks at the one UTF-16 unit before a delimiter, where half an emoji is no symbol, and does not
// count "~" as punctuation beside "*": a hint between them makes both what CommonMark says.
const MISREAD = /(?<=[\u{1f000}-\u{1faff}])(?=[*_~])|(?<=\*)(?=~)|(?<=~)(?=\*)/gu;
const CJK_THEN_PUNCTUATION = new RegExp(`(?<=${CJK})(\\*{1,3})(?!\\*)(?=[\\p{P}\\p{S}])`, "gu");
export const OWN_CHARACTERS = /[\r\u2aa6\u2e5d]/g;

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
function prepare(text) {
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
 * @param {{ isWhole?: boolean }} [options] isWhole: no more text will come
 * @returns {BlockToken[]}
 */
export function lex(text, { isWhole = true } = {}) {
  const prepared = prepare(text);
  const hooks = prepared.includes("$") || prepared.includes("\\") ? { emStrongMask: withoutMath } : null;
  const options = { gfm: true, tokenizer: new PlainTokenizer(), extensions: mathExtensions(isWhole), hooks };
  try {
    const lexer = new Lexer(options);
    lexer.blockTokens(prepared, lexer.tokens);
    for (const { src, tokens } of lexer.inlineQueue) {
      for (const stretch of stretches(src)) lexer.inlineTokens(stretch, tokens);
    }
    return lexer.tokens;
  } catch {
    const tokens = [{ type: "text", raw: prepared, text: prepared }];
    return [{ type: "paragraph", raw: prepared, text: prepared, tokens }];
  }
}

/**
 * Cut words, at spaces, into stretches that are read by themselves.
 * @param {string} words
 * @returns {string[]}
 */
export function stretches(words) {
  const cut = [];
  let rest = words;
  while (rest.length > STRETCH_CHARACTERS) {
    const hints = rest.slice(0, STRETCH_CHARACTERS).split(HINT).length - 1;
    const from = STRETCH_CHARACTERS + hints;
    const space = rest.slice(from).search(/[ \n]/);
    if (space < 0) break;
    cut.push(rest.slice(0, from + space));
    rest = rest.slice(from + space);
  }
  cut.push(rest);
  return cut;
}
