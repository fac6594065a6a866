/**
 * Follows a run through lost connections, from the last event that was heard.
 * @module
 */
import { GIVE_UP_MS, delayMs } from "../core/backoff.js";
import { NOTHING, fold, leavesGap } from "../core/fold.js";
import { createParser } from "../../vendor/eventsource-parser/parse.js";

// The server breaks silence each 15 s: after this long the connection is dead, whatever it says.
const SILENCE_MS = 25_000;

/** @typedef {"connecting" | "live" | "reconnecting" | "lost" | "signed-out" | "ended"} FollowState */

/** One run, followed. */
export class RunFollower {
  #url;
  #onEvent;
  #onState;
  #held = NOTHING;
  #attempt = 0;
  #lostAt = 0;
  #isClosed = false;
  /** @type {AbortController | null} */
  #connection = null;
  #retryTimer = 0;
  #silenceTimer = 0;
  #listeners = new AbortController();

  /**
   * @param {string} url
   * @param {{ onEvent: (event: any, held: import("../core/fold.js").Held) => void,
   *   onState: (state: FollowState, attempt: number) => void }} callbacks
   */
  constructor(url, { onEvent, onState }) {
    this.#url = url;
    this.#onEvent = onEvent;
    this.#onState = onState;
    const { signal } = this.#listeners;
    window.addEventListener("online", () => this.retryNow(), { signal });
    window.addEventListener("pageshow", () => this.#retryIfWaiting(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.#retryIfWaiting(), { signal });
    window.addEventListener("offline", () => this.#connection?.abort(), { signal });
  }

  /** Begin. */
  start() {
    this.#onState("connecting", 0);
    void this.#connect();
  }

  /** Connect at once, if not connected; the tries count anew. */
  retryNow() {
    if (this.#isClosed) return;
    this.#attempt = 0;
    this.#lostAt = 0;
    this.#retryIfWaiting();
  }

  /** Stop following; the run goes on. */
  close() {
    this.#isClosed = true;
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#silenceTimer);
    this.#connection?.abort();
    this.#listeners.abort();
  }

  #retryIfWaiting() {
    if (this.#isClosed || this.#connection) return;
    clearTimeout(this.#retryTimer);
    void this.#connect();
  }

  async #connect() {
    const connection = (this.#connection = new AbortController());
    let outcome = "lost";
    try {
      outcome = await this.#read(connection);
    } catch {
      // The reason does not matter: the answer is stored, and the position is known.
    }
    clearTimeout(this.#silenceTimer);
    this.#connection = null;
    if (this.#isClosed) return;
    if (outcome === "lost") this.#retryLater();
    else this.#end(/** @type {FollowState} */ (outcome));
  }

  /** @param {AbortController} connection */
  async #read(connection) {
    const last = this.#held.lastSeq;
    this.#watch(connection);
    const response = await fetch(last ? `${this.#url}?after=${last}` : this.#url, {
      headers: { Accept: "text/event-stream" },
      signal: connection.signal,
      cache: "no-store",
    });
    if (response.status === 204 || response.status === 404) return "ended";
    if (response.status === 401 || response.status === 403 || response.redirected) return "signed-out";
    if (!response.ok || !response.body) return "lost";
    const parser = createParser({ onEvent: (message) => this.#hear(message, connection) });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      this.#watch(connection);
      parser.feed(value);
      if (this.#held.end) return "ended";
    }
    return this.#held.end ? "ended" : "lost";
  }

  /**
   * @param {{ id?: string, data: string }} message
   * @param {AbortController} connection
   */
  #hear(message, connection) {
    const event = { ...JSON.parse(message.data), seq: Number(message.id) };
    if (event.seq <= this.#held.lastSeq || this.#held.end) return;
    if (leavesGap(this.#held, event)) {
      connection.abort();
      return;
    }
    if (this.#attempt || this.#lostAt || this.#held === NOTHING) {
      this.#attempt = 0;
      this.#lostAt = 0;
      this.#onState("live", 0);
    }
    this.#held = fold(this.#held, event);
    this.#onEvent(event, this.#held);
  }

  /** @param {AbortController} connection */
  #watch(connection) {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = window.setTimeout(() => connection.abort(), SILENCE_MS);
  }

  #retryLater() {
    this.#lostAt ||= Date.now();
    if (Date.now() - this.#lostAt > GIVE_UP_MS) {
      this.#onState("lost", this.#attempt);
      return;
    }
    const delay = delayMs(this.#attempt);
    this.#attempt += 1;
    this.#onState("reconnecting", this.#attempt);
    this.#retryTimer = window.setTimeout(() => void this.#connect(), delay);
  }

  /** @param {FollowState} state */
  #end(state) {
    this.close();
    this.#onState(state, 0);
  }
}
