/**
 * Keeps the message that is on its way, on this device: a reload does not lose it, and it goes out once.
 * @module
 */

const PREFIX = "chat-outbox:";
// What is older than that was meant for another day: it is a draft again.
const KEPT_MS = 24 * 3600 * 1000;

/**
 * @typedef {object} Unsent
 * @property {string} content
 * @property {string} clientMessageId the server stores and answers one message for each of these
 * @property {string | null} [parent] what it goes on from; null begins the conversation anew
 * @property {string} [assistant]
 * @property {string} [model]
 * @property {boolean} [temporary]
 * @property {any[]} [attachments]
 */

/**
 * @param {string} member
 * @param {string} conversation an id, or an empty string for a new conversation
 * @returns {{ unsent: Unsent, isFresh: boolean } | null}
 */
export function readOutbox(member, conversation) {
  try {
    const stored = JSON.parse(localStorage.getItem(keyOf(member, conversation)) ?? "null");
    if (stored?.unsent?.clientMessageId) {
      return { unsent: stored.unsent, isFresh: Date.now() - stored.at < KEPT_MS };
    }
  } catch {
    // No storage, or not ours: nothing is on its way.
  }
  return null;
}

/**
 * @param {string} member
 * @param {string} conversation
 * @param {Unsent | null} unsent null once it has arrived, or is taken back
 */
export function writeOutbox(member, conversation, unsent) {
  try {
    if (unsent) localStorage.setItem(keyOf(member, conversation), JSON.stringify({ unsent, at: Date.now() }));
    else localStorage.removeItem(keyOf(member, conversation));
  } catch {
    // A full or forbidden storage must not stop anybody from sending.
  }
}

/**
 * @param {string} member
 * @param {string} conversation
 */
function keyOf(member, conversation) {
  return `${PREFIX}${member}:${conversation}`;
}
