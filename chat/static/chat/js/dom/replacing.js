/**
 * Lets a new version of a message stand in the place of the old one. Loaded with the first wish for one.
 * @module
 */

/** @typedef {import("./messages.js").MessageView} MessageView */
/** @typedef {import("./transcript.js").Transcript} Transcript */

/**
 * Let the newest message stand in the place of another version of it; what followed that is no longer on the
 * shown path. Returns what puts all of it back before the new version.
 * @param {Transcript} transcript
 * @param {MessageView} view
 * @param {MessageView} old
 */
export function takePlace(transcript, view, old) {
  const { items } = transcript;
  const gone = items.slice(items.indexOf(old.element), items.indexOf(view.element));
  const newer = transcript.bound("newer");
  const hadFocus = gone.some((one) => one.contains(document.activeElement));
  gone.forEach((one) => one.remove());
  if (hadFocus) writeOn();
  transcript.setBound("newer", null);
  view.parent = old.parent;
  view.showSiblings(old.siblingCount, old.siblingCount + 1);
  return () => {
    view.element.before(...gone);
    transcript.setBound("newer", newer);
  };
}

/**
 * Put a new answer in the place of another one.
 * @param {Transcript} transcript
 * @param {MessageView} old
 */
export function replaceAnswer(transcript, old) {
  const answer = transcript.add("assistant");
  takePlace(transcript, answer, old);
  return answer;
}

/** Give the composer the focus of what went away; not on a phone, whose keyboard would cover the answer. */
export function writeOn() {
  if (matchMedia("(any-hover: hover)").matches) document.getElementById("chat-input")?.focus();
}
