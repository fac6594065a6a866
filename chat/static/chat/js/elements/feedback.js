/**
 * A member's thumb on an answer, and why.
 * @module
 */
import { part } from "../dom/messages.js";
import { closePanel, openPanel } from "../dom/panels.js";
import { request } from "../transport/api.js";
import { reasonFor } from "./message-actions.js";

/** @typedef {import("./message-actions.js").Desk} Desk */
/** @typedef {import("../dom/messages.js").MessageView} MessageView */
/** @typedef {{ rating: number | null, reasons?: string[], comment?: string }} Feedback */

/**
 * Give a thumb and ask why; the same thumb again takes it back.
 * @param {Desk} desk
 * @param {MessageView} view
 * @param {1 | -1} rating
 */
export async function rate(desk, view, rating) {
  const before = ratingOf(view);
  const given = before === rating ? null : rating;
  view.showRating(given);
  closePanel(view.element.querySelector(".chat-reasons"));
  try {
    await request("POST", address(desk, view), { rating: given });
  } catch (error) {
    view.showRating(before);
    throw error;
  }
  if (given) await ask(desk, view, { rating: given });
}

/**
 * Show the reasons that were given, to change them.
 * @param {Desk} desk
 * @param {MessageView} view
 */
export async function openReasons(desk, view) {
  const { feedback } = await request("GET", `${desk.config.api_root}messages/${view.id}/`);
  await ask(desk, view, feedback ?? { rating: ratingOf(view) });
}

/**
 * @param {Desk} desk
 * @param {MessageView} view
 * @param {Feedback} feedback
 */
async function ask(desk, view, { rating, reasons = [], comment = "" }) {
  const form = /** @type {HTMLFormElement} */ (await openPanel(view, "reasons"));
  for (const set of form.querySelectorAll("fieldset")) if (set.dataset.rating !== String(rating)) set.remove();
  const boxes = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("[name=reasons]")]);
  for (const box of boxes) box.checked = reasons.includes(box.value);
  const text = /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));
  text.value = comment;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
    void send(desk, view, form, { rating, reasons: chosen, comment: text.value });
  });
  boxes[0]?.focus();
}

/**
 * @param {Desk} desk
 * @param {MessageView} view
 * @param {HTMLFormElement} form
 * @param {Feedback} feedback
 */
async function send(desk, view, form, feedback) {
  try {
    await request("POST", address(desk, view), feedback);
    desk.notices.say(form.dataset.thanks ?? "");
    closePanel(form);
  } catch (error) {
    part(form, "note").textContent = reasonFor(desk, error);
  }
}

/** @param {MessageView} view */
function ratingOf({ element }) {
  const pressed = /** @type {HTMLElement | null} */ (element.querySelector(".chat-message__actions [aria-pressed=true]"));
  if (!pressed) return null;
  return pressed.dataset.action === "good" ? 1 : -1;
}

/**
 * @param {Desk} desk
 * @param {MessageView} view
 */
function address({ config }, { id }) {
  return `${config.api_root}messages/${id}/feedback/`;
}
