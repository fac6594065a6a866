/**
 * The facts about an answer: who wrote it, when, how long it took, what it used.
 * @module
 */
import { openPanel } from "../dom/panels.js";
import { request } from "../transport/api.js";

/** @typedef {import("./message-actions.js").Desk} Desk */
/** @typedef {import("../dom/messages.js").MessageView} MessageView */

/**
 * @param {Desk} desk
 * @param {MessageView} view
 */
export async function openDetails(desk, view) {
  const message = await request("GET", `${desk.config.api_root}messages/${view.id}/`);
  const panel = await openPanel(view, "details");
  const facts = factsOf(message, document.documentElement.lang || "en");
  // The menu that led here has the names of those who can answer.
  const known = desk.page.querySelector(`[data-part=menu] [data-assistant="${CSS.escape(facts.assistant ?? "")}"]`);
  if (known) facts.assistant = known.textContent;
  for (const row of /** @type {NodeListOf<HTMLElement>} */ (panel.querySelectorAll("[data-fact]"))) {
    const fact = facts[row.dataset.fact ?? ""];
    if (fact) /** @type {Element} */ (row.querySelector("code") ?? row.querySelector("dd")).textContent = fact;
    else row.remove();
  }
  panel.focus();
}

/**
 * @param {any} message as the API has it
 * @param {string} language
 * @returns {Record<string, string | null>} without those that are not known
 */
export function factsOf({ model, created_at: createdAt, run }, language) {
  const count = new Intl.NumberFormat(language);
  const seconds = new Intl.NumberFormat(language, { style: "unit", unit: "second", maximumFractionDigits: 1 });
  const milliseconds = new Intl.NumberFormat(language, { style: "unit", unit: "millisecond" });
  /** @param {number | null} ms */
  const took = (ms) => ms === null ? null : ms < 1000 ? milliseconds.format(ms) : seconds.format(ms / 1000);
  const time = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const { usage = null, ttft_ms: wait = null, duration_ms: duration = null } = run ?? {};
  const about = usage?.accuracy === "estimated" ? "≈ " : "";
  return {
    model,
    assistant: run?.assistant ?? null,
    time: time.format(new Date(createdAt)),
    input: usage && about + count.format(usage.input_tokens),
    output: usage && about + count.format(usage.output_tokens),
    cost: usage?.cost ? `$${usage.cost}` : null,
    wait: took(wait),
    duration: took(duration),
    trace: run?.trace_id ?? null,
  };
}
