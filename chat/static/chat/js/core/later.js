/**
 * What is loaded when it is first needed.
 * @module
 */

/**
 * Return what loads it once; what could not be loaded is tried again.
 * @template T
 * @param {() => Promise<T>} load
 */
export function later(load) {
  /** @type {Promise<T> | null} */
  let loading = null;
  return () => {
    loading ??= load().catch((error) => {
      loading = null;
      throw error;
    });
    return loading;
  };
}
