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
    const link = document.createElement("a");
    const url = new URL(this.#loginUrl, location.href);
    // The address may have changed since the page was loaded: a new conversation got one.
    url.searchParams.set("next", location.pathname);
    link.href = url.href;
    link.textContent = this.#strings.signInAgain;
    this.alert(`${this.#strings.signedOut} `, link);
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
  }

  /**
   * @param {import("../transport/api.js").ApiError} error
   */
  refused(error) {
    const wait = error.retryAfterSeconds ? ` (${error.retryAfterSeconds} s)` : "";
    const reason = error.code ? error.message : this.#strings.notSent;
    this.alert(Object.values(error.error.fields ?? {}).flat().join(" ") || reason + wait);
  }

  /** @param {string} [words] clear no others */
  clear(words = "") {
    this.#page.querySelectorAll(".chat-alert").forEach((one) => one.textContent?.startsWith(words) && one.remove());
  }

  /**
   * Let a screen reader say it.
   * @param {string} words
   */
  say(words) {
    part(this.#page, "status").textContent = words;
  }
}
