import assert from "node:assert/strict";
import test from "node:test";
import { STALL_MS, begun, heard, reconnected, reportOf } from "../../chat/static/chat/js/core/experience.js";

test("the wait for the first text is measured from the click", () => {
  assert.deepEqual(reportOf(heard(begun(100), 350.4)), { ttft_ms: 250, stalls: 0, reconnects: 0 });
});

test("a page that was opened in the middle of an answer has no wait to tell of", () => {
  assert.equal(reportOf(heard(begun(null), 350)).ttft_ms, null);
});

test("an answer without a word has no first one", () => {
  assert.equal(reportOf(begun(100)).ttft_ms, null);
});

test("a pause counts as a stall once it is noticed, and once", () => {
  const first = heard(begun(0), 10);
  const soon = heard(first, 10 + STALL_MS);
  const late = heard(soon, 11 + 2 * STALL_MS);
  assert.deepEqual([soon.stalls, late.stalls, heard(late, late.heardAtMs + 1).stalls], [0, 1, 1]);
});

test("each connection that came back counts", () => {
  assert.equal(reportOf(reconnected(reconnected(begun(0)))).reconnects, 2);
});
