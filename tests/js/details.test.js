import assert from "node:assert/strict";
import { test } from "node:test";
import { factsOf } from "../../chat/static/chat/js/elements/details.js";

const RUN = { assistant: "general", ttft_ms: 65, duration_ms: 12_345, trace_id: "a7e0" };
const MESSAGE = { model: "echo", created_at: "2026-11-21T07:14:23.950459+00:00" };

test("what is known of an answer is told, counts in the language of the page", () => {
  const usage = { input_tokens: 12_098, output_tokens: 3, accuracy: "exact", cost: "0.000120" };

  const facts = factsOf({ ...MESSAGE, run: { ...RUN, usage } }, "en");

  assert.deepEqual([facts.model, facts.assistant, facts.input, facts.output], ["echo", "general", "12,098", "3"]);
  assert.deepEqual([facts.wait, facts.duration, facts.cost, facts.trace], ["65 ms", "12.3 sec", "$0.000120", "a7e0"]);
  assert.match(factsOf({ ...MESSAGE, run: { ...RUN, usage } }, "ko").duration, /12\.3초/);
});

test("an estimate says that it is one", () => {
  const usage = { input_tokens: 5, output_tokens: 3, accuracy: "estimated", cost: null };

  const facts = factsOf({ ...MESSAGE, run: { ...RUN, usage, ttft_ms: null } }, "en");

  assert.deepEqual([facts.input, facts.output, facts.cost, facts.wait], ["≈ 5", "≈ 3", null, null]);
});

test("of an answer that was copied nothing is known but its model and time", () => {
  const { model, time, ...others } = factsOf({ ...MESSAGE, run: null }, "en");

  assert.equal(model, "echo");
  assert.match(time, /2026/);
  assert.ok(Object.values(others).every((one) => one === null));
});
