/**
 * Forgets what drafts this browser has.
 * @module
 */
import { DRAFTS } from "./unsent.js";

/** Forget all of them, whosever they are. */
export function forgetDrafts() {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(DRAFTS)) localStorage.removeItem(key);
  } catch {
    // No storage: there is nothing to forget.
  }
}
