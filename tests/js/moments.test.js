import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mock, test } from "node:test";
import { makeContainer } from "./dom.js";

// Its clock would keep this process running.
mock.timers.enable({ apis: ["setInterval"] });
const { ageOf, nameOfDay, tellMoment } = await import("../../chat/static/chat/js/dom/moments.js");

const GOLDEN = JSON.parse(readFileSync(new URL("../golden/moments.json", import.meta.url), "utf8"));
const HOUR_MS = 3_600_000;

document.documentElement = { lang: "en" };

/** A list of messages that were written then, as much of them as moments need. */
function listed(...moments) {
  const list = makeContainer();
  for (const moment of moments) {
    const message = document.createElement("li");
    const time = document.createElement("time");
    time.dateTime = moment ? new Date(moment).toISOString() : "";
    message.querySelector = () => time;
    message.append(document.createElement("article"));
    list.append(Object.assign(message, { time }));
  }
  return list.childNodes;
}

const dayIn = ({ firstElementChild: first }) => (first.className === "chat-day" ? first.textContent : null);

test("the page says of a moment what the server says", () => {
  for (const { moment, now, zone, language, words, day } of GOLDEN) {
    const where = { now: Date.parse(now), zone, language };
    assert.equal(ageOf(Date.parse(moment), where), words);
    assert.equal(nameOfDay(Date.parse(moment), where), day);
  }
});

test("a message that comes live on a later day than the one before it stands under its day", () => {
  const [before, first, second] = listed(Date.now() - 50 * HOUR_MS, "", "");

  // Modules may be loaded in another order than they were asked for.
  [before, second, first].forEach(tellMoment);

  assert.deepEqual([before, first, second].map(dayIn), [null, "Today", null]);
  assert.deepEqual([first.time.textContent, second.time.textContent], ["now", "now"]);
  assert.ok(Date.now() - Date.parse(first.time.dateTime) < HOUR_MS);
  assert.match(first.time.title, new RegExp(new Date().getFullYear()));
});

test("where earlier messages of the same day come before it, the day goes up to them", () => {
  const [old, earlier, later] = listed(Date.now() - 90 * HOUR_MS, Date.now() - 50 * HOUR_MS, Date.now() - 50 * HOUR_MS);
  const day = Object.assign(document.createElement("p"), { className: "chat-day", textContent: "then" });
  later.prepend(day);

  [old, earlier, later].forEach(tellMoment);

  assert.deepEqual([old, later].map(dayIn), [null, null]);
  assert.match(dayIn(earlier), /\d{4}/);
});

test("a day that stands above the first message stays, and gets the name that it has by now", () => {
  const [first] = listed(Date.now() - 24 * HOUR_MS);
  first.prepend(Object.assign(document.createElement("p"), { className: "chat-day", textContent: "Today" }));

  tellMoment(first);

  assert.equal(dayIn(first), "Yesterday");
});
