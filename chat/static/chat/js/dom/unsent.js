/**
 * Keeps on this device what is not known to be sent: drafts, and messages that are on their way.
 * @module
 */
import { readOption } from "../core/options.js";

export const DRAFTS = "chat-draft:";
const OUTBOX = "chat-outbox:";
const DAY_MS = 24 * 3600 * 1000;
export const DRAFT_KEPT_MS = 30 * DAY_MS;

let owner = "";

/**
 * @typedef {object} Draft
 * @property {string} text
 * @property {any[]} files the API's objects
 * @property {string} clientMessageId the id under which this very message may have arrived already, or empty
 */

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
 * Say whose it is: a browser may serve several members.
 * @param {string} member
 */
export function keepFor(member) {
  owner = member;
}

/**
 * @param {string} conversation an id, or an empty string for a new conversation
 * @returns {Draft}
 */
export function readDraft(conversation) {
  const stored = read(placeOf(DRAFTS, conversation));
  const { text = "", files = [], id = "" } = Date.now() - stored.at < DRAFT_KEPT_MS ? stored : {};
  return { text: String(text), files: Array.isArray(files) ? files : [], clientMessageId: String(id) };
}

/**
 * Store a draft; an empty one is forgotten.
 * @param {string} conversation
 * @param {Partial<Draft>} draft
 */
export function writeDraft(conversation, { text = "", files = [], clientMessageId: id = "" }) {
  const isKept = (text || files.length) && !readOption("no-drafts");
  write(placeOf(DRAFTS, conversation), isKept ? { text, files, id } : null);
}

/**
 * Return what every tab was sending, the oldest first. What is not fresh was meant for another day: a draft again.
 * @param {string} conversation an id, or an empty string for a new conversation
 * @returns {{ unsent: Unsent, isFresh: boolean }[]}
 */
export function readOutbox(conversation) {
  const place = placeOf(OUTBOX, `${conversation}:`);
  return keys().filter((key) => key.startsWith(place)).map(read)
    .filter(({ unsent }) => unsent?.clientMessageId)
    .sort((one, other) => one.at - other.at)
    .map(({ unsent, at }) => ({ unsent, isFresh: Date.now() - at < DAY_MS }));
}

/**
 * @param {string} conversation
 * @param {Unsent} unsent
 * @param {boolean} [isOver] it has arrived, or is taken back
 */
export function writeOutbox(conversation, unsent, isOver = false) {
  write(placeOf(OUTBOX, `${conversation}:${unsent.clientMessageId}`), isOver ? null : { unsent });
}

/**
 * @param {string} kind
 * @param {string} name
 */
function placeOf(kind, name) {
  return `${kind}${owner}:${name}`;
}

function keys() {
  try {
    return Object.keys(localStorage);
  } catch {
    return [];
  }
}

/** @param {string} key */
function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") ?? {};
  } catch {
    // No storage, or not ours: nothing is kept.
    return {};
  }
}

/**
 * @param {string} key
 * @param {object | null} value
 */
function write(key, value) {
  try {
    if (value) localStorage.setItem(key, JSON.stringify({ ...value, at: Date.now() }));
    else localStorage.removeItem(key);
  } catch {
    // A full or forbidden storage stops nobody from sending.
  }
}
