/**
 * Forgets what drafts this browser has.
 * @module
 */
import { DRAFTS, DRAFT_KEPT_MS } from "./unsent.js";

/** Forget all of them, whosever they are. */
export function forgetDrafts() {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(DRAFTS)) localStorage.removeItem(key);
  } catch {
    // No storage: there is nothing to forget.
  }
}

/** Forget those that nobody came back for. */
export function forgetOldDrafts() {
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(DRAFTS) && !(Date.now() - JSON.parse(localStorage[key]).at < DRAFT_KEPT_MS)) {
        localStorage.removeItem(key);
      }
    }
  } catch {
    // No storage, or something in it that is not ours: it stays as it is.
  }
}
