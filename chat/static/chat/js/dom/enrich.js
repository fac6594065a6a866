/**
 * Colours code and draws formulas in what is finished; what does that is loaded when there is some.
 * @module
 */

const CODE = ".chat-code__body > code[class]";
const MATH = ".chat-math";

/** Load one thing after the other, when nothing more urgent is to do. */
const whenIdle = "requestIdleCallback" in globalThis
  ? (/** @type {() => void} */ task) => void requestIdleCallback(task, { timeout: 2000 })
  : (/** @type {() => void} */ task) => void setTimeout(task, 50);

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
 * @param {HTMLElement[]} elements
 * @param {(element: HTMLElement) => unknown} task
 */
function each(elements, task) {
  for (const element of elements) whenIdle(() => void task(element));
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
