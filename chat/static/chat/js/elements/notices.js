/**
 * What the page says about itself: the connection, trouble, and what a screen reader hears.
 * @module
 */
import { readOption } from "../core/options.js";
import { part } from "../dom/messages.js";

// Longer answers are not read out whole: they would talk over everything else.
const ANNOUNCED_CHARACTERS = 500;
// What Chromium, Firefox and Safari say of a module that is not there; there is no other mark. All of them load
// anew when asked again.
const MISSING = /dynamically imported module|module script failed/i;

/**
 * True if a part of the page that is loaded at its first use could not be loaded.
 * @param {unknown} error
 */
export function isMissingPart(error) {
  return error instanceof TypeError && MISSING.test(error.message);
}

/** The page's notices. */
export class Notices {
  #page;
  strings;
  #loginUrl;

  /**
   * @param {HTMLElement} page
   * @param {Record<string, string>} strings
   * @param {string} loginUrl
   */
  constructor(page, strings, loginUrl) {
    this.#page = page;
    this.strings = strings;
    this.#loginUrl = loginUrl;
  }

  signedOut() {
    void import("./refusing.js").then(({ tellSignedOut }) => tellSignedOut(this, this.#loginUrl));
  }

  /**
   * Tell of a missing part, else a click does nothing. Every import that nobody else catches is heard here.
   * @param {AbortSignal} signal
   */
  hearMissingParts(signal) {
    window.addEventListener("unhandledrejection", (event) => {
      if (!isMissingPart(event.reason)) return;
      event.preventDefault();
      this.alert(this.strings.partMissing);
    }, { signal });
    // Whatever is tried next says for itself whether it works.
    for (const type of ["click", "keydown"]) {
      this.#page.addEventListener(type, () => this.clear(this.strings.partMissing), { signal, capture: true });
    }
  }

  /**
   * @param {string} message
   * @param {Node[]} more
   */
  alert(message, ...more) {
    this.clear();
    const place = document.createElement("p");
    place.className = "chat-alert";
    place.setAttribute("role", "alert");
    place.append(message, ...more);
    this.#page.querySelector("chat-composer")?.before(place);
    return place;
  }

  /**
   * Read an answer out that has ended; who hears it sentence by sentence has heard it.
   * @param {string} source
   */
  sayAnswer(source) {
    if (readOption("sentences")) return;
    const words = String(source.split(/\s+/).length);
    this.say(source.length <= ANNOUNCED_CHARACTERS ? source : this.strings.answerFinished.replace("%s", words));
  }

  /** @param {string} [words] clear no others */
  clear(words = "") {
    // Those with a part are lines of dialogs.
    this.#page.querySelectorAll(".chat-alert:not([data-part])").forEach((one) => one.textContent?.startsWith(words) && one.remove());
  }

  /**
   * Let a screen reader say it.
   * @param {string} words
   */
  say(words) {
    part(this.#page, "status").textContent = words;
  }
}
