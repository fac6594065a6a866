/**
 * When to try again after a lost connection.
 * @module
 */

const FIRST_MS = 500;
const MOST_MS = 15_000;
const JITTER = 0.25;

/**
 * Return how long to wait before the try with this number, counted from 0. The jitter keeps the clients of
 * a server that restarted from coming back all at once.
 * @param {number} attempt
 * @param {() => number} [random]
 */
export function delayMs(attempt, random = Math.random) {
  const delay = Math.min(FIRST_MS * 2 ** attempt, MOST_MS);
  return Math.round(delay * (1 - JITTER + 2 * JITTER * random()));
}
