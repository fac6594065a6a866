/**
 * How the list of conversations is grouped by days, as chat/views/grouping.py does it. Plain functions.
 * @module
 */

const DAY_MS = 86_400_000;
/** @type {readonly [string, number][]} */
const AGES = [["today", 0], ["yesterday", 1], ["week", 7], ["month", 30]];
const ORDER = ["pinned", "today", "yesterday", "week", "month"];

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * Return the group of what was last used at a moment: a word, or a month such as 2026-09.
 * @param {number} moment in milliseconds
 * @param {{ now: number, zone?: string, isPinned?: boolean }} where without a zone that of the browser
 */
export function groupOf(moment, { now, zone, isPinned = false }) {
  if (isPinned) return "pinned";
  const day = dayOf(moment, zone);
  const age = Math.round((Date.parse(dayOf(now, zone)) - Date.parse(day)) / DAY_MS);
  return AGES.find(([, most]) => age <= most)?.[0] ?? day.slice(0, 7);
}

/**
 * True if a group stands above another one.
 * @param {string} group
 * @param {string} other
 */
export function isAbove(group, other) {
  const [place, otherPlace] = [group, other].map((one) => (ORDER.indexOf(one) + ORDER.length + 1) % (ORDER.length + 1));
  return place === otherPlace ? group > other : place < otherPlace;
}

/**
 * Return the day of a moment, such as 2026-09-30.
 * @param {number} moment
 * @param {string} [zone]
 */
export function dayOf(moment, zone) {
  const known = formats.get(zone ?? "");
  const format = known ?? new Intl.DateTimeFormat("en-CA", {
    timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit",
  });
  if (!known) formats.set(zone ?? "", format);
  return format.format(moment);
}
