/**
 * Colours code and draws formulas in what is finished; what does that is loaded when there is some.
 * @module
 */

const CODE = ".chat-code__body > code[class]";
const MATH = ".chat-math";

/** Wait until nothing more urgent is to do. */
const idle = () => new Promise((resolve) => {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(resolve, { timeout: 2000 });
  else setTimeout(resolve, 50);
});
let last = Promise.resolve();

/**
 * @param {Iterable<ChildNode>} nodes
 */
export function enrich(nodes) {
  const code = found(nodes, CODE);
  const formulas = found(nodes, MATH);
  if (code.length) void import("./highlight.js").then(({ highlight }) => each(code, highlight), ignore);
  if (formulas.length) void import("./typeset.js").then(({ typeset }) => each(formulas, typeset), ignore);
}

// What cannot be had is not needed to read an answer.
function ignore() {}

/**
 * Do one after the other, each in a task of its own.
 * @param {HTMLElement[]} elements
 * @param {(element: HTMLElement) => unknown} task
 */
function each(elements, task) {
  for (const element of elements) last = last.then(idle).then(() => task(element)).then(ignore, ignore);
}

/**
 * @param {Iterable<ChildNode>} nodes
 * @param {string} selector
 */
function found(nodes, selector) {
  /** @type {HTMLElement[]} */
  const elements = [];
  for (const node of nodes) {
    if (!(node instanceof HTMLElement)) continue;
    if (node.matches(selector)) elements.push(node);
    elements.push(.../** @type {NodeListOf<HTMLElement>} */ (node.querySelectorAll(selector)));
  }
  return elements;
}
