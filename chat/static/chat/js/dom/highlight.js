/**
 * Colours code, once it is whole; loaded with the first code of a known language.
 * @module
 */
import highlighter from "../../vendor/highlight/core.js";
import { grammarOf, languageOf } from "../core/languages.js";
import { useStyle } from "./style.js";

// Longer code would hold the page up while it is read: it stays plain.
const MOST_CHARACTERS = 20_000;

/**
 * @param {HTMLElement} code whose class names the language
 */
export async function highlight(code) {
  const source = code.textContent ?? "";
  const language = languageOf(/^language-(\S+)/.exec(code.className)?.[1] ?? "");
  if (!language || source.length > MOST_CHARACTERS || code.dataset.coloured) return;
  code.dataset.coloured = language;
  if (!highlighter.getLanguage(language)) highlighter.registerLanguage(language, await grammarOf(language));
  await useStyle(new URL("../../css/highlight.css", import.meta.url));
  // Its tree, and not its HTML: what a model wrote is never parsed as that.
  const { root } = highlighter.highlight(source, { language, ignoreIllegals: true })._emitter;
  if (code.textContent === source) code.replaceChildren(...nodesOf(root));
}

/**
 * @param {{ children: any[] }} tree
 * @returns {Node[]}
 */
function nodesOf(tree) {
  return tree.children.flatMap((child) => {
    if (typeof child === "string") return [document.createTextNode(child)];
    const inner = nodesOf(child);
    if (!child.scope || child.scope.startsWith("language:")) return inner;
    const span = document.createElement("span");
    span.className = `hljs-${child.scope.split(".")[0]}`;
    span.append(...inner);
    return [span];
  });
}
