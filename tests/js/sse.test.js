import assert from "node:assert/strict";
import { test } from "node:test";

import { SseParser } from "../../chat/static/chat/js/core/sse.js";

function heard(pieces) {
  const events = [];
  const parser = new SseParser((event) => events.push(event));
  for (const piece of pieces) parser.feed(piece);
  return events;
}

const STREAM = "\uFEFFretry: 1000\n\n: keep-alive\n\nid: a:1\ndata: one\n\ndata:two\ndata: three\n\nid: a:2\r\ndata: 한국어 🚄\r\n\r\nid: a:3\rdata\r\r";
const EVENTS = [
  { id: "a:1", data: "one" },
  { id: "", data: "two\nthree" },
  { id: "a:2", data: "한국어 🚄" },
  { id: "a:3", data: "" },
];

test("lines of every kind are read, and an event without a number has none", () => {
  // The carriage return at the very end could be half of a line's end.
  assert.deepEqual(heard([STREAM, "\n"]), EVENTS);
});

test("wherever the network cuts the stream, the events are the same", () => {
  for (let cut = 0; cut <= STREAM.length; cut += 1) {
    assert.deepEqual(heard([STREAM.slice(0, cut), STREAM.slice(cut), "\n"]), EVENTS, `cut at ${cut}`);
  }
  assert.deepEqual(heard([...STREAM.split(""), "\n"]), EVENTS);
});

test("half an event, comments and unknown fields are no events", () => {
  assert.deepEqual(heard(["data: half", ""]), []);
  assert.deepEqual(heard([": data: no\n\nevent: x\n\nid: 1\n\n"]), []);
});

test("an id with a NUL is none", () => {
  assert.deepEqual(heard(["id: a\0b\ndata: x\n\n"]), [{ id: "", data: "x" }]);
});
