/**
 * Tells by a notification that an answer is ready, where the member asked for it. Loaded when one is ready.
 * @module
 */
import { writeOption } from "../core/options.js";

const OPTION = "notify";

/**
 * The words of the answer stay in the page: a locked screen shows what is here.
 * @param {string} words
 * @param {string} title the conversation's
 */
export function notify(words, title) {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const notification = new Notification(words, { body: title, tag: location.pathname });
  notification.onclick = () => {
    window.focus();
    notification.close();
  };
}

/**
 * Ask the browser, which may refuse: the switch must not promise what will not come.
 * @param {HTMLInputElement} option
 */
export async function askToNotify(option) {
  const permission = "Notification" in window ? await Notification.requestPermission() : "denied";
  if (permission === "granted") return;
  option.checked = false;
  writeOption(OPTION, false);
}
