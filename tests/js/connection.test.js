import assert from "node:assert/strict";
import { test } from "node:test";

import { QUIET_MS, TRANSITIONS, UNTRIED, after, drawn } from "../../chat/static/chat/js/core/connection.js";

const GIVEN = { nowMs: 0, mostTries: 3, random: () => 0.5 };
const happen = (happenings, connection = UNTRIED, given = {}) =>
  happenings.reduce((held, happening) => after(held, happening, { ...GIVEN, ...given }), connection);
const phases = ["connecting", "live", "reconnecting", "offline", "signed-out", "lost"];

test("every happening leads from every phase to a phase", () => {
  for (const happening of Object.keys(TRANSITIONS)) {
    for (const phase of phases) {
      const next = after({ ...UNTRIED, phase }, happening, GIVEN);
      assert.ok(phases.includes(next.phase), `${happening} in ${phase}`);
      // Who waits has a time when the waiting ends, unless a person ends it.
      if (next.phase === "reconnecting" && happening === "broken") assert.notEqual(next.retryAtMs, null);
      if (next.phase === "lost") assert.equal(next.retryAtMs, null);
    }
  }
});

test("each broken connection waits longer than the one before, up to a quarter of a minute", () => {
  let connection = happen(["opened"]);
  const waits = [];
  for (let count = 0; count < 8; count += 1) {
    connection = happen(["broken"], connection, { mostTries: 20 });
    waits.push(connection.retryAtMs);
  }
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
});

test("clients of one server do not come back all at once", () => {
  const wait = (random) => happen(["broken"], UNTRIED, { random: () => random }).retryAtMs;
  assert.deepEqual([wait(0), wait(1)], [375, 625]);
});

test("a server that accepts and says nothing is asked less and less often", () => {
  const connection = happen(["opened", "broken", "opened", "broken", "opened", "broken"]);
  assert.equal(connection.attempt, 3);
});

test("what is heard ends the trouble", () => {
  const connection = happen(["broken", "broken", "opened", "heard"]);
  assert.deepEqual(connection, { phase: "live", attempt: 0, brokenAtMs: null, retryAtMs: null });
});

test("after as many tries as the settings say a person decides, and counts anew", () => {
  const lost = happen(["broken", "broken", "broken", "broken"]);
  assert.equal(happen(["broken", "broken", "broken"]).phase, "reconnecting");
  assert.equal(lost.phase, "lost");
  assert.deepEqual(["reconnecting", 1], [happen(["wished", "broken"], lost).phase, happen(["wished", "broken"], lost).attempt]);
});

test("a device that says it is offline is not believed for ever", () => {
  const offline = happen(["opened", "heard", "unplugged", "broken", "broken", "broken", "broken", "broken"]);
  assert.equal(offline.phase, "offline");
  assert.notEqual(offline.retryAtMs, null);
  assert.equal(happen(["opened"], offline).phase, "live");
});

test("who is signed out is not asked again until they are back", () => {
  const refused = happen(["opened", "heard", "refused"]);
  assert.deepEqual([refused.phase, refused.retryAtMs], ["signed-out", null]);
  assert.equal(happen(["wished", "opened"], refused).phase, "live");
});

test("a restart of the server is not worth a word", () => {
  const broken = happen(["opened", "heard", "broken"]);
  assert.equal(drawn(broken, QUIET_MS - 1).phase, "live");
  assert.equal(drawn(broken, QUIET_MS).phase, "reconnecting");
  assert.equal(drawn(happen(["broken", "opened"]), QUIET_MS * 10).phase, "live");
});

test("the seconds until the next try are counted down", () => {
  const connection = happen(["broken", "broken", "broken"]);
  assert.equal(drawn(connection, 0).seconds, 0);
  assert.equal(drawn({ ...connection, retryAtMs: 4000 }, QUIET_MS).seconds, 3);
  assert.equal(drawn({ ...connection, retryAtMs: 4000 }, 5000).seconds, 0);
});
