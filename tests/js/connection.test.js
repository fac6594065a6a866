import assert from "node:assert/strict";
import { test } from "node:test";

import { GIVE_UP_MS } from "../../chat/static/chat/js/core/backoff.js";
import { UNTRIED, after, waitMs } from "../../chat/static/chat/js/core/connection.js";

const happen = (happenings, connection = UNTRIED, nowMs = 0) =>
  happenings.reduce((held, happening) => after(held, happening, nowMs), connection);

test("a connection that is accepted is live", () => {
  assert.equal(UNTRIED.phase, "connecting");
  assert.equal(happen(["opened"]).phase, "live");
});

test("each broken connection waits longer than the one before", () => {
  const first = happen(["opened", "broken"]);
  const second = happen(["broken"], first);
  assert.deepEqual([first.phase, first.attempt], ["reconnecting", 1]);
  assert.equal(waitMs(first, () => 0.5), 500);
  assert.equal(waitMs(second, () => 0.5), 1000);
});

test("a server that accepts and says nothing is asked less and less often", () => {
  const connection = happen(["opened", "broken", "opened", "broken", "opened", "broken"]);
  assert.equal(connection.attempt, 3);
});

test("what is heard ends the trouble", () => {
  const connection = happen(["broken", "broken", "opened", "heard"]);
  assert.deepEqual(connection, { phase: "live", attempt: 0, brokenAtMs: null });
  assert.equal(happen(["broken"], connection, GIVE_UP_MS * 5).phase, "reconnecting");
});

test("after two minutes without a word a person decides", () => {
  const early = happen(["broken"], happen(["broken"]), GIVE_UP_MS);
  const late = happen(["broken"], early, GIVE_UP_MS + 1);
  assert.equal(early.phase, "reconnecting");
  assert.equal(late.phase, "lost");
});

test("a wish to try again counts anew", () => {
  const lost = happen(["broken"], happen(["broken"]), GIVE_UP_MS + 1);
  const again = happen(["wished", "broken"], lost, GIVE_UP_MS + 2);
  assert.deepEqual([again.phase, again.attempt], ["reconnecting", 1]);
});
