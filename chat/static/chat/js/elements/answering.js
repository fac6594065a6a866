/**
 * One answer on the page: shown as it comes, ended as it ends.
 * @module
 */
import { begun, heard, reconnected, reportOf } from "../core/experience.js";
import { request, tell } from "../transport/api.js";

/** @typedef {import("../dom/messages.js").MessageView} MessageView */

/** An answer that is being written. */
export class Answering {
  #view;
  #run;
  #callbacks;
  #experience;
  #hasEnded = false;
  #isConnected = true;

  /**
   * @param {MessageView} view
   * @param {{ id: string, cancel_url: string, report_url: string }} run
   * @param {{ onEnd: (end: any) => void, onTitle: (title: string) => void }} callbacks
   * @param {number | null} askedAtMs when the member asked, if that was here
   */
  constructor(view, run, callbacks, askedAtMs) {
    this.#view = view;
    this.#run = run;
    this.#callbacks = callbacks;
    this.#experience = begun(askedAtMs);
  }

  get run() {
    return this.#run.id;
  }

  get view() {
    return this.#view;
  }

  /**
   * Begin with what is known of it already.
   * @param {import("../core/fold.js").Held} held
   * @param {string} said what it goes on from, where it continues another answer
   */
  start(held, said) {
    this.#view.begin(said);
    if (!held.lastSeq) return;
    this.hear({ type: "snapshot", content: held.content, sources: held.sources, steps: held.steps });
    if (held.end) this.hear(held.end);
  }

  /** Stop showing it here; it goes on being written. */
  close() {
    this.#hasEnded = true;
  }

  /** @param {boolean} isConnected whether events can come now */
  connected(isConnected) {
    if (isConnected && !this.#isConnected) this.#experience = reconnected(this.#experience);
    this.#isConnected = isConnected;
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
  hear(event) {
    if (this.#hasEnded) return;
    switch (event.type) {
      case "token":
        this.#experience = heard(this.#experience, performance.now());
        this.#view.append(event.content);
        break;
      case "snapshot":
        if (event.content) this.#experience = heard(this.#experience, performance.now());
        this.#view.replace(event.content);
        if (event.steps?.length || event.sources?.length) this.#view.showWork(event);
        break;
      case "step":
        this.#view.showStep(event);
        break;
      case "sources":
        this.#view.showSources(event.data);
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
}
