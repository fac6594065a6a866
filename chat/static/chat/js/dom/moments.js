/**
 * Says when messages were written, as chat/views/moments.py does: of those that come later, and as time goes by.
 * @module
 */
import { dayOf } from "../core/grouping.js";
import { part } from "./messages.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const DAY = "chat-day";

/**
 * Say how long ago something was written; after a day, on which day.
 * @param {number} moment in milliseconds
 * @param {{ now: number, language: string, zone?: string }} where
 */
export function ageOf(moment, { now, language, zone }) {
  const age = now - moment;
  if (age >= DAY_MS) return dateOf(moment, language, zone);
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  if (age < MINUTE_MS) return format.format(0, "second");
  return age < HOUR_MS ? format.format(-Math.floor(age / MINUTE_MS), "minute") : format.format(-Math.floor(age / HOUR_MS), "hour");
}

/**
 * Name the day on which something was written.
 * @param {number} moment in milliseconds
 * @param {{ now: number, language: string, zone?: string }} where
 */
export function nameOfDay(moment, { now, language, zone }) {
  const age = Math.round((Date.parse(dayOf(now, zone)) - Date.parse(dayOf(moment, zone))) / DAY_MS);
  if (age !== 0 && age !== 1) return dateOf(moment, language, zone);
  const name = new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-age, "day");
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
}

/**
 * Say of a message when it was written, and on which day if the one before it is from another one.
 * @param {Element} message
 */
export function tellMoment(message) {
  const time = timeIn(message);
  const moment = Date.parse(time.dateTime);
  const where = { now: Date.now(), language: document.documentElement.lang || "en" };
  time.textContent = ageOf(moment, where);
  // What the server says of a time in full it says in its own way: it stays.
  time.title ||= new Intl.DateTimeFormat(where.language, { dateStyle: "long", timeStyle: "short" }).format(moment);
  const before = message.previousElementSibling;
  // The first one may stand without a day: it is told where days meet. One that has lost those before it keeps its own.
  if (before) tellDay(message, dayOf(moment) === dayOf(Date.parse(timeIn(before).dateTime)) ? "" : nameOfDay(moment, where));
  else if (message.firstElementChild?.className === DAY) tellDay(message, nameOfDay(moment, where));
}

// What is said of a time holds for a minute.
setInterval(() => document.querySelectorAll("li.chat-message").forEach((message) => tellMoment(message)), MINUTE_MS);

/**
 * @param {Element} message
 * @param {string} name none where it is the day of the message before
 */
function tellDay(message, name) {
  const first = message.firstElementChild;
  const shown = first?.className === DAY ? first : null;
  if (!name) return shown?.remove();
  const place = shown ?? document.createElement("p");
  place.className = DAY;
  place.textContent = name;
  if (!shown) message.prepend(place);
}

/**
 * @param {number} moment
 * @param {string} language
 * @param {string} [zone]
 */
function dateOf(moment, language, zone) {
  return new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: zone }).format(moment);
}

/**
 * Find the time of a message; of a new one it is now. Two may be told of in another order than they stand in.
 * @param {Element} message
 */
function timeIn(message) {
  const time = /** @type {HTMLTimeElement} */ (part(message, "time"));
  time.dateTime ||= new Date().toISOString();
  return time;
}
