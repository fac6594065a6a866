/**
 * Keeps what was written and is not known to be sent, on this device.
 * @module
 */
import { readOption } from "../core/options.js";

export const PREFIX = "chat-draft:";
const KEPT_MS = 30 * 24 * 3600 * 1000;

let owner = "";

/**
 * @typedef {object} Draft
 * @property {string} text
 * @property {string} [files] the ids of what went with it, in this tab
 * @property {string} clientMessageId the id under which this very text may have arrived already, or empty
 */

/**
 * Say whose drafts these are: a browser may serve several members. What nobody came back for is forgotten.
 * @param {string} member
 */
export function keepDraftsOf(member) {
  owner = member;
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(PREFIX) && !(Date.now() - JSON.parse(localStorage[key]).at < KEPT_MS)) {
        localStorage.removeItem(key);
      }
    }
  } catch {
    // No storage, or something in it that is not ours: it stays as it is.
  }
}

/**
 * @param {string} conversation an id, or an empty string for a new conversation
 * @returns {Draft}
 */
export function readDraft(conversation) {
  try {
    const stored = JSON.parse(localStorage.getItem(keyOf(conversation)) ?? "null");
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
    if (text && !readOption("no-drafts")) localStorage.setItem(keyOf(conversation), stored);
    else localStorage.removeItem(keyOf(conversation));
  } catch {
    // A full or forbidden storage stops nobody.
  }
}

/** @param {string} conversation */
function keyOf(conversation) {
  return `${PREFIX}${owner}:${conversation}`;
}
