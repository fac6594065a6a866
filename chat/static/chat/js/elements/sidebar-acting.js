/**
 * Pins, archives and deletes conversations, and offers a way back for a while.
 * @module
 */
import { useStyle } from "../dom/style.js";
import { ApiError, request } from "../transport/api.js";

/** @typedef {import("./sidebar.js").Sidebar} Sidebar */

const UNDO_MS = 6000;
// The server takes no more at once.
const MOST_AT_ONCE = 100;
const KEPT = "chat:undo";
/** @type {Record<string, string>} */
const BACK = { delete: "restore", archive: "unarchive", unarchive: "archive" };

/**
 * Do it to all of them; what went wrong is said in the sidebar. True if it is done.
 * @param {Sidebar} sidebar
 * @param {string[]} ids
 * @param {string} action
 */
export async function act(sidebar, ids, action) {
  try {
    await change(sidebar, ids, action);
  } catch (error) {
    await say(sidebar, told(sidebar, error));
    return false;
  }
  if (action === "delete" && ids.includes(sidebar.wishes.shownId())) {
    // The page goes with its conversation; the next one offers the way back, to the same place.
    sessionStorage.setItem(KEPT, JSON.stringify({ ids, place: location.pathname, until: Date.now() + UNDO_MS }));
    location.assign(sidebar.config.page_root);
    return true;
  }
  if (action in BACK) await offer(sidebar, ids, action);
  return true;
}

/**
 * Offer the way back that the page before this one had no time for.
 * @param {Sidebar} sidebar
 */
export async function offerAgain(sidebar) {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
  sessionStorage.removeItem(KEPT);
  // The page took its time; the member gets theirs.
  if (kept.until > Date.now() - UNDO_MS) await offer(sidebar, kept.ids, "delete", kept.place);
}

/**
 * Say it at the end of the sidebar; the notice goes by itself, but not while somebody is about to press.
 * @param {Sidebar} sidebar
 * @param {string} words
 * @param {(() => void) | null} [onUndo]
 */
export async function say(sidebar, words, onUndo = null) {
  await useStyle(new URL("../../css/sidebar-acting.css", import.meta.url));
  sidebar.page.querySelector(".chat-toast")?.remove();
  const toast = copyOf(sidebar.page, "toast");
  const button = /** @type {HTMLButtonElement} */ (toast.querySelector("button"));
  button.hidden = !onUndo;
  sidebar.page.append(toast);
  // Words that come into what is there already are read out.
  /** @type {HTMLElement} */ (toast.querySelector("span")).textContent = words;
  let timer = setTimeout(() => toast.remove(), UNDO_MS);
  const isHeld = () => toast.matches(":hover") || toast.contains(document.activeElement);
  for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, () => clearTimeout(timer));
  for (const name of ["pointerleave", "focusout"]) {
    toast.addEventListener(name, () => {
      clearTimeout(timer);
      timer = setTimeout(() => isHeld() || toast.remove(), UNDO_MS / 2);
    });
  }
  button.addEventListener("click", () => {
    toast.remove();
    onUndo?.();
  });
}

/**
 * Return what to say about something that went wrong.
 * @param {Sidebar} sidebar
 * @param {unknown} error
 */
export function told(sidebar, error) {
  if (!(error instanceof ApiError) || error.status === 0) return text(sidebar, "notSaved");
  const fields = Object.values(error.error.fields ?? {}).flat();
  return String(fields[0] ?? error.error.message ?? text(sidebar, "notSaved"));
}

/**
 * Copy a template of the page.
 * @param {HTMLElement} page
 * @param {string} name
 */
export function copyOf(page, name) {
  const found = page.querySelector(`template[data-template="${name}"]`);
  const { content } = /** @type {HTMLTemplateElement} */ (found);
  return /** @type {HTMLElement} */ (/** @type {Element} */ (content.firstElementChild).cloneNode(true));
}

/**
 * @param {Sidebar} sidebar
 * @param {string[]} ids
 * @param {string} action
 */
async function change(sidebar, ids, action) {
  const list = await sidebar.list();
  for (let start = 0; start < ids.length; start += MOST_AT_ONCE) {
    const some = ids.slice(start, start + MOST_AT_ONCE);
    const { results } = await request("POST", `${sidebar.config.api_root}conversations/bulk/`, { ids: some, action });
    for (const one of results) {
      if (action === "delete") list.remove(one.id);
      else list.update(one);
    }
  }
}

/**
 * @param {Sidebar} sidebar
 * @param {string[]} ids
 * @param {string} action
 * @param {string} [place] where the member was
 */
async function offer(sidebar, ids, action, place = "") {
  const words = action === "delete"
    ? text(sidebar, ids.length > 1 ? "deletedSeveral" : "deleted").replace("%s", String(ids.length))
    : text(sidebar, action === "archive" ? "archived" : "unarchived");
  await say(sidebar, words, async () => {
    try {
      await change(sidebar, ids, BACK[action]);
      // The button that was pressed is gone.
      const row = document.activeElement === document.body && sidebar.nav.querySelector(`[data-conversation="${CSS.escape(ids[0])}"] a`);
      if (row) /** @type {HTMLElement} */ (row).focus();
      // Who has begun another conversation meanwhile stays there.
      if (place && !sidebar.wishes.shownId()) location.assign(place);
    } catch (error) {
      await say(sidebar, told(sidebar, error));
    }
  });
}

/**
 * @param {Sidebar} sidebar
 * @param {string} name
 */
function text(sidebar, name) {
  return copyOf(sidebar.page, "toast").dataset[name] ?? "";
}
