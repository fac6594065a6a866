import assert from "node:assert/strict";
import { test } from "node:test";

import { later } from "../../chat/static/chat/js/core/later.js";

test("what is loaded later is loaded once, and again where it could not be loaded", async () => {
  let asked = 0;
  const load = later(async () => {
    asked += 1;
    if (asked === 1) throw new TypeError("no network");
    return "module";
  });

  const first = [load(), load()];
  assert.equal(first[0], first[1]);
  await assert.rejects(first[0], TypeError);
  assert.deepEqual([await load(), await load()], ["module", "module"]);
  assert.equal(asked, 2);
});
