/**
 * How full the model's context is.
 * @module
 */

/** What is written of the context from this share of the budget on. */
const TOLD_FROM = 0.8;

/**
 * The server's rule (chat/token_estimate.py): four Latin characters make a token, a Korean, Japanese or
 * Chinese one about one.
 * @param {string} text
 */
export function estimateTokens(text) {
  const bytes = new TextEncoder().encode(text).length;
  const characters = [...text].length;
  const wide = Math.floor((bytes - characters) / 2);
  return wide + Math.floor((characters - wide + 3) / 4);
}

/**
 * Return the percentage of the budget that is used, or null where there is nothing to tell.
 * @param {number} used
 * @param {number} budget
 */
export function fullness(used, budget) {
  return budget > 0 && used >= budget * TOLD_FROM ? Math.min(999, Math.round((used / budget) * 100)) : null;
}
