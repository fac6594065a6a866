/**
 * One answer on the page: followed through lost connections, shown as it comes, ended as it ends.
 * @module
 */
import { begun, heard, reconnected, reportOf } from "../core/experience.js";
import { request, tell } from "../transport/api.js";
import { RunFollower } from "../transport/follow.js";

/** @typedef {import("../dom/messages.js").MessageView} MessageView */
/** @typedef {Record<string, string>} Strings */

/** An answer that is being written. */
export class Answering {
  #view;
  #run;
  #strings;
  #callbacks;
  #follower;
  #experience;
  #isBroken = false;
  #hasEnded = false;

  /**
   * @param {MessageView} view
   * @param {{ id: string, events_url: string, cancel_url: string, report_url: string }} run
   * @param {Strings} strings
   * @param {{ onEnd: (end: any) => void, onMissing: () => void, onTitle: (title: string) => void,
   *   onState: (state: string) => void }} callbacks
   * @param {number | null} askedAtMs when the member asked, if that was here
   */
  constructor(view, run, strings, callbacks, askedAtMs) {
    this.#view = view;
    this.#run = run;
    this.#strings = strings;
    this.#callbacks = callbacks;
    this.#experience = begun(askedAtMs);
    this.#follower = new RunFollower(run.events_url, {
      onEvent: (event) => this.#show(event),
      onState: (state) => this.#onState(state),
    });
  }

  start() {
    this.#view.begin();
    this.#follower.start();
  }

  /** Stop showing it here; it goes on being written. */
  close() {
    this.#hasEnded = true;
    this.#follower.close();
  }

  retryNow() {
    this.#view.hideError();
    this.#follower.retryNow();
  }

  /**
   * Ask for the end. Throws ApiError.
   * @param {AbortSignal} signal
   */
  async stop(signal) {
    this.#view.hold(true);
    try {
      await request("POST", this.#run.cancel_url, {}, signal);
    } catch (error) {
      this.#view.hold(false);
      throw error;
    }
  }

  /** @param {any} event */
  #show(event) {
    if (this.#hasEnded) return;
    switch (event.type) {
      case "token":
        this.#experience = heard(this.#experience, performance.now());
        this.#view.append(event.content);
        break;
      case "snapshot":
        this.#view.replace(event.content);
        break;
      case "title":
        this.#callbacks.onTitle(event.title);
        break;
      case "done":
        this.#end(event, { status: event.status, finishReason: event.finish_reason });
        break;
      case "error":
        this.#end(event, { status: "failed", error: event, traceId: event.trace_id });
        break;
      default:
    }
  }

  /**
   * @param {any} event
   * @param {{ status: string, finishReason?: string, error?: any, traceId?: string }} end
   */
  #end(event, end) {
    this.#hasEnded = true;
    this.#view.end(end);
    tell(this.#run.report_url, reportOf(this.#experience));
    this.#callbacks.onEnd(event);
  }

  /** @param {string} state a FollowState */
  #onState(state) {
    if (state === "ended" && !this.#hasEnded) {
      // The run ended while nobody here heard it: what is stored is the answer.
      this.#hasEnded = true;
      this.#callbacks.onMissing();
    }
    if (state === "lost") {
      this.#view.showError(this.#strings.connectionLost, { action: this.#strings.resume });
    }
    if (state === "live") {
      if (this.#isBroken) this.#experience = reconnected(this.#experience);
      this.#view.hideError();
    }
    this.#isBroken = state === "reconnecting" || state === "lost";
    this.#callbacks.onState(state);
  }
}
