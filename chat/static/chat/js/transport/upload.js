/**
 * Uploads one file, and says how far it is: `fetch` cannot say that.
 * @module
 */
import { ApiError, csrfToken } from "./api.js";

/**
 * Return the JSON of the answer. Throws ApiError; an aborted upload never ends.
 * @param {string} url
 * @param {File} file
 * @param {{ signal: AbortSignal, onProgress: (share: number) => void }} options
 * @returns {Promise<any>}
 */
export function upload(url, file, { signal, onProgress }) {
  const form = new FormData();
  form.append("file", file, file.name);
  const sending = new XMLHttpRequest();
  sending.open("POST", url);
  sending.responseType = "json";
  sending.setRequestHeader("Accept", "application/json");
  sending.setRequestHeader("X-CSRFToken", csrfToken());
  sending.upload.addEventListener("progress", ({ loaded, total }) => onProgress(loaded / (total || 1)));
  signal.addEventListener("abort", () => sending.abort());
  return new Promise((resolve, reject) => {
    sending.addEventListener("load", () => {
      if (sending.status === 201) resolve(sending.response);
      else reject(new ApiError(sending.status, sending.response?.error));
    });
    sending.addEventListener("error", () => reject(new ApiError(0, undefined)));
    sending.send(form);
  });
}
