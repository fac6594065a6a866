/**
 * Keeps what was written and not yet sent, on this device.
 * @module
 */

const PREFIX = "chat-draft:";
const KEPT_MS = 30 * 24 * 3600 * 1000;

/**
 * @param {string} conversation an id, or an empty string for a new conversation
 */
export function readDraft(conversation) {
  try {
    const stored = JSON.parse(localStorage.getItem(PREFIX + conversation) ?? "null");
    return stored && Date.now() - stored.at < KEPT_MS ? String(stored.text) : "";
  } catch {
    // No storage, or not ours: there is no draft.
    return "";
  }
}

/**
 * Store a draft; an empty one is forgotten.
 * @param {string} conversation
 * @param {string} text
 */
export function writeDraft(conversation, text) {
  try {
    if (text) localStorage.setItem(PREFIX + conversation, JSON.stringify({ text, at: Date.now() }));
    else localStorage.removeItem(PREFIX + conversation);
  } catch {
    // A full or forbidden storage must not stop anybody from writing.
  }
}
