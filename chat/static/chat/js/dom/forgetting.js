/**
 * Forgets what drafts this browser has.
 * @module
 */
import { PREFIX } from "./drafts.js";

/** Forget all of them, whosever they are. */
export function forgetDrafts() {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
  } catch {
    // No storage: there is nothing to forget.
  }
}
