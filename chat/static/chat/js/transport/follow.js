/**
 * Follows a run through lost connections, from the last event that was heard.
 * @module
 */
import { UNTRIED, after, waitMs } from "../core/connection.js";
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
  #state = UNTRIED;
  #isClosed = false;
  /** @type {AbortController | null} */
  #request = null;
  #retryTimer = 0;
  #silenceTimer = 0;
  #listeners = new AbortController();

  /**
   * @param {string} url
   * @param {{ onEvent: (event: any, held: import("../core/fold.js").Held) => void,
   *   onState: (state: FollowState) => void }} callbacks
   */
  constructor(url, { onEvent, onState }) {
    this.#url = url;
    this.#onEvent = onEvent;
    this.#onState = onState;
    const { signal } = this.#listeners;
    window.addEventListener("online", () => this.retryNow(), { signal });
    window.addEventListener("pageshow", () => this.#retryIfWaiting(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.#retryIfWaiting(), { signal });
    window.addEventListener("offline", () => this.#request?.abort(), { signal });
  }

  /** Begin. */
  start() {
    this.#onState(this.#state.phase);
    void this.#connect();
  }

  /** Connect at once, if not connected; the tries count anew. */
  retryNow() {
    if (this.#isClosed) return;
    this.#state = after(this.#state, "wished", Date.now());
    this.#retryIfWaiting();
  }

  /** Stop following; the run goes on. */
  close() {
    this.#isClosed = true;
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#silenceTimer);
    this.#request?.abort();
    this.#listeners.abort();
  }

  #retryIfWaiting() {
    if (this.#isClosed || this.#request) return;
    clearTimeout(this.#retryTimer);
    void this.#connect();
  }

  async #connect() {
    const request = (this.#request = new AbortController());
    /** @type {FollowState | "broken"} */
    let outcome = "broken";
    try {
      outcome = await this.#read(request);
    } catch {
      // The reason does not matter: the answer is stored, and the position is known.
    }
    clearTimeout(this.#silenceTimer);
    this.#request = null;
    if (this.#isClosed) return;
    if (outcome === "broken") this.#retryLater();
    else this.#end(outcome);
  }

  /**
   * @param {AbortController} request
   * @returns {Promise<FollowState | "broken">}
   */
  async #read(request) {
    const last = this.#held.lastSeq;
    this.#watch(request);
    const response = await fetch(last ? `${this.#url}?after=${last}` : this.#url, {
      headers: { Accept: "text/event-stream" },
      signal: request.signal,
      cache: "no-store",
    });
    if (response.status === 204 || response.status === 404) return "ended";
    if (response.status === 401 || response.status === 403 || response.redirected) return "signed-out";
    if (!response.ok || !response.body) return "broken";
    this.#become("opened");
    const parser = createParser({ onEvent: (message) => this.#hear(message, request) });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let isFirst = true; ; isFirst = false) {
      const { done, value } = await reader.read();
      if (done) return "broken";
      this.#watch(request);
      // A server may accept and open the stream without being well; whatever comes later shows that it is.
      if (!isFirst) this.#become("heard");
      parser.feed(value);
      if (this.#held.end) return "ended";
    }
  }

  /**
   * @param {{ id?: string, data: string }} message
   * @param {AbortController} request
   */
  #hear(message, request) {
    const event = { ...JSON.parse(message.data), seq: Number(message.id) };
    if (event.seq <= this.#held.lastSeq || this.#held.end) return;
    if (leavesGap(this.#held, event)) {
      request.abort();
      return;
    }
    this.#become("heard");
    this.#held = fold(this.#held, event);
    this.#onEvent(event, this.#held);
  }

  /** @param {import("../core/connection.js").Happening} happening */
  #become(happening) {
    const { phase } = this.#state;
    this.#state = after(this.#state, happening, Date.now());
    if (this.#state.phase !== phase) this.#onState(this.#state.phase);
  }

  /** @param {AbortController} request */
  #watch(request) {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = window.setTimeout(() => request.abort(), SILENCE_MS);
  }

  #retryLater() {
    this.#become("broken");
    if (this.#state.phase === "lost") return;
    this.#retryTimer = window.setTimeout(() => void this.#connect(), waitMs(this.#state));
  }

  /** @param {FollowState} state */
  #end(state) {
    this.close();
    this.#onState(state);
  }
}
