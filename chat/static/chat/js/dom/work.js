/**
 * What led to an answer: steps above its text, sources below it. chat/_steps.html and chat/_sources.html make
 * the same for stored answers. Loaded with the first step or source.
 * @module
 */
import { hostOf, safeAddress } from "../core/links.js";
import { part } from "./messages.js";
import { make } from "./nodes.js";
import { makePart } from "./panels.js";
import { useStyle } from "./style.js";

/** @typedef {{ id: string, kind: string, name: string, status: string, detail: string, duration_ms?: number | null }} Step */
/** @typedef {{ id: string, title: string, url: string, content: string }} Source */

/** @type {WeakMap<Element, Map<string, { step: Step, element: HTMLElement }>>} */
const known = new WeakMap();
const REL = "noopener noreferrer nofollow";

/**
 * Show these instead of what was shown.
 * @param {HTMLElement} message
 * @param {{ steps?: Step[], sources?: Source[] }} work
 */
export function showWork(message, { steps = [], sources = [] }) {
  known.delete(message);
  part(message, "steps")?.remove();
  for (const step of steps) showStep(message, step);
  showSources(message, sources);
}

/**
 * Add a step, or change the one with its id. Reasoning comes in pieces, which are one text.
 * @param {HTMLElement} message
 * @param {Step} step
 */
export function showStep(message, step) {
  const details = part(message, "steps") ?? begin(message);
  const list = /** @type {HTMLElement} */ (details.querySelector("ol"));
  const steps = known.get(message) ?? new Map();
  known.set(message, steps);
  const before = steps.get(step.id);
  const last = /** @type {HTMLElement | null} */ (list.lastElementChild);
  if (before) {
    const element = drawStep(step);
    before.element.replaceWith(element);
    steps.set(step.id, { step, element });
  } else if (step.kind === "reasoning" && last?.dataset.kind === "reasoning") {
    last.querySelector(".chat-step__detail")?.append(step.detail);
    steps.set(step.id, { step, element: last });
  } else {
    const element = drawStep(step);
    list.append(element);
    steps.set(step.id, { step, element });
  }
  const tookMs = [...steps.values()].reduce((sum, one) => sum + (one.step.duration_ms ?? 0), 0);
  const { took = "", plain = "" } = details.dataset;
  const seconds = Math.round(tookMs / 1000);
  const summary = /** @type {HTMLElement} */ (details.querySelector("summary"));
  summary.textContent = seconds ? took.replace("%s", String(seconds)) : plain;
}

/** @param {HTMLElement} message */
function begin(message) {
  void useStyle(new URL("../../css/work.css", import.meta.url));
  const details = makePart("steps");
  part(message, "body").before(details);
  return details;
}

/** @param {Step} step */
function drawStep({ kind, status, name, detail, duration_ms: tookMs }) {
  const element = make("li", { class: "chat-step", "data-kind": kind, "data-status": status }, []);
  if (name) element.append(make("span", { class: "chat-step__name", dir: "auto" }, [text(name)]));
  if (name && tookMs) element.append(" ", make("span", { class: "chat-step__time" }, [text(`${(tookMs / 1000).toFixed(1)} s`)]));
  if (detail) element.append(make("div", { class: "chat-step__detail", dir: "auto" }, [text(detail)]));
  return element;
}

/**
 * @param {HTMLElement} message
 * @param {Source[]} sources
 */
export function showSources(message, sources) {
  part(message, "sources")?.remove();
  if (!sources.length) return;
  void useStyle(new URL("../../css/work.css", import.meta.url));
  const section = makePart("sources");
  const [chips, passages] = section.querySelectorAll("ol");
  sources.forEach((source, index) => {
    const address = safeAddress(source.url);
    const host = hostOf(address);
    const name = source.title || host || source.id;
    chips.append(make("li", {}, [chip(index, name)]));
    passages.append(passage(source, address, host, name));
  });
  part(message, "body").after(section);
}

/**
 * @param {number} index
 * @param {string} name
 */
function chip(index, name) {
  const attributes = { type: "button", class: "chat-source", "data-action": "source", "data-source": String(index) };
  return make("button", attributes, [
    make("span", { class: "chat-source__number" }, [text(String(index + 1))]),
    text(" "),
    make("span", { class: "chat-source__name", dir: "auto" }, [text(name)]),
  ]);
}

/**
 * @param {Source} source
 * @param {string} address
 * @param {string} host
 * @param {string} name
 */
function passage({ content }, address, host, name) {
  const link = { class: "chat-passage__title", dir: "auto" };
  const title = address
    ? make("a", { ...link, href: address, target: "_blank", rel: REL }, [text(name)])
    : make("span", link, [text(name)]);
  const element = make("li", { class: "chat-passage", tabindex: "-1" }, [title]);
  if (host) element.append(" ", make("span", { class: "chat-passage__host" }, [text(host)]));
  if (content) element.append(make("p", { class: "chat-passage__text", dir: "auto" }, [text(content)]));
  return element;
}

/**
 * Open the panel with all sources of a message, at one of them. It closes at Escape or a click beside it, and
 * the focus goes back to the chip.
 * @param {HTMLElement} message
 * @param {HTMLElement} button the chip
 */
export function openSource(message, button) {
  const panel = makePart("source-panel");
  const passages = /** @type {HTMLElement} */ (part(message, "sources").querySelector(".chat-passages")).cloneNode(true);
  panel.append(passages);
  message.closest("chat-page")?.append(panel);
  panel.addEventListener("toggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState === "closed") panel.remove();
  });
  panel.querySelector("[data-part=close]")?.addEventListener("click", () => panel.hidePopover());
  panel.showPopover();
  const chosen = /** @type {HTMLElement} */ (panel.querySelectorAll(".chat-passage")[Number(button.dataset.source)]);
  chosen.focus();
}

/** @param {string} words */
function text(words) {
  return document.createTextNode(words);
}
