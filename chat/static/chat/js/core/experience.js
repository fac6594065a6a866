/**
 * How an answer came, as its member saw it; it knows no network and no clock.
 * @module
 */

// A pause that people notice.
export const STALL_MS = 2_000;

/**
 * @typedef {object} Experience
 * @property {number | null} askedAtMs when the member asked, if that was here
 * @property {number | null} ttftMs
 * @property {number | null} heardAtMs when text came last
 * @property {number} stalls
 * @property {number} reconnects
 */

/**
 * @param {number | null} askedAtMs
 * @returns {Experience}
 */
export function begun(askedAtMs) {
  return { askedAtMs, ttftMs: null, heardAtMs: null, stalls: 0, reconnects: 0 };
}

/**
 * Text came.
 * @param {Experience} experience
 * @param {number} nowMs
 * @returns {Experience}
 */
export function heard(experience, nowMs) {
  const { askedAtMs, heardAtMs, stalls } = experience;
  if (heardAtMs === null) {
    const ttftMs = askedAtMs === null ? null : Math.max(0, Math.round(nowMs - askedAtMs));
    return { ...experience, ttftMs, heardAtMs: nowMs };
  }
  return { ...experience, heardAtMs: nowMs, stalls: stalls + (nowMs - heardAtMs > STALL_MS ? 1 : 0) };
}

/**
 * The connection came back.
 * @param {Experience} experience
 * @returns {Experience}
 */
export function reconnected(experience) {
  return { ...experience, reconnects: experience.reconnects + 1 };
}

/**
 * Return what the server is told.
 * @param {Experience} experience
 */
export function reportOf({ ttftMs, stalls, reconnects }) {
  return { ttft_ms: ttftMs, stalls, reconnects };
}
