/**
 * The tab's one connection: notices of what changed, and the events of the runs in the shown conversation.
 * @module
 */
import { UNTRIED, after } from "../core/connection.js";
import { NOTHING, fold, leavesGap } from "../core/fold.js";
import { SseParser } from "../core/sse.js";

// The server breaks silence each 15 s: after this long the connection is dead, whatever it says.
const SILENCE_MS = 25_000;
// Between looks, where no stream lasts.
const LOOK_MS = 5_000;
// A stream that begins well and ends so soon was cut by something between; after some of them in a row none lasts.
const BRIEF_MS = 2_000;
const MOST_BRIEF = 3;

/** @typedef {import("../core/connection.js").Connection} Connection */

/**
 * @typedef {object} Hearing what a feed tells
 * @property {(notice: any) => void} onNotice
 * @property {(run: string, event: any) => void} onEvent
 * @property {(connection: Connection) => void} onState
 */

/** A feed that goes on from where it was through lost connections. */
export class Feed {
  #url;
  #hearing;
  #mostTries;
  #since;
  #readyAtMs = 0;
  #heardAtMs = 0;
  #briefStreams = 0;
  #conversation = "";
  #run = "";
  #held = NOTHING;
  #state = UNTRIED;
  #isClosed = false;
  /** @type {AbortController | null} */
  #request = null;
  #retryTimer = 0;
  #silenceTimer = 0;
  #listeners = new AbortController();

  /**
   * @param {{ url: string, since: string, most_tries: number }} config
   * @param {Hearing} hearing
   */
  constructor({ url, since, most_tries: mostTries }, hearing) {
    this.#url = url;
    this.#since = since;
    this.#mostTries = mostTries;
    this.#hearing = hearing;
    const { signal } = this.#listeners;
    window.addEventListener("online", () => this.retryNow(), { signal });
    window.addEventListener("pageshow", () => this.#retryIfWaiting(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.#retryIfWaiting(), { signal });
    window.addEventListener("offline", () => this.#unplug(), { signal });
  }

  /**
   * Tell of this conversation, too, from now on.
   * @param {string} conversation
   */
  show(conversation) {
    const isOpen = this.#request !== null || this.#retryTimer;
    this.#conversation = conversation;
    if (isOpen) this.#reconnect();
    else void this.#connect();
  }

  /**
   * Return what is held of a run; nothing of one that is not the latest.
   * @param {string} run
   */
  held(run) {
    return run === this.#run ? this.#held : NOTHING;
  }

  /** Connect at once, if not connected; the tries count anew. */
  retryNow() {
    if (this.#isClosed || this.#request) return;
    this.#become("wished");
    this.#reconnect();
  }

  close() {
    this.#isClosed = true;
    this.#rest();
    this.#request?.abort();
    this.#listeners.abort();
  }

  #unplug() {
    this.#become("unplugged");
    this.#request?.abort();
  }

  #retryIfWaiting() {
    if (!this.#isClosed && !this.#request && this.#state.phase !== "signed-out") this.#reconnect();
  }

  #reconnect() {
    this.#rest();
    this.#request?.abort();
    void this.#connect();
  }

  #rest() {
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#silenceTimer);
    this.#retryTimer = 0;
  }

  async #connect() {
    const request = (this.#request = new AbortController());
    /** @type {import("../core/connection.js").Happening} */
    let outcome = "broken";
    try {
      outcome = await this.#read(request);
    } catch {
      // The reason does not matter: all is stored, and the position is known.
    }
    // Another connection may have taken the place of this one.
    if (this.#request !== request) return;
    this.#request = null;
    this.#rest();
    if (this.#isClosed) return;
    this.#become(outcome);
    const retryAtMs = outcome === "heard" ? Date.now() + LOOK_MS : this.#state.retryAtMs;
    if (retryAtMs === null) return;
    this.#retryTimer = window.setTimeout(() => void this.#connect(), Math.max(0, retryAtMs - Date.now()));
  }

  get #address() {
    // What was heard last may be long after what the server said first.
    const since = new Date(Date.parse(this.#since) + this.#heardAtMs - this.#readyAtMs).toISOString();
    const position = { since, conversation: this.#conversation, run: this.#run };
    const query = new URLSearchParams(Object.entries(position).filter(([, value]) => value));
    if (this.#run) query.set("after", String(this.#held.lastSeq));
    return `${this.#url}?${query}`;
  }

  /** @param {AbortController} request */
  async #read(request) {
    this.#watch(request);
    const headers = { Accept: "text/event-stream" };
    const response = await fetch(this.#address, { headers, signal: request.signal, cache: "no-store" });
    if (response.status === 401 || response.status === 403 || response.redirected) return "refused";
    if (!response.ok || !response.body) return "broken";
    this.#become("opened");
    const openedAtMs = performance.now();
    const parser = new SseParser((message) => this.#hear(message, request));
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let isFirst = true; ; isFirst = false) {
      const { done, value } = await reader.read();
      if (request.signal.aborted) return "broken";
      if (done) return this.#canLast(openedAtMs) && !response.headers.has("X-Chat-Warning") ? "broken" : "heard";
      this.#watch(request);
      this.#heardAtMs = performance.now();
      // A server may accept and open the stream without being well; whatever comes later shows that it is.
      if (!isFirst) this.#become("heard");
      parser.feed(value);
    }
  }

  /**
   * False where streams end by themselves all the time: to look every few seconds is as good there.
   * @param {number} openedAtMs when the one was opened that has ended now
   */
  #canLast(openedAtMs) {
    const isBrief = this.#readyAtMs >= openedAtMs && performance.now() - openedAtMs < BRIEF_MS;
    this.#briefStreams = isBrief ? this.#briefStreams + 1 : 0;
    return this.#briefStreams < MOST_BRIEF;
  }

  /**
   * @param {{ id: string, data: string }} message
   * @param {AbortController} request
   */
  #hear({ id, data }, request) {
    if (request.signal.aborted) return;
    const told = JSON.parse(data);
    const [run, seq] = id.split(":");
    if (seq) this.#hearEvent(run, { ...told, seq: Number(seq) }, request);
    else this.#hearNotice(told);
  }

  /** @param {any} notice */
  #hearNotice(notice) {
    if (notice.type === "ready") [this.#since, this.#readyAtMs] = [notice.now, performance.now()];
    this.#hearing.onNotice(notice);
  }

  /**
   * @param {string} run
   * @param {any} event
   * @param {AbortController} request
   */
  #hearEvent(run, event, request) {
    if (run !== this.#run) [this.#run, this.#held] = [run, NOTHING];
    if (event.seq <= this.#held.lastSeq || this.#held.end) return;
    if (leavesGap(this.#held, event)) {
      request.abort();
      return;
    }
    this.#held = fold(this.#held, event);
    this.#hearing.onEvent(run, event);
  }

  /** @param {import("../core/connection.js").Happening} happening */
  #become(happening) {
    const before = this.#state;
    this.#state = after(before, happening, { nowMs: Date.now(), mostTries: this.#mostTries });
    if (happening !== "heard" || before.phase !== "live" || before.attempt) this.#hearing.onState(this.#state);
  }

  /** @param {AbortController} request */
  #watch(request) {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = window.setTimeout(() => request.abort(), SILENCE_MS);
  }
}
