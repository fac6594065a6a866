/**
 * The page's colours, as a member chooses them.
 * @module
 */
const THEMES = ["auto", "light", "dark"];
const COOKIE_SECONDS = 31_536_000;

/**
 * Go from the system's colours to light, to dark, and back.
 * @param {HTMLElement} page
 * @returns {string} the name of what is shown now
 */
export function nextTheme(page) {
  const next = THEMES[(THEMES.indexOf(page.dataset.theme ?? "auto") + 1) % THEMES.length];
  page.dataset.theme = next;
  document.documentElement.dataset.theme = next;
  document.cookie = `chat_theme=${next}; path=/; max-age=${COOKIE_SECONDS}; samesite=lax`;
  return next;
}
