/**
 * What the page says about itself: the connection, trouble, and what a screen reader hears.
 * @module
 */
import { part } from "../dom/messages.js";

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
  #strings;
  #loginUrl;

  /**
   * @param {HTMLElement} page
   * @param {Record<string, string>} strings
   * @param {string} loginUrl
   */
  constructor(page, strings, loginUrl) {
    this.#page = page;
    this.#strings = strings;
    this.#loginUrl = loginUrl;
  }

  signedOut() {
    const signIn = { url: this.#loginUrl, words: this.#strings.signInAgain };
    void import("./refusing.js").then(({ tellSignedOut }) => tellSignedOut(this, this.#strings.signedOut, signIn));
  }

  /**
   * Tell of a missing part, else a click does nothing. Every import that nobody else catches is heard here.
   * @param {AbortSignal} signal
   */
  hearMissingParts(signal) {
    window.addEventListener("unhandledrejection", (event) => {
      if (!isMissingPart(event.reason)) return;
      event.preventDefault();
      this.alert(this.#strings.partMissing);
    }, { signal });
    // Whatever is tried next says for itself whether it works.
    for (const type of ["click", "keydown"]) {
      this.#page.addEventListener(type, () => this.clear(this.#strings.partMissing), { signal, capture: true });
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
   * @param {import("../transport/api.js").ApiError} error
   */
  refused(error) {
    const composer = /** @type {HTMLElement} */ (this.#page.querySelector("chat-composer"));
    void import("./refusing.js").then(({ tellRefused }) => tellRefused(this, error, composer, this.#strings), () => this.alert(this.#strings.notSent));
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
