/**
 * Keeps the newest words in view, until the reader scrolls away.
 * @module
 */

// Nearer to the end than this, the reader follows; further away than that, a button brings them back.
const FOLLOW_PX = 70;
const BUTTON_PX = 200;
const RELEASING_KEYS = new Set(["PageUp", "Home", "ArrowUp"]);

/** The scrolling of a conversation. */
export class StickToBottom {
  #scroller;
  #content;
  #button;
  #isFollowing = true;
  #lastTop = 0;

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} content
   * @param {HTMLElement} button
   * @param {AbortSignal} signal
   */
  constructor(scroller, content, button, signal) {
    this.#scroller = scroller;
    this.#content = content;
    this.#button = button;
    const release = () => { this.#isFollowing = false; };
    scroller.addEventListener("wheel", (event) => event.deltaY < 0 && release(), { signal, passive: true });
    scroller.addEventListener("touchmove", release, { signal, passive: true });
    scroller.addEventListener("keydown", (event) => RELEASING_KEYS.has(event.key) && release(), { signal });
    document.addEventListener("selectionchange", () => this.#hasSelection() && release(), { signal });
    scroller.addEventListener("scroll", () => this.#onScroll(), { signal, passive: true });
    const observer = new ResizeObserver(() => this.#onGrowth());
    observer.observe(content);
    observer.observe(scroller);
    signal.addEventListener("abort", () => observer.disconnect());
  }

  /** Let the reader stay where they are. */
  release() {
    this.#isFollowing = false;
  }

  /**
   * Bring an element back to where it was on the screen.
   * @param {Element} element
   * @param {number} top
   */
  keep(element, top) {
    this.#scroller.scrollTop += element.getBoundingClientRect().top - top;
  }

  /** Something new is said at the end: the button shows it. */
  hearNews() {
    if (!this.#isFollowing) this.#button.dataset.news = "";
  }

  /** Go to the newest words and stay with them. */
  toBottom() {
    this.#isFollowing = true;
    this.#onGrowth();
  }

  get #distance() {
    return this.#scroller.scrollHeight - this.#scroller.scrollTop - this.#scroller.clientHeight;
  }

  #hasSelection() {
    const selection = document.getSelection();
    return Boolean(selection && !selection.isCollapsed && this.#scroller.contains(selection.anchorNode));
  }

  #onGrowth() {
    // A page that has no messages yet is read from its top.
    if (this.#isFollowing && this.#content.childElementCount) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#showButton();
  }

  #onScroll() {
    const top = this.#scroller.scrollTop;
    if (top < this.#lastTop && this.#distance > FOLLOW_PX) this.#isFollowing = false;
    else if (this.#distance <= FOLLOW_PX && top >= this.#lastTop && !this.#hasSelection()) this.#isFollowing = true;
    this.#lastTop = top;
    this.#showButton();
  }

  #showButton() {
    this.#button.hidden = this.#distance <= BUTTON_PX || !this.#content.childElementCount;
    if (this.#button.hidden) delete this.#button.dataset.news;
  }
}
