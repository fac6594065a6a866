/**
 * Splits a growing Markdown text into what is finished and a tail that is still open.
 *
 * What is finished is never lexed again, also inside one long list, table, paragraph or block of code: it
 * is given in parts. So the work is proportional to the text. A token is marked `staysOpen` if it is the
 * first part of such a block, and `continues` if it is another one.
 * @module
 */
import { HINT, OWN_CHARACTERS, STRETCH_CHARACTERS, lex, restore, stretches } from "./lexing.js";

/** @typedef {import("./lexing.js").BlockToken} BlockToken */
/** @typedef {{ finished: BlockToken[], open: BlockToken[] }} Taken */

// A block of so many characters is worth giving in parts.
const LONG_BLOCK = 2000;
// What may still become the number of a list's next item.
const MAYBE_ITEM = /^\s*\d{1,9}[.)]?$/;
// A last line like this makes a heading or a table now and an item or a text with its next character.
const MAYBE_UNDERLINE = /\n[-=|: ]+$/;
// A last line like this is not drawn yet: "Fruits:\n-" would be a heading for as long as the item has no word.
const MAYBE_MARK = /\n[ \t]*(?:[-=|: ]+|[*+>#`~]+|\d{1,9}[.)]?)$/;
const FENCE = /^(`{3,}|~{3,})[^\n]*\n/;
const MAYBE_FENCE = /\n? {0,3}[`~]*$/;

/**
 * Return how many of the first tokens no further text can change.
 *
 * A line that is still being written may turn into something else: "2." into the next item of the list
 * before it, "***" into strong text of the paragraph before it, "```a" into code inside that paragraph.
 * @param {BlockToken[]} tokens
 */
function settled(tokens) {
  const blank = Math.max(0, tokens.findIndex((token) => token.type !== "space"));
  let next = tokens.length;
  while (next > blank) {
    next -= 1;
    if (tokens[next].type === "space") continue;
    let last = next - 1;
    while (last >= 0 && tokens[last].type === "space") last -= 1;
    if (last >= 0 && isSettled(tokens[last], tokens[next], last < next - 1)) return next;
  }
  return blank;
}

/**
 * @param {BlockToken} token
 * @param {BlockToken} next the block after it
 * @param {boolean} isApart whether a blank line stands between them
 */
function isSettled(token, next, isApart) {
  if (next.isOpen && !isApart) return false;
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

/** @param {BlockToken[]} tokens */
function lengthOf(tokens) {
  return tokens.reduce((sum, token) => sum + restore(token.raw).length, 0);
}

/** The text so far, as blocks. */
export class BlockSplitter {
  #open = "";
  // What has to stand before the open text where it is the rest of a block; null where it is not.
  #prefix = /** @type {string | null} */ (null);
  #type = "";
  // The closing line of the code that is open.
  #fence = /** @type {RegExp | null} */ (null);

  /**
   * Take more text.
   * @param {string} delta
   */
  append(delta) {
    this.#open += delta.replace(OWN_CHARACTERS, "");
  }

  /** How much text is not finished. */
  get openLength() {
    return this.#open.length;
  }

  /**
   * Return the blocks that have become final since the last call, and those that may still change.
   * @param {{ isWhole?: boolean }} [options] isWhole: no more text will come
   * @returns {Taken}
   */
  take({ isWhole = false } = {}) {
    if (!this.#fence) return this.#takeBlocks(isWhole);
    const code = this.#takeCode(isWhole);
    if (this.#fence) return code;
    const { finished, open } = this.#takeBlocks(isWhole);
    return { finished: [...code.finished, ...finished], open };
  }

  /**
   * @param {boolean} isWhole
   * @returns {Taken}
   */
  #takeBlocks(isWhole) {
    const prefix = this.#prefix ?? "";
    const tokens = this.#lex(this.#open, isWhole);
    if (isWhole) {
      this.#open = "";
      this.#prefix = null;
      return { finished: tokens, open: [] };
    }
    // A table that is known to be one is not undone by a line of hyphens.
    const isUnderlined = MAYBE_UNDERLINE.test(this.#open) && !(tokens[0]?.continues && tokens[0].type === "table");
    const finished = isUnderlined ? [] : tokens.slice(0, settled(tokens));
    if (finished.length) {
      this.#open = this.#open.slice(lengthOf(finished) - restore(prefix).length);
      this.#prefix = null;
    }
    if (MAYBE_MARK.test(this.#open)) return { finished, open: this.#lex(this.#open.replace(MAYBE_MARK, ""), false) };
    const open = tokens.slice(finished.length);
    const first = open[0];
    if (first && this.#open.length > LONG_BLOCK) {
      const part = this.#part(first, finished.length ? "" : prefix);
      this.#type = first.type;
      if (part) return { finished: [...finished, part.token], open: [...part.open, ...open.slice(1)] };
    }
    return { finished, open };
  }

  /**
   * Lex text that stands where the open text does.
   * @param {string} text
   * @param {boolean} isWhole
   */
  #lex(text, isWhole) {
    const tokens = lex((this.#prefix ?? "") + text, { isWhole });
    if (this.#prefix !== null && tokens[0]?.type === this.#type) tokens[0].continues = true;
    return tokens;
  }

  /**
   * Take what is final of a long block that goes on, and leave the rest open.
   * @param {BlockToken} token
   * @param {string} prefix
   * @returns {{ token: BlockToken, open: BlockToken[] } | null}
   */
  #part(token, prefix) {
    switch (token.type) {
      case "list":
        return this.#partOfList(token);
      case "table":
        return this.#partOfTable(token, prefix);
      case "paragraph":
        return this.#partOfParagraph(token);
      case "code":
        return this.#partOfCode(token);
      default:
        return null;
    }
  }

  /** @param {BlockToken} token */
  #partOfList(token) {
    // The next item may still turn out to be a line of the one before it.
    const items = token.items.slice(0, -2);
    if (!items.length) return null;
    this.#open = this.#open.slice(lengthOf(items));
    this.#prefix = "";
    return {
      token: { ...token, items, staysOpen: true },
      open: [{ ...token, items: token.items.slice(-2), continues: true }],
    };
  }

  /**
   * @param {BlockToken} token
   * @param {string} prefix
   */
  #partOfTable(token, prefix) {
    const rows = token.rows.slice(0, -1);
    if (!rows.length) return null;
    const lines = restore(token.raw).split("\n");
    const head = `${lines[0]}\n${lines[1]}\n`;
    const length = lines.slice(0, 2 + rows.length).reduce((sum, line) => sum + line.length + 1, 0);
    this.#open = this.#open.slice(length - prefix.length);
    this.#prefix = head;
    return {
      token: { ...token, rows, staysOpen: true },
      open: [{ ...token, rows: token.rows.slice(-1), continues: true }],
    };
  }

  /** @param {BlockToken} token */
  #partOfParagraph(token) {
    if (token.text.length <= 2 * STRETCH_CHARACTERS) return null;
    const words = stretches(token.text);
    const rest = words.pop() ?? "";
    if (!words.length) return null;
    const text = words.join("");
    this.#open = this.#open.slice(restore(text).length);
    this.#prefix = HINT;
    return {
      token: { ...token, tokens: lexWords(text), staysOpen: true },
      open: [{ ...token, tokens: lexWords(rest), continues: true }],
    };
  }

  /** @param {BlockToken} token */
  #partOfCode(token) {
    const opening = FENCE.exec(this.#open);
    if (!opening) return null;
    const [whole, fence] = opening;
    this.#open = this.#open.slice(whole.length);
    this.#fence = new RegExp(`(?:^|\\n) {0,3}${fence[0]}{${fence.length},}[ \\t]*(?:\\n|$)`);
    const { finished, open } = this.#takeCode(false);
    const text = finished[0]?.text ?? "";
    return { token: { ...token, text, continues: false, staysOpen: Boolean(this.#fence) }, open };
  }

  /**
   * Take lines of the code that is open, and its end if that has come.
   * @param {boolean} isWhole
   * @returns {Taken}
   */
  #takeCode(isWhole) {
    const lines = isWhole ? this.#open : this.#open.slice(0, this.#open.lastIndexOf("\n") + 1);
    const end = /** @type {RegExp} */ (this.#fence).exec(lines);
    if (end || isWhole) {
      const text = (end ? lines.slice(0, end.index) : lines).trimEnd();
      this.#open = end ? this.#open.slice(end.index + end[0].length) : "";
      this.#fence = null;
      return { finished: [codePart(text)], open: [] };
    }
    // Blank lines at the end are left out if nothing comes after them.
    const text = lines.trimEnd();
    this.#open = this.#open.slice(text.length);
    const rest = this.#open.replace(MAYBE_FENCE, "").trimEnd();
    const open = [{ ...codePart(rest), staysOpen: true }];
    return { finished: text ? [{ ...codePart(text), staysOpen: true }] : [], open };
  }
}

/** @param {string} text */
function codePart(text) {
  return { type: "code", raw: text, text, continues: true };
}

/** @param {string} words as the lexer was given them */
function lexWords(words) {
  return lex(HINT + restore(words))[0]?.tokens ?? [];
}
