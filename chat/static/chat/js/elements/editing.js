/**
 * A sent message, written anew in its place: what is sent is a branch of its own, the old one stays.
 * @module
 */
import { Writing, isOfComposition, judge } from "../core/composing.js";
import { readOption } from "../core/options.js";
import { part } from "../dom/messages.js";
import { closePanel, openPanel } from "../dom/panels.js";
import { takePlace } from "../dom/replacing.js";
import { request } from "../transport/api.js";

/** @typedef {import("./message-actions.js").Desk} Desk */
/** @typedef {import("../dom/messages.js").MessageView} MessageView */

/**
 * @typedef {object} Asked
 * @property {string} content
 * @property {string | null} [parent] what it goes on from; left out, the end of what is shown
 * @property {(question: MessageView) => () => void} [instead] puts it in the place of another version; returns the way back
 * @property {string} [assistant]
 * @property {string} [model]
 * @property {boolean} [temporary]
 * @property {any[]} [attachments]
 * @property {string} [clientMessageId] of a message that may have arrived already
 */

const EVENTS = ["keydown", "keyup", "beforeinput", "compositionstart", "compositionend"];

/**
 * @param {Desk} desk
 * @param {MessageView} view
 */
export async function edit(desk, view) {
  const open = /** @type {HTMLTextAreaElement | null} */ (desk.page.querySelector(".chat-editor textarea"));
  if (open && open.value !== open.defaultValue) {
    // What is being written elsewhere is not thrown away.
    open.focus();
    return;
  }
  closePanel(open && open.form);
  const form = /** @type {HTMLFormElement} */ (await openPanel(view, "editor"));
  const input = /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));
  input.value = input.defaultValue = view.source;
  view.element.dataset.editing = "";
  // Before the panel gives the focus back: the button that opened it has to be there again.
  form.addEventListener("chat-close", () => { delete view.element.dataset.editing; }, { capture: true });
  listen(form, input, () => send(desk, view, form, input));
  input.focus();
  input.setSelectionRange(input.value.length, input.value.length);
  input.scrollTop = input.scrollHeight;
  form.scrollIntoView({ block: "nearest" });
}

/**
 * Open the last message that the member sent.
 * @param {Desk} desk
 */
export async function editLast(desk) {
  const items = desk.transcript.items.filter(({ dataset }) => dataset.role === "user" && dataset.id);
  const last = items.length && desk.transcript.around(items[items.length - 1]);
  if (last) await edit(desk, last);
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLTextAreaElement} input
 * @param {() => void} onSend
 */
function listen(form, input, onSend) {
  const writing = new Writing();
  let isWished = false;
  const isTouch = matchMedia("(pointer: coarse)").matches && !matchMedia("(any-hover: hover)").matches;
  for (const name of EVENTS) {
    input.addEventListener(name, (event) => {
      const isSend = writing.hear(event, { isTouch, isSwapped: readOption("enter-breaks") });
      if (isSend) {
        event.preventDefault();
        onSend();
      }
      // The text holds the last syllable only after this event.
      if (name === "compositionend" && isWished) queueMicrotask(onSend);
    });
  }
  input.addEventListener("keydown", (event) => {
    // Escape among the candidates of an input method closes those, and not the editor.
    if (event.key === "Escape" && isOfComposition(event)) event.stopPropagation();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    isWished = writing.isComposing;
    if (!isWished) onSend();
  });
}

/**
 * @param {Desk} desk
 * @param {MessageView} view
 * @param {HTMLFormElement} form
 * @param {HTMLTextAreaElement} input
 */
async function send({ config, conversing, transcript }, view, form, input) {
  const content = input.value;
  const { canSend, counter, isTooLong } = judge(content, config.limits.max_characters);
  const { strings } = config;
  if (isTooLong) part(form, "note").textContent = `${counter} · ${strings.tooLong}`;
  else if (conversing.isBusy) part(form, "note").textContent = strings.answering;
  else if (canSend) {
    let files;
    try {
      files = await filesOf(config, view);
    } catch {
      part(form, "note").textContent = strings.didNotWork;
      return;
    }
    closePanel(form);
    const instead = (/** @type {MessageView} */ question) => takePlace(transcript, question, view);
    await conversing.ask({ content, parent: view.parent || null, attachments: files, instead });
  }
}

/**
 * The files of a message go with the new version of it.
 * @param {any} config
 * @param {MessageView} view
 */
async function filesOf({ api_root: root }, { id, element }) {
  if (!element.querySelector("[data-part=attachments] *")) return [];
  const { attachments } = await request("GET", `${root}messages/${id}/`);
  return attachments;
}
