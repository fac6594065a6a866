/**
 * Talks JSON with the server.
 * @module
 */

import { delayMs } from "../core/backoff.js";

/** An answer that is no success; status 0 is a lost network. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {any} error the object that the server sent, if it did
   * @param {number} retryAfterSeconds
   */
  constructor(status, error, retryAfterSeconds = 0) {
    super(error?.message ?? `status ${status}`);
    this.status = status;
    this.code = error?.code ?? "";
    this.error = error ?? {};
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** True if the same request may succeed later: it is repeated with the same id, so it is never done twice. */
  get isPassing() {
    return this.status === 0 || this.status >= 500;
  }
}

/**
 * Send a request and return the JSON of its answer; null where there is none. Throws ApiError.
 * @param {string} method
 * @param {string} url
 * @param {object} [body]
 * @param {AbortSignal} [signal]
 */
export async function request(method, url, body, signal) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(url, { method, headers, body: body && JSON.stringify(body), signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, undefined);
  }
  if (response.status === 204) return null;
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  const answer = isJson ? await response.json().catch(() => ({})) : {};
  if (!response.ok) {
    throw new ApiError(response.status, answer.error, Number(response.headers.get("Retry-After")) || 0);
  }
  return answer;
}

/**
 * Tell the server something that nobody waits for; it goes out also where the page is being left.
 * @param {string} url
 * @param {object} body
 */
export function tell(url, body) {
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrfToken() };
  // What is lost on the way is missed by nobody.
  fetch(url, { method: "POST", headers, body: JSON.stringify(body), keepalive: true }).catch(() => {});
}

/**
 * Do a request until the network and the server are back, or nobody wants it any more; the same request
 * twice is one turn.
 * @template T
 * @param {() => Promise<T>} attempt
 * @param {{ signal: AbortSignal, onWait: () => void }} options
 * @returns {Promise<T>}
 */
export async function persistently(attempt, { signal, onWait }) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ApiError) || !error.isPassing || signal.aborted) throw error;
      onWait();
      await untilTimeOrNetwork(Math.max(delayMs(tries), error.retryAfterSeconds * 1000), signal);
    }
  }
}

/**
 * Wait that long, but no longer than until the network is back.
 * @param {number} ms
 * @param {AbortSignal} signal ends the wait too
 */
async function untilTimeOrNetwork(ms, signal) {
  const over = new AbortController();
  await new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const end = () => { clearTimeout(timer); resolve(null); };
    window.addEventListener("online", end, { signal: over.signal });
    signal.addEventListener("abort", end, { signal: over.signal });
  });
  over.abort();
}

/** The token of the cookie is the newest; where a site hides the cookie from scripts, the form has one. */
export function csrfToken() {
  const field = /** @type {HTMLInputElement | null} */ (document.querySelector("[name=csrfmiddlewaretoken]"));
  return cookie("csrftoken") || (field?.value ?? "");
}

/** @param {string} name */
function cookie(name) {
  const found = document.cookie.split("; ").find((one) => one.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}
