/**
 * Shows messages as the server has them: what was said elsewhere, earlier and later. Loaded with the first of them.
 * @module
 */
import { ACTIVE, part } from "./messages.js";

/** @typedef {import("./messages.js").MessageView} MessageView */
/** @typedef {import("./transcript.js").Transcript} Transcript */

/**
 * Show these messages, the oldest first, after those that are older still. What is shown as it is stored
 * stays untouched, with the selection in it.
 * @param {Transcript} transcript
 * @param {any[]} messages
 * @param {{ next?: string | null, newer?: string | null }} [page] what is beside them
 */
export function showPath(transcript, messages, { next = null, newer = null } = {}) {
  const oldest = messages.length ? transcript.find(messages[0].id) : undefined;
  if (!oldest) transcript.setBound("older", next);
  transcript.setBound("newer", newer);
  let index = oldest ? transcript.items.indexOf(oldest.element) : 0;
  for (const message of messages) {
    const known = transcript.find(message.id);
    const view = known && isAsStored(known, message) ? known : made(transcript, message);
    const there = transcript.items[index];
    if (there !== view.element) transcript.list.insertBefore(view.element, there ?? null);
    index += 1;
  }
  for (const surplus of transcript.items.slice(index)) surplus.remove();
}

/**
 * Put stored messages beside those that are shown.
 * @param {Transcript} transcript
 * @param {"older" | "newer"} side
 * @param {any[]} messages the oldest first
 */
export function extend(transcript, side, messages) {
  const first = side === "older" ? transcript.list.firstElementChild : null;
  for (const message of messages) transcript.list.insertBefore(made(transcript, message).element, first);
  transcript.trim(side === "older" ? "newer" : "older");
}

/**
 * True if the page shows a message as the server has it.
 * @param {MessageView} view
 * @param {any} message
 */
function isAsStored({ element, siblingCount }, { status, sibling_count: count }) {
  const shown = element.dataset.status ?? "";
  return !ACTIVE.has(shown) && shown === status && siblingCount === count;
}

/**
 * @param {Transcript} transcript
 * @param {any} message
 */
function made(transcript, message) {
  transcript.find(message.id)?.element.remove();
  const view = transcript.create(message.role);
  fill(view, message);
  return view;
}

/**
 * @param {MessageView} view
 * @param {any} message
 */
function fill(view, { id, created_at: time, role, status, content, run, parent, feedback, attachments, steps, sources, sibling_index: index, sibling_count: count }) {
  view.id = id;
  view.parent = parent ?? "";
  part(view.element, "time").setAttribute("datetime", time);
  view.showRating(feedback?.rating);
  view.element.dataset.status = status;
  view.showSiblings(index, count);
  if (role === "user") {
    view.showPlain(content);
    view.showFiles(attachments);
    return;
  }
  view.replace(content);
  if (steps?.length || sources?.length) view.showWork({ steps, sources });
  if (ACTIVE.has(status)) return;
  view.end({ status, finishReason: run?.finish_reason, error: run?.error, traceId: run?.trace_id });
}
