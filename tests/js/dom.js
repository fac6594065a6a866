/**
 * As much of a document as the renderer uses, and no more: whatever else it tried would fail here.
 */

class Node {
  remove() { this.parent?.forget(this); }
  replaceWith(node) {
    node.parent = this.parent;
    this.parent.childNodes = this.parent.childNodes.map((one) => (one === this ? node : one));
  }
}

class TextNode extends Node {
  nodeType = 3;
  nodeName = "#text";
  childNodes = [];
  constructor(value) {
    super();
    this.nodeValue = value;
  }
  appendData(more) { this.nodeValue += more; }
  get textContent() { return this.nodeValue; }
}

class Element extends Node {
  nodeType = 1;
  childNodes = [];
  attributes = {};
  constructor(name) {
    super();
    this.name = name;
    this.nodeName = name.toUpperCase();
  }
  get textContent() { return this.childNodes.map((node) => node.textContent).join(""); }
  set textContent(text) { this.replaceChildren(new TextNode(text)); }
  get firstElementChild() { return this.childNodes.find((node) => node.nodeType === 1) ?? null; }
  get previousElementSibling() { return this.parent.childNodes[this.parent.childNodes.indexOf(this) - 1] ?? null; }
  getAttribute(name) { return this.attributes[name] ?? null; }
  getAttributeNames() { return Object.keys(this.attributes); }
  setAttribute(name, value) { this.attributes[name] = value; }
  append(...nodes) {
    for (const node of nodes) {
      node.remove();
      node.parent = this;
      this.childNodes.push(node);
    }
  }
  prepend(node) {
    const others = this.childNodes;
    this.replaceChildren(node, ...others);
  }
  replaceChildren(...nodes) {
    this.childNodes = [];
    this.append(...nodes);
  }
  forget(node) { this.childNodes = this.childNodes.filter((one) => one !== node); }
  matches() { return false; }
  querySelector(name) {
    for (const node of this.childNodes) {
      const found = node.name === name ? node : node.querySelector?.(name);
      if (found) return found;
    }
    return null;
  }
  querySelectorAll() { return []; }
}

let frames = [];
globalThis.HTMLElement = Element;
globalThis.document = {
  createElement: (name) => new Element(name),
  createTextNode: (value) => new TextNode(value),
};
globalThis.requestAnimationFrame = (callback) => frames.push(callback);
globalThis.cancelAnimationFrame = () => { frames = []; };

/** Let the browser draw a frame; false if nothing was to be drawn. */
export function drawFrame() {
  const due = frames;
  frames = [];
  due.forEach((callback) => callback());
  return due.length > 0;
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
