/**
 * What state a connection is in, and when to try again; it knows no network and no clock.
 * @module
 */
import { GIVE_UP_MS, delayMs } from "./backoff.js";

/**
 * @typedef {object} Connection
 * @property {"connecting" | "live" | "reconnecting" | "lost"} phase
 * @property {number} attempt tries since something was heard last
 * @property {number | null} brokenAtMs when the trouble began, or null
 */

/**
 * "opened": the server accepted; "heard": something came over it; "broken": it ended too early, or never
 * began; "wished": a person or the network's return asks for it now.
 * @typedef {"opened" | "heard" | "broken" | "wished"} Happening
 */

/** @type {Connection} */
export const UNTRIED = Object.freeze({ phase: "connecting", attempt: 0, brokenAtMs: null });

const SOUND = /** @type {Connection} */ (Object.freeze({ phase: "live", attempt: 0, brokenAtMs: null }));

/**
 * Return the state after something happened.
 * @param {Connection} connection
 * @param {Happening} happening
 * @param {number} nowMs
 * @returns {Connection}
 */
export function after(connection, happening, nowMs) {
  switch (happening) {
    case "opened":
      // The tries still count: a server that accepts and falls silent must not be asked in a tight loop.
      return { ...connection, phase: "live" };
    case "heard":
      return SOUND;
    case "wished":
      return { ...connection, attempt: 0, brokenAtMs: null };
    case "broken": {
      const brokenAtMs = connection.brokenAtMs ?? nowMs;
      if (nowMs - brokenAtMs > GIVE_UP_MS) return { ...connection, phase: "lost", brokenAtMs };
      return { phase: "reconnecting", attempt: connection.attempt + 1, brokenAtMs };
    }
  }
}

/**
 * Return how long a reconnecting one waits before it tries.
 * @param {Connection} connection
 * @param {() => number} [random]
 */
export function waitMs({ attempt }, random) {
  return delayMs(attempt - 1, random);
}
