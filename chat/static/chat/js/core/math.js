/**
 * Which parts of a text are mathematics. chat/markdown/math.py has the same rules.
 * @module
 */

// The characters that blocks.js puts into a text count as what they stand for.
const INLINE = [
  { opens: "\\(", pattern: /^\\\(((?:\\[^()]|[^\\`])+?)\\\)/, isDisplay: false },
  { opens: "\\[", pattern: /^\\\[((?:\\[^[\]]|[^\\`])+?)\\\]/, isDisplay: true },
  { opens: "$$", pattern: /^\$\$((?:\\[^]|[^$`\\])+?)\$\$(?!\$)/, isDisplay: true },
  { opens: "$", pattern: /^\$(?![\s$])((?:\\.|[^$`\\\n])*?(?:\\.|[^\s$`\\]))\$(?![A-Za-z0-9$])/, isDisplay: false },
];
const OPENING = /\$|\\[([]/;
const WORD = /[A-Za-z0-9]$/;
// "$5, and later 4$" are prices: a number, a space, and nothing that is only in formulas.
const PRICE = /^[0-9]/;
const FORMULA = /[\\^_={}+*<>|\u2aa6]/;
const BLOCK = /^ {0,3}(\$\$|\\\[)/;
const BLOCK_START = /\n {0,3}(?=\$\$|\\\[)/g;
const BLANK_LINE = /\n[ \t]*\n/;
const REST_OF_LINE = /^[ \t]*(?:\n|$)/;

/** @typedef {{ type: "math", raw: string, text: string, isDisplay: boolean, isOpen?: boolean }} MathToken */

/**
 * Return the formula that a text begins with.
 * @param {string} src
 * @param {string} before the text before it
 * @returns {MathToken | undefined}
 */
function inlineMath(src, before) {
  if (src[0] !== "$" && src[0] !== "\\") return undefined;
  for (const { opens, pattern, isDisplay } of INLINE) {
    if (!src.startsWith(opens)) continue;
    const match = pattern.exec(src);
    if (!match) return undefined;
    const isPlain = opens === "$" && (WORD.test(before) || isPrice(match[1]));
    return isPlain ? undefined : { type: "math", raw: match[0], text: formula(match[1]), isDisplay };
  }
  return undefined;
}

/** @param {string} text */
function isPrice(text) {
  return PRICE.test(text) && /\s/.test(text) && !FORMULA.test(text);
}

/** @param {string} text */
function formula(text) {
  return text.trim().replace(/\s*\n\s*/g, "\n");
}

/**
 * Return the formula that stands on lines of its own where a text begins; it ends before a blank line.
 * @param {string} src
 * @param {boolean} isWhole false if more may come, which may close the formula or add words after it
 * @returns {MathToken | undefined}
 */
function blockMath(src, isWhole) {
  const opening = BLOCK.exec(src);
  if (!opening) return undefined;
  const from = opening[0].length;
  const to = src.indexOf(opening[1] === "$$" ? "$$" : "\\]", from);
  const inside = to < 0 ? src.slice(from) : src.slice(from, to);
  if ((to < 0 && isWhole) || BLANK_LINE.test(inside)) return undefined;
  const text = formula(inside);
  if (to < 0) return { type: "math", raw: src, text, isDisplay: true, isOpen: true };
  const rest = REST_OF_LINE.exec(src.slice(to + 2));
  if (!rest || !text) return undefined;
  const raw = src.slice(0, to + 2 + rest[0].length);
  return { type: "math", raw, text, isDisplay: true, isOpen: !isWhole && !rest[0].endsWith("\n") };
}

/**
 * Return where in a paragraph a formula begins, or -1.
 * @param {string} src
 * @param {boolean} isWhole
 */
function blockStart(src, isWhole) {
  for (const { index } of src.matchAll(BLOCK_START)) {
    if (blockMath(src.slice(index + 1), isWhole)) return index;
  }
  return -1;
}

/**
 * Return what teaches the lexer formulas.
 * @param {boolean} isWhole
 * @returns {any}
 */
export function mathExtensions(isWhole) {
  return {
    // In lists and quotes a formula is part of a paragraph: what is outdented there is hard to tell.
    block: [
      /** @this {any} @param {string} src @param {any[]} tokens */
      function block(src, tokens) {
        return tokens === this.lexer.tokens ? blockMath(src, isWhole) : undefined;
      },
    ],
    startBlock: [(/** @type {string} */ src) => blockStart(src, isWhole)],
    inline: [(/** @type {string} */ src, /** @type {any[]} */ tokens) => inlineMath(src, tokens.at(-1)?.raw ?? "")],
    startInline: [(/** @type {string} */ src) => src.search(OPENING)],
  };
}

/**
 * Return the text with its formulas hidden, so that no star in them begins emphasis.
 * @param {string} text
 */
export function withoutMath(text) {
  let hidden = "";
  let rest = text;
  for (let at = rest.search(OPENING); at >= 0; at = rest.search(OPENING)) {
    const token = inlineMath(rest.slice(at), rest.slice(0, at) || hidden);
    const end = at + (token ? token.raw.length : rest[at] === "\\" ? 2 : 1);
    hidden += rest.slice(0, at) + (token ? "a".repeat(token.raw.length) : rest.slice(at, end));
    rest = rest.slice(end);
  }
  return hidden + rest;
}
