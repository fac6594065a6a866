/**
 * Draws the state of the connection, quietly: a blink is not worth a word.
 * @module
 */
import { drawn } from "../core/connection.js";
import { part } from "../dom/messages.js";

const REDRAW_MS = 250;

/** What the page says about its connection. */
export class Connecting {
  #page;
  #strings;
  #notices;
  /** @type {import("../core/connection.js").Connection | null} */
  #connection = null;
  #shown = "live";
  #timer = 0;

  /**
   * @param {HTMLElement} page
   * @param {Record<string, string>} strings
   * @param {import("./notices.js").Notices} notices
   * @param {AbortSignal} life
   */
  constructor(page, strings, notices, life) {
    this.#page = page;
    this.#strings = strings;
    this.#notices = notices;
    life.addEventListener("abort", () => clearInterval(this.#timer));
  }

  /** @param {import("../core/connection.js").Connection} connection */
  show(connection) {
    this.#connection = connection;
    const isRestless = connection.phase === "reconnecting" || connection.phase === "offline";
    if (isRestless && !this.#timer) this.#timer = window.setInterval(() => this.#draw(), REDRAW_MS);
    if (!isRestless) {
      clearInterval(this.#timer);
      this.#timer = 0;
    }
    this.#draw();
  }

  #draw() {
    if (!this.#connection) return;
    const { phase, seconds } = drawn(this.#connection, Date.now());
    const isTrouble = phase === "reconnecting" || phase === "lost";
    const place = part(this.#page, "connection");
    place.hidden = !isTrouble;
    part(place, "seconds").textContent = isTrouble && seconds > 0 ? this.#strings.inSeconds.replace("%s", String(seconds)) : "";
    if (phase === this.#shown) return;
    this.#shown = phase;
    const words = phase === "lost" ? this.#strings.connectionLost : this.#strings.reconnecting;
    part(place, "words").textContent = isTrouble ? words : "";
    part(this.#page, "offline").hidden = phase !== "offline";
    // Once, and not at each second.
    if (isTrouble) this.#notices.say(words);
    if (phase === "signed-out") this.#notices.signedOut();
  }
}
