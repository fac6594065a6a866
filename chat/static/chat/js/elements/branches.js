/**
 * Goes from one version of a message to another.
 * @module
 */
import { part } from "../dom/messages.js";
import { showPath } from "../dom/stored.js";
import { request } from "../transport/api.js";

/** @typedef {import("./message-actions.js").Desk} Desk */
/** @typedef {import("../dom/messages.js").MessageView} MessageView */

/**
 * Show the sibling before (-1) or after (1) a message, with what followed on it.
 * @param {Desk} desk
 * @param {MessageView} view
 * @param {number} step
 */
export async function choose({ config, conversing, transcript, notices, scroll }, view, step) {
  if (conversing.isBusy) return;
  const page = await request("POST", `${config.api_root}messages/${view.id}/select/`, { step });
  const top = view.element.getBoundingClientRect().top;
  scroll.release();
  showPath(transcript, page.results.reverse(), page);
  const chosen = transcript.find(page.chosen);
  if (!chosen) return;
  // The arrows stay below the reader's finger as far as the texts allow.
  scroll.keep(chosen.element, top);
  const [back, forth] = part(chosen.element, "siblings").querySelectorAll("button");
  const wanted = step < 0 ? back : forth;
  (wanted?.disabled ? (step < 0 ? forth : back) : wanted)?.focus({ preventScroll: true });
  notices.say(part(chosen.element, "place").textContent ?? "");
}
