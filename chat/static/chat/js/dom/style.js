/**
 * Style sheets of what is not there at first sight.
 * @module
 */

/** @type {Map<string, Promise<void>>} */
const used = new Map();

/**
 * Load a style sheet once; resolves when it holds, and also when it cannot be had: unstyled words can be read.
 * @param {URL} url
 * @returns {Promise<void>}
 */
export function useStyle(url) {
  const known = used.get(url.href);
  if (known) return known;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = url.href;
  const loaded = new Promise((resolve) => {
    link.addEventListener("load", () => resolve(undefined));
    link.addEventListener("error", () => resolve(undefined));
  });
  used.set(url.href, /** @type {Promise<void>} */ (loaded));
  document.head.append(link);
  return /** @type {Promise<void>} */ (loaded);
}
