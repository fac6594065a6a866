/**
 * Another answer to what was asked: once more, or the rest of one that was cut. Loaded with the first wish for one.
 * @module
 */
import { newId } from "../core/identity.js";
import { replaceAnswer, writeOn } from "../dom/replacing.js";
import { request } from "../transport/api.js";

/** @typedef {import("./message-actions.js").Desk} Desk */
/** @typedef {import("../dom/messages.js").MessageView} MessageView */

const UNFINISHED = new Set(["failed", "interrupted"]);

/**
 * Have an answer given once more, or the rest of one.
 * @param {Desk} desk
 * @param {MessageView} view
 * @param {{ action?: "regenerate" | "continue", body?: object }} [wish]
 */
export async function answerAgain({ config, conversing, notices, transcript }, view, { action = "regenerate", body = {} } = {}) {
  if (conversing.isBusy || !view.id) return;
  notices.clear();
  const askedAtMs = performance.now();
  try {
    const url = `${config.api_root}messages/${view.id}/${action}/`;
    await conversing.mirror.hold(async () => {
      const turn = await request("POST", url, { client_message_id: newId(), ...body });
      const said = action === "continue" ? view.source : "";
      const isQuestion = view.element.dataset.role === "user";
      const answer = isQuestion ? transcript.add("assistant") : replaceAnswer(transcript, view);
      // A question that has an answer has no such button.
      if (isQuestion) writeOn();
      answer.id = turn.assistant_message.id;
      conversing.follow(turn.run, answer, { askedAtMs, said });
    });
  } catch (error) {
    await conversing.trouble(error);
  }
}

/**
 * Go on with an answer that broke off: show it if it was finished meanwhile, and only if it really failed ask
 * for another one.
 * @param {Desk} desk
 * @param {MessageView} view
 */
export async function retry(desk, view) {
  const { mirror } = desk.conversing;
  try {
    const { current, page } = await mirror.stored();
    const isFailed = page.results.some((/** @type {any} */ one) => one.id === view.id && UNFINISHED.has(one.status));
    if (isFailed && !current.active_run) await answerAgain(desk, view);
    else await mirror.show(current, page);
  } catch (error) {
    await desk.conversing.trouble(error);
  }
}
