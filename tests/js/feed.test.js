import assert from "node:assert/strict";
import { test } from "node:test";

import { Feed } from "../../chat/static/chat/js/transport/feed.js";

const READY = 'data: {"type":"ready","now":"2026-01-01T00:00:00Z","is_stale":false}\n\n';

/** Have a feed connect to a server that ends each answer in order; return the phases and the waits. */
async function listen(headers, body = READY) {
  const phases = [];
  const waits = [];
  let answered = 0;
  globalThis.window = new EventTarget();
  globalThis.document = new EventTarget();
  globalThis.fetch = async () => {
    answered += 1;
    return new Response(body, { headers });
  };
  // Time passes at once, as often as the server is to be asked, and is noted.
  const silences = new Set();
  globalThis.window.setTimeout = (later, delay) => {
    if (delay === 25_000) return silences.add(later).size;
    waits.push(delay);
    if (waits.length < 4) queueMicrotask(later);
    return 0;
  };
  const hearing = { onNotice() {}, onEvent() {}, onState: ({ phase }) => phases.push(phase) };
  const feed = new Feed({ url: "http://chat.example/feed/", since: "2026-01-01T00:00:00Z", most_tries: 3 }, hearing);
  feed.show("");
  while (answered < 4 || waits.length < 4) {
    await new Promise((resolve) => { setImmediate(resolve); });
    if (phases.includes("lost")) break;
  }
  feed.close();
  return { phases, waits };
}

test("a server that cannot stream is looked at every few seconds, and nobody is told of trouble", async () => {
  const { phases, waits } = await listen({ "X-Chat-Warning": "wsgi" });
  assert.deepEqual([...new Set(phases)], ["live"]);
  for (const wait of waits) assert.ok(wait > 4_000 && wait <= 5_000, String(wait));
});

test("where something between ends each stream at once, the page goes on by looking", async () => {
  const { phases, waits } = await listen({});
  assert.equal(phases.at(-1), "live");
  assert.ok(!phases.includes("lost"));
  assert.ok(waits[1] < waits[2] && waits[2] <= 5_000 && waits[3] > 4_000, String(waits));
});

test("a server that accepts and says nothing is asked less and less often, and then no more", async () => {
  const { phases } = await listen({}, "");
  assert.equal(phases.at(-1), "lost");
});
