/**
 * Shows, below the messages, what goes out after the answer that is being written. Loaded with the first of it.
 * @module
 */
import { part } from "../dom/messages.js";

/** @typedef {import("../dom/unsent.js").Unsent} Unsent */

/**
 * @param {import("../dom/transcript.js").Transcript} transcript
 * @param {{ unsent: Unsent }[]} waiting all that there is, the oldest first
 * @param {Record<string, string>} strings
 * @param {(unsent: Unsent) => void} giveBack told what the member does not want to be sent
 */
export function showWaiting(transcript, waiting, strings, giveBack) {
  const place = placeBelow(transcript.list);
  const views = waiting.map(({ unsent }) => {
    const view = transcript.create("user");
    view.showPlain(unsent.content);
    view.showFiles(unsent.attachments);
    view.wait(strings.willFollow, strings.withdraw);
    part(view.element, "state").addEventListener("click", (event) => {
      if (!(event.target instanceof HTMLButtonElement)) return;
      // The page takes back what is being sent.
      event.stopPropagation();
      giveBack(unsent);
    });
    return view.element;
  });
  place.replaceChildren(...views);
}

/**
 * Return the list of what waits: it is no part of the conversation yet.
 * @param {HTMLElement} list
 */
function placeBelow(list) {
  const there = list.nextElementSibling;
  if (there instanceof HTMLElement && there.dataset.part === "waiting") return there;
  const place = /** @type {HTMLElement} */ (list.cloneNode(false));
  place.dataset.part = "waiting";
  list.after(place);
  return place;
}
