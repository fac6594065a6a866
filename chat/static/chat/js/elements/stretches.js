/**
 * Loads what is before and after the messages that are shown, and goes to one that a link names.
 * @module
 */
import { part } from "../dom/messages.js";
import { tellMoment } from "../dom/moments.js";
import { extend } from "../dom/stored.js";
import { request } from "../transport/api.js";

/** @typedef {import("./message-actions.js").Desk} Desk */

/** @type {Set<string>} */
const loading = new Set();

/**
 * Load the stretch before or after what is shown; what the reader looks at stays where it is. True if it came.
 * @param {Desk} desk
 * @param {"older" | "newer"} side
 */
export async function loadMore(desk, side) {
  const { config, transcript, scroll } = desk;
  const bound = transcript.bound(side);
  const { id } = config.conversation ?? {};
  if (!bound || !id || loading.has(side)) return false;
  loading.add(side);
  const place = part(desk.page, side);
  place.ariaBusy = "true";
  try {
    const query = side === "older" ? `cursor=${bound}` : `after=${bound}`;
    const page = await request("GET", `${config.api_root}conversations/${id}/messages/?${query}`);
    if (transcript.bound(side) !== bound) return false;
    // Above its article the day may come, which stood elsewhere.
    const anchor = side === "older" ? transcript.items[0]?.querySelector("article") : transcript.items[transcript.items.length - 1];
    const top = anchor?.getBoundingClientRect().top ?? 0;
    const hadFocus = place.contains(document.activeElement);
    if (side === "newer") scroll.release();
    transcript.setBound(side, side === "older" ? page.next : page.newer);
    extend(transcript, side, page.results.reverse());
    for (const item of transcript.items) tellMoment(item);
    if (anchor) scroll.keep(anchor, top);
    // The link goes with the last of them.
    if (hadFocus && place.hidden) focusOn(anchor?.closest("li"));
    return true;
  } finally {
    loading.delete(side);
    place.ariaBusy = null;
  }
}

/**
 * Load older and newer messages as the reader comes near them.
 * @param {Desk} desk
 * @param {HTMLElement} scroller
 * @param {AbortSignal} signal
 */
export function loadOnScroll(desk, scroller, signal) {
  const sides = /** @type {const} */ (["older", "newer"]);
  // What fails is tried again at the next scroll, and by the link.
  const load = (/** @type {HTMLElement} */ place) => {
    const side = /** @type {"older" | "newer"} */ (place.dataset.part);
    loadMore(desk, side).then((isMore) => {
      if (!isMore) return;
      // Few short messages leave it in view, of which nobody would tell again.
      observer.unobserve(place);
      observer.observe(place);
    }, () => {});
  };
  const observer = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) load(/** @type {HTMLElement} */ (target));
    }
  }, { root: scroller, rootMargin: "600px 0px" });
  for (const side of sides) {
    const place = /** @type {HTMLElement} */ (desk.page.querySelector(`[data-part=${side}]`));
    observer.observe(place);
    place.querySelector("a")?.addEventListener("click", (event) => {
      event.preventDefault();
      load(place);
    }, { signal });
  }
  signal.addEventListener("abort", () => observer.disconnect());
}

/**
 * Go to the message that the address names; of another branch, that one is chosen.
 * @param {Desk} desk
 */
export async function goToNamed({ config, transcript, scroll }) {
  const id = location.hash.replace(/^#m-/, "");
  const view = transcript.find(id);
  const isAsked = new URLSearchParams(location.search).get("message") === id;
  if (!view) {
    // The server shows the part of the conversation that it is in; what it does not know stays unknown.
    if (!isAsked) location.replace(`${location.pathname}?message=${encodeURIComponent(id)}${location.hash}`);
    return;
  }
  scroll.release();
  view.element.scrollIntoView({ block: "start" });
  focusOn(view.element);
  if (config.is_other_branch) {
    await request("POST", `${config.api_root}messages/${id}/select/`, {});
    config.is_other_branch = false;
  }
  // A reload shows the end of the conversation as always, and this message if it is there.
  if (isAsked) history.replaceState(history.state, "", location.pathname + location.hash);
}

/** @param {HTMLElement | null | undefined} message */
function focusOn(message) {
  if (!message) return;
  message.tabIndex = -1;
  message.focus({ preventScroll: true });
}
