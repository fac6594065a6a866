/**
 * What a follower holds after each event of a run; chat/protocol/fold.py is the same function.
 * @module
 */

/**
 * @typedef {object} Held
 * @property {number} lastSeq
 * @property {string} content
 * @property {ReadonlyArray<any>} sources
 * @property {ReadonlyArray<any>} steps
 * @property {string} title
 * @property {any} end the terminal event, or null
 */

/** @type {Held} */
export const NOTHING = Object.freeze({ lastSeq: 0, content: "", sources: [], steps: [], title: "", end: null });

/**
 * True if something between what is held and this event is missing; only a snapshot may follow a gap.
 * @param {Held} held
 * @param {any} event
 */
export function leavesGap(held, event) {
  return event.seq > held.lastSeq + 1 && event.type !== "snapshot";
}

/**
 * Return what is held after the event; one that was heard before, or is unknown, adds nothing.
 * @param {Held} held
 * @param {any} event
 * @returns {Held}
 */
export function fold(held, event) {
  if (event.seq <= held.lastSeq) return held;
  const next = { ...held, lastSeq: event.seq };
  switch (event.type) {
    case "token":
      return { ...next, content: held.content + event.content };
    case "snapshot":
      return { ...next, content: event.content, sources: event.sources ?? [], steps: event.steps ?? [] };
    case "sources":
      return { ...next, sources: event.data };
    case "step":
      return { ...next, steps: withStep(held.steps, event) };
    case "title":
      return { ...next, title: event.title };
    case "done":
    case "error":
      return { ...next, end: event };
    default:
      return next;
  }
}

/**
 * @param {ReadonlyArray<any>} steps
 * @param {any} event
 */
function withStep(steps, event) {
  const { seq: _seq, type: _type, ...step } = event;
  const known = steps.some((one) => one.id === step.id);
  return known ? steps.map((one) => (one.id === step.id ? step : one)) : [...steps, step];
}
