/**
 * Keeps what was written and is not known to be sent, on this device.
 * @module
 */

const PREFIX = "chat-draft:";
const KEPT_MS = 30 * 24 * 3600 * 1000;

/**
 * @typedef {object} Draft
 * @property {string} text
 * @property {string} clientMessageId the id under which this very text may have arrived already, or empty
 */

/**
 * @param {string} conversation an id, or an empty string for a new conversation
 * @returns {Draft}
 */
export function readDraft(conversation) {
  try {
    const stored = JSON.parse(localStorage.getItem(PREFIX + conversation) ?? "null");
    if (stored && Date.now() - stored.at < KEPT_MS) {
      return { text: String(stored.text), clientMessageId: String(stored.id ?? "") };
    }
  } catch {
    // No storage, or not ours: there is no draft.
  }
  return { text: "", clientMessageId: "" };
}

/**
 * Store a draft; an empty one is forgotten.
 * @param {string} conversation
 * @param {string} text
 * @param {string} [clientMessageId]
 */
export function writeDraft(conversation, text, clientMessageId = "") {
  try {
    const stored = JSON.stringify({ text, id: clientMessageId, at: Date.now() });
    if (text) localStorage.setItem(PREFIX + conversation, stored);
    else localStorage.removeItem(PREFIX + conversation);
  } catch {
    // A full or forbidden storage must not stop anybody from writing.
  }
}
