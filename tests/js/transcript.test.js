import assert from "node:assert/strict";
import { test } from "node:test";
import { Transcript } from "../../chat/static/chat/js/dom/transcript.js";

/** A message with its two thumbs, as much of it as ratings need. */
function answer(id, pressed) {
  const thumb = (name) => ({
    pressed: String(name === pressed),
    setAttribute(_name, value) { this.pressed = value; },
  });
  const thumbs = { good: thumb("good"), bad: thumb("bad") };
  return {
    thumbs,
    dataset: { id },
    closest() { return this; },
    querySelector: (selector) => thumbs[/data-action=(\w+)/.exec(selector)?.[1]] ?? null,
  };
}

test("thumbs are shown as they are, also where one was taken back", () => {
  const [given, changed, taken] = [answer("a"), answer("b", "bad"), answer("c", "good")];
  const list = { children: [given, changed, taken] };
  const transcript = new Transcript({ querySelector: () => list }, {});

  transcript.showRatings({ a: -1, b: 1, elsewhere: 1 });

  const pressed = [given, changed, taken].map(({ thumbs }) => [thumbs.good.pressed, thumbs.bad.pressed]);
  assert.deepEqual(pressed, [["false", "true"], ["true", "false"], ["false", "false"]]);
});
