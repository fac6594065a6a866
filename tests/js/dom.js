/**
 * As much of a document as the renderer uses, and no more: whatever else it tried would fail here.
 */

class TextNode {
  nodeType = 3;
  childNodes = [];
  constructor(value) { this.nodeValue = value; }
  remove() { this.parent?.forget(this); }
}

class Element {
  nodeType = 1;
  childNodes = [];
  attributes = {};
  constructor(name) { this.name = name; }
  setAttribute(name, value) { this.attributes[name] = value; }
  append(...nodes) {
    for (const node of nodes) {
      node.parent = this;
      this.childNodes.push(node);
    }
  }
  replaceChildren() { this.childNodes = []; }
  forget(node) { this.childNodes = this.childNodes.filter((one) => one !== node); }
  remove() { this.parent?.forget(this); }
}

let frames = [];
globalThis.document = {
  createElement: (name) => new Element(name),
  createTextNode: (value) => new TextNode(value),
};
globalThis.requestAnimationFrame = (callback) => frames.push(callback);
globalThis.cancelAnimationFrame = () => { frames = []; };

/** Let the browser draw a frame. */
export function drawFrame() {
  const due = frames;
  frames = [];
  due.forEach((callback) => callback());
}

export const makeContainer = () => new Element("div");

/** The tree of tests/rendered.py: [name, attributes, children], texts joined, labels left out. */
export function asTree(element) {
  const children = [];
  for (const node of element.childNodes) {
    if (!(node instanceof TextNode)) children.push(normalised(node));
    else if (typeof children.at(-1) === "string") children.push(children.pop() + node.nodeValue);
    else children.push(node.nodeValue);
  }
  return children.filter((one) => typeof one !== "string" || one.trim() || element.name === "code");
}

function normalised(element) {
  const { "aria-label": _label, ...attributes } = element.attributes;
  return [element.name, attributes, element.name === "button" ? [] : asTree(element)];
}
