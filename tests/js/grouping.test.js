import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { groupOf, isAbove } from "../../chat/static/chat/js/core/grouping.js";

const CASES = JSON.parse(readFileSync(new URL("../golden/grouping.json", import.meta.url), "utf8"));

for (const { moment, now, zone, pinned, group } of CASES) {
  test(`${moment} is ${group} at ${now} in ${zone}`, () => {
    assert.equal(groupOf(Date.parse(moment), { now: Date.parse(now), zone, isPinned: pinned }), group);
  });
}

test("groups stand in one order, months from the newest on", () => {
  const groups = ["2025-12", "week", "2026-10", "today", "pinned", "month", "2026-02", "yesterday"];

  groups.sort((one, other) => (isAbove(one, other) ? -1 : 1));

  assert.deepEqual(groups, ["pinned", "today", "yesterday", "week", "month", "2026-10", "2026-02", "2025-12"]);
  assert.equal(isAbove("today", "today"), false);
});
