/**
 * Draws files: as pictures where they are images, as cards with their name where they are not.
 * @module
 */
import { part } from "./messages.js";
import { useStyle } from "./style.js";

const KILOBYTE = 1024;
const UNITS = ["B", "kB", "MB"];

/**
 * @typedef {object} Wishes
 * @property {() => void} [onRemove] draws a button for it
 * @property {Record<string, string>} [words] remove, cut
 */

/**
 * Return the element of a file.
 * @param {any} file the API's object; while it is uploaded, its name alone
 * @param {Wishes} [wishes]
 * @returns {HTMLElement}
 */
export function cardFor(file, { onRemove, words = {} } = {}) {
  void useStyle(new URL("../../css/attachments.css", import.meta.url));
  const card = document.createElement("li");
  card.className = "chat-file";
  const link = document.createElement(file.url ? "a" : "span");
  link.className = "chat-file__face";
  if (link instanceof HTMLAnchorElement) {
    link.href = file.url;
    if (file.is_image) link.target = "_blank";
    else link.download = file.name;
  }
  if (file.is_image) link.append(picture(file));
  link.append(line("name", file.name), line("detail", detailOf(file, words)));
  card.append(link);
  card.dataset.kind = file.is_image ? "image" : "document";
  if (onRemove) card.append(removal(file, onRemove, words));
  return card;
}

/**
 * Show the files of a message, above its text.
 * @param {HTMLElement} message its element, made by chat/_message.html
 * @param {any[]} files
 */
export function showAttachments(message, files) {
  const place = part(message, "attachments");
  if (!place) return;
  const words = /** @type {Record<string, string>} */ (place.dataset);
  place.replaceChildren(...files.map((file) => cardFor(file, { words })));
  place.hidden = !files.length;
}

/** @param {any} file */
function picture(file) {
  const image = document.createElement("img");
  image.src = file.url;
  image.alt = "";
  image.width = file.width;
  image.height = file.height;
  image.loading = "lazy";
  image.decoding = "async";
  return image;
}

/**
 * @param {string} name
 * @param {string} text
 */
function line(name, text) {
  const element = document.createElement("span");
  element.className = `chat-file__${name}`;
  element.dataset.part = name;
  element.dir = "auto";
  element.textContent = text;
  return element;
}

/**
 * @param {any} file
 * @param {() => void} onRemove
 * @param {Record<string, string>} words
 */
function removal(file, onRemove, words) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "chat-file__remove";
  button.setAttribute("aria-label", `${words.remove}: ${file.name}`);
  button.textContent = "×";
  button.addEventListener("click", onRemove);
  return button;
}

/**
 * @param {any} file
 * @param {Record<string, string>} words
 */
function detailOf(file, words) {
  if (!file.size_bytes) return "";
  const size = sizeOf(file.size_bytes);
  return file.is_cut ? `${size} · ${words.cut}` : size;
}

/** @param {number} bytes */
function sizeOf(bytes) {
  let size = bytes;
  let unit = 0;
  while (size >= KILOBYTE && unit < UNITS.length - 1) {
    size /= KILOBYTE;
    unit += 1;
  }
  return `${size < 10 && unit ? size.toFixed(1) : Math.round(size)} ${UNITS[unit]}`;
}
