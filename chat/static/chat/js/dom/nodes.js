/**
 * Makes nodes, and lets those that are shown take over what newer ones have.
 * @module
 */

const TEXT_NODE = 3;

/**
 * @param {string} name
 * @param {Record<string, string>} attributes
 * @param {ChildNode[]} children
 */
export function make(name, attributes, children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** The end of an element, where nodes come that may still change. */
export class OpenEnd {
  #parent;
  /** @type {ChildNode[]} */
  #open = [];

  /** @param {Element} parent */
  constructor(parent) {
    this.#parent = parent;
  }

  /**
   * Show these instead of what was open. Nodes that are there already stay, as far as they are the same,
   * so that a selection in them stays too. Returns those that are finished, as they are shown.
   * @param {ChildNode[]} finished
   * @param {ChildNode[]} open
   */
  show(finished, open) {
    const shown = takeOver(this.#parent, this.#open, [...finished, ...open]);
    this.#open = shown.slice(finished.length);
    return shown.slice(0, finished.length);
  }
}

/** The end of a block of code, which is one text however many parts it comes in. */
export class OpenText {
  #finished;
  #open;

  /** @param {Element} parent holds the first part */
  constructor(parent) {
    this.#finished = document.createTextNode(parent.textContent ?? "");
    this.#open = document.createTextNode("");
    parent.replaceChildren(this.#finished, this.#open);
  }

  /**
   * @param {ChildNode[]} finished
   * @param {ChildNode[]} open
   * @returns {ChildNode[]} nothing that could be looked after by itself
   */
  show(finished, open) {
    if (finished.length) this.#finished.appendData(textOf(finished));
    this.#open.nodeValue = textOf(open);
    return [];
  }
}

/** @param {ChildNode[]} nodes */
function textOf(nodes) {
  return nodes.map((node) => node.nodeValue).join("");
}

/**
 * @param {Element} parent
 * @param {ChildNode[]} old its last children
 * @param {ChildNode[]} fresh what they are to become
 */
function takeOver(parent, old, fresh) {
  const shown = fresh.map((node, index) => {
    const known = old[index];
    if (known && isTakenOver(known, node)) return known;
    if (known) known.replaceWith(node);
    else parent.append(node);
    return node;
  });
  for (const surplus of old.slice(fresh.length)) surplus.remove();
  return shown;
}

/**
 * @param {ChildNode} old
 * @param {ChildNode} fresh
 */
function isTakenOver(old, fresh) {
  if (old.nodeName !== fresh.nodeName) return false;
  if (fresh.nodeType === TEXT_NODE) {
    const before = old.nodeValue ?? "";
    const after = fresh.nodeValue ?? "";
    if (after.startsWith(before)) /** @type {Text} */ (old).appendData(after.slice(before.length));
    else old.nodeValue = after;
    return true;
  }
  const [known, wanted] = [/** @type {Element} */ (old), /** @type {Element} */ (fresh)];
  const names = wanted.getAttributeNames();
  if (names.length !== known.getAttributeNames().length) return false;
  if (names.some((name) => known.getAttribute(name) !== wanted.getAttribute(name))) return false;
  takeOver(known, [...known.childNodes], [...wanted.childNodes]);
  return true;
}
