/**
 * What state a tab's connection is in, and when to try again; it knows no network and no clock.
 * @module
 */
import { delayMs } from "./backoff.js";

/** @typedef {"connecting" | "live" | "reconnecting" | "offline" | "signed-out" | "lost"} Phase */

/**
 * "opened": the server accepted; "heard": something came over it; "broken": it ended too early, or never
 * began; "unplugged": the device has no network; "wished": a person or the network's return asks for it now;
 * "refused": the member is signed out.
 * @typedef {"opened" | "heard" | "broken" | "unplugged" | "wished" | "refused"} Happening
 */

/**
 * @typedef {object} Connection
 * @property {Phase} phase
 * @property {number} attempt tries since something was heard last
 * @property {number | null} brokenAtMs when the trouble began, or null
 * @property {number | null} retryAtMs when the next try is due, or null
 */

/**
 * Where each happening leads; what is not here stays where it is.
 * @type {Readonly<Record<Happening, Partial<Record<Phase, Phase>>>>}
 */
export const TRANSITIONS = Object.freeze({
  opened: { connecting: "live", reconnecting: "live", offline: "live", lost: "live", "signed-out": "live" },
  heard: { connecting: "live", reconnecting: "live", offline: "live", lost: "live", "signed-out": "live" },
  // A device that says it is offline may be wrong: the tries go on, and nobody gives up.
  broken: { connecting: "reconnecting", live: "reconnecting" },
  unplugged: { connecting: "offline", live: "offline", reconnecting: "offline", lost: "offline" },
  wished: { offline: "reconnecting", lost: "reconnecting", "signed-out": "reconnecting" },
  refused: { connecting: "signed-out", live: "signed-out", reconnecting: "signed-out", offline: "signed-out" },
});

// A restart of the server is over by then: nothing is said of it.
export const QUIET_MS = 1_000;

/** @type {Connection} */
export const UNTRIED = Object.freeze({ phase: "connecting", attempt: 0, brokenAtMs: null, retryAtMs: null });

/**
 * Return the state after something happened.
 * @param {Connection} connection
 * @param {Happening} happening
 * @param {{ nowMs: number, mostTries: number, random?: () => number }} given
 * @returns {Connection}
 */
export function after(connection, happening, { nowMs, mostTries, random }) {
  const phase = TRANSITIONS[happening][connection.phase] ?? connection.phase;
  const brokenAtMs = connection.brokenAtMs ?? nowMs;
  switch (happening) {
    case "opened":
      // The tries still count: a server that accepts and falls silent must not be asked in a tight loop.
      return { ...connection, phase, brokenAtMs: null, retryAtMs: null };
    case "heard":
      return { phase, attempt: 0, brokenAtMs: null, retryAtMs: null };
    case "wished":
      return { ...connection, phase, attempt: 0, retryAtMs: nowMs };
    case "unplugged":
      return { ...connection, phase, brokenAtMs };
    case "refused":
      return { ...connection, phase, retryAtMs: null };
    case "broken": {
      const attempt = connection.attempt + 1;
      // Beyond that a person decides.
      if (phase === "reconnecting" && attempt > mostTries) return { phase: "lost", attempt, brokenAtMs, retryAtMs: null };
      const isWaiting = phase === "reconnecting" || phase === "offline";
      return { phase, attempt, brokenAtMs, retryAtMs: isWaiting ? nowMs + delayMs(attempt - 1, random) : null };
    }
  }
}

/**
 * Return what a member is shown of it, and in how many seconds the next try is, where that is worth saying.
 * @param {Connection} connection
 * @param {number} nowMs
 * @returns {{ phase: Phase, seconds: number }}
 */
export function drawn({ phase, brokenAtMs, retryAtMs }, nowMs) {
  const isQuiet = phase === "connecting" || (phase === "reconnecting" && nowMs - (brokenAtMs ?? nowMs) < QUIET_MS);
  if (isQuiet || phase === "live") return { phase: "live", seconds: 0 };
  return { phase, seconds: retryAtMs === null ? 0 : Math.max(0, Math.ceil((retryAtMs - nowMs) / 1000)) };
}
