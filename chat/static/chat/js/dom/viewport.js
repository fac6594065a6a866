/**
 * Keeps the page above a keyboard that covers it: iOS shrinks only the visual viewport.
 * @module
 */

/**
 * Tell the style sheet how much is covered, as --chat-keyboard.
 * @param {HTMLElement} page
 * @param {VisualViewport} viewport
 * @param {AbortSignal} signal
 */
export function stayAboveKeyboard(page, viewport, signal) {
  const measure = () => {
    // Who zooms in sees less of the page, and that is no keyboard.
    const covered = viewport.scale > 1.01 ? 0 : Math.round(window.innerHeight - viewport.height);
    page.style.setProperty("--chat-keyboard", `${Math.max(covered, 0)}px`);
    // Safari moves the whole page up to show the field; the field is in view by itself now.
    if (covered > 0) window.scrollTo(0, 0);
  };
  viewport.addEventListener("resize", measure, { signal });
}
