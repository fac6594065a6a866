/**
 * What the buttons of messages do; loaded at the first click on one of them.
 * @module
 */
import { newId } from "../core/identity.js";
import { copy } from "../dom/clipboard.js";
import { part } from "../dom/messages.js";
import { closePanel } from "../dom/panels.js";
import { ApiError, request } from "../transport/api.js";
import { isMissingPart } from "./notices.js";

/** @typedef {import("../dom/messages.js").MessageView} MessageView */

/**
 * @typedef {object} Desk what the actions work with
 * @property {HTMLElement} page
 * @property {any} config
 * @property {import("../dom/transcript.js").Transcript} transcript
 * @property {import("./conversing.js").Conversing} conversing
 * @property {import("./notices.js").Notices} notices
 * @property {import("../dom/scroll.js").StickToBottom} scroll
 */

/** @typedef {(desk: Desk, view: MessageView, button: HTMLElement) => unknown} Action */

/** @type {Record<string, Action>} */
const ACTIONS = {
  copy: (desk, view, button) => copied(desk, view.source, button),
  "copy-code": (desk, _view, button) => copied(desk, button.closest("figure")?.querySelector("code")?.textContent ?? "", button),
  source: async (_desk, { element }, button) => (await import("../dom/work.js")).openSource(element, button),
  "wrap-code": (_desk, _view, button) => wrapCode(button),
  "copy-trace": (desk, _view, button) => copied(desk, button.closest("details")?.querySelector("[data-part=error-trace]")?.textContent ?? "", button),
  "copy-fact": (desk, _view, button) => copied(desk, button.previousElementSibling?.textContent ?? "", button),
  "copy-text": (desk, view, button) => copied(desk, asText(view), button),
  "copy-link": (desk, view, button) => copied(desk, new URL(`#m-${view.id}`, location.href.split("?")[0]).href, button),
  "close-panel": (_desk, _view, button) => closePanel(button.closest(".chat-panel")),
  branch,
  menu: async (desk, view, button) => (await import("./message-menu.js")).openMessageMenu(desk, view, button),
  edit: async (desk, view) => (await import("./editing.js")).edit(desk, view),
  previous: async (desk, view) => (await import("./branches.js")).choose(desk, view, -1),
  next: async (desk, view) => (await import("./branches.js")).choose(desk, view, 1),
  regenerate: (desk, view, button) => answerAgain(desk, view, "regenerate", button),
  continue: (desk, view, button) => answerAgain(desk, view, "continue", button),
  good: async (desk, view) => (await import("./feedback.js")).rate(desk, view, 1),
  bad: async (desk, view) => (await import("./feedback.js")).rate(desk, view, -1),
  reasons: async (desk, view) => (await import("./feedback.js")).openReasons(desk, view),
  details: async (desk, view) => (await import("./details.js")).openDetails(desk, view),
  aloud: async (desk, view) => (await import("../dom/aloud.js")).readAloud(view, desk.page.lang || document.documentElement.lang),
  "aloud-stop": async () => (await import("../dom/aloud.js")).stopReading(),
};

/**
 * Let long lines of code wrap, or scroll again.
 * @param {HTMLElement} button
 */
function wrapCode(button) {
  const isWrapped = button.closest("figure")?.toggleAttribute("data-wrapped") ?? false;
  button.setAttribute("aria-pressed", String(isWrapped));
}

/**
 * Do what a button says; false if it says nothing about messages.
 * @param {Desk} desk
 * @param {HTMLElement} button
 */
export async function act(desk, button) {
  const action = ACTIONS[button.dataset.action ?? ""];
  const view = desk.transcript.find(/** @type {HTMLElement | null} */ (button.closest("li.chat-message"))?.dataset.id ?? button.dataset.message ?? "");
  if (!action || !view) return;
  try {
    await action(desk, view, button);
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) desk.notices.signedOut();
    else desk.notices.alert(reasonFor(desk, error));
  }
}

/**
 * What to say about something that went wrong; a lost network has no words of its own.
 * @param {Desk} desk
 * @param {unknown} error
 */
export function reasonFor({ config: { strings } }, error) {
  if (isMissingPart(error)) return strings.partMissing;
  return error instanceof ApiError && error.code ? error.message : strings.didNotWork;
}

/**
 * @param {Desk} desk
 * @param {string} text
 * @param {HTMLElement} button
 */
async function copied({ config, notices }, text, button) {
  await copy(text, button, config.strings.copied);
  notices.say(config.strings.copied);
}

/**
 * What an answer says without its Markdown: as it is drawn, without the labels of code and tables.
 * @param {MessageView} view
 */
function asText({ element }) {
  element.dataset.copying = "";
  const text = part(element, "body").innerText;
  delete element.dataset.copying;
  return text.trim();
}

/**
 * @param {Desk} desk
 * @param {MessageView} view
 * @param {"regenerate" | "continue"} action
 * @param {HTMLElement} button may name another assistant or model
 */
async function answerAgain(desk, view, action, { dataset }) {
  /** @type {Record<string, string>} */
  const body = {};
  if (dataset.assistant) body.assistant = dataset.assistant;
  if (dataset.model !== undefined) body.model = dataset.model;
  await (await import("./once-more.js")).answerAgain(desk, view, { action, body });
}

/**
 * Begin a new conversation as this one did. The same click again, after a lost network, is the same one.
 * @param {Desk} desk
 * @param {MessageView} view
 */
async function branch({ config }, { id, element }) {
  element.dataset.branchClick ??= newId();
  const body = { client_id: element.dataset.branchClick };
  const made = await request("POST", `${config.api_root}messages/${id}/branch/`, body);
  location.assign(`${config.page_root}c/${made.id}/`);
}
