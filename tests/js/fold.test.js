import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { delayMs } from "../../chat/static/chat/js/core/backoff.js";
import { NOTHING, fold, leavesGap } from "../../chat/static/chat/js/core/fold.js";
import { safeAddress } from "../../chat/static/chat/js/core/links.js";

const folder = new URL("../golden/streams/", import.meta.url);
const streams = readdirSync(folder).map((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")));
const foldAll = (events, held = NOTHING) => events.reduce(fold, held);
const endings = { completed: "done", cancelled: "done", failed: "error", interrupted: "error" };

for (const { name, events, answer, status } of streams) {
  test(`${name}: folding all events gives the answer`, () => {
    const whole = foldAll(events);
    assert.equal(whole.content, answer);
    assert.equal(whole.end.type, endings[status]);
    assert.ok(!events.some((event, index) => index && leavesGap(foldAll(events.slice(0, index)), event)));
  });

  test(`${name}: at every cut a snapshot and the rest make the whole`, () => {
    const whole = foldAll(events);
    for (let cut = 0; cut < events.length; cut += 1) {
      const held = foldAll(events.slice(0, cut));
      const { content, sources, steps } = held;
      const snapshot = { seq: held.lastSeq, type: "snapshot", content, sources, steps };
      const resumed = { ...foldAll([{ ...snapshot, seq: Math.max(1, snapshot.seq) }]), lastSeq: held.lastSeq };
      const rest = foldAll(events.slice(cut), resumed);
      assert.deepEqual(
        [rest.content, rest.sources, rest.steps, rest.end],
        [whole.content, whole.sources, whole.steps, whole.end],
      );
    }
  });

  test(`${name}: hearing events twice changes nothing`, () => {
    assert.deepEqual(foldAll([...events, ...events]), foldAll(events));
  });
}

test("a gap is seen, unless a snapshot follows it", () => {
  const held = foldAll([{ seq: 1, type: "token", content: "a" }]);
  assert.ok(leavesGap(held, { seq: 3, type: "token", content: "c" }));
  assert.ok(!leavesGap(held, { seq: 2, type: "token", content: "b" }));
  assert.ok(!leavesGap(held, { seq: 9, type: "snapshot", content: "abc" }));
});

test("tries come later and later, never all at once, and never later than the cap allows", () => {
  const middles = [0, 1, 2, 3, 4, 5, 20].map((attempt) => delayMs(attempt, () => 0.5));
  assert.deepEqual(middles, [500, 1000, 2000, 4000, 8000, 15000, 15000]);
  assert.equal(delayMs(0, () => 0), 375);
  assert.equal(delayMs(0, () => 1), 625);
});

test("only web and mail addresses are linked", () => {
  assert.equal(safeAddress("https://a.example/"), "https://a.example/");
  assert.equal(safeAddress("MAILTO:a@b.example"), "MAILTO:a@b.example");
  for (const address of ["javascript:x", " https://a.example", "https://a\u202e.example", "//a", "/a", ""]) {
    assert.equal(safeAddress(address), "");
  }
});
