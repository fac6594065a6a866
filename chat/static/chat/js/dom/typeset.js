/**
 * Draws formulas, once they are whole, as MathML; loaded with the first of them.
 * @module
 */

// It is no module: what it defines is global.
await import("../../vendor/katex/katex.js");

// Longer than any formula: what it costs grows faster than its length.
const MOST_CHARACTERS = 4000;

/**
 * @param {HTMLElement} formula holds its source
 */
export function typeset(formula) {
  const source = formula.textContent ?? "";
  if (source.length > MOST_CHARACTERS || formula.firstElementChild) return;
  const drawn = document.createElement("span");
  try {
    /** @type {any} */ (globalThis).katex.render(source, drawn, {
      displayMode: formula.classList.contains("chat-math--display"),
      // The browser draws MathML with its own fonts: no style sheet, no inline styles.
      output: "mathml",
      throwOnError: true,
      trust: false,
      strict: false,
      maxSize: 20,
      maxExpand: 200,
    });
  } catch {
    // Its source can still be read.
    return;
  }
  formula.replaceChildren(drawn);
}
