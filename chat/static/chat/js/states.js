/**
 * Brings the page into a state that only scripts can; see chat/views/states/. Not part of the page itself.
 * @module
 */
import { MessageView, part } from "./dom/messages.js";
import { Notices } from "./elements/notices.js";

const config = JSON.parse(document.getElementById("chat-config")?.textContent ?? "{}");
const page = /** @type {HTMLElement} */ (document.querySelector("chat-page"));

/** @param {string} role */
function last(role) {
  const items = [...page.querySelectorAll(`li[data-role="${role}"]`)];
  return new MessageView(/** @type {HTMLElement} */ (items.at(-1)), config.strings);
}

const notices = new Notices(page, config.strings, config.login_url);

function busy() {
  page.querySelector("chat-composer")?.setAttribute("busy", "");
}

/** @type {Record<string, () => void>} */
const STATES = {
  loading() {
    const place = part(page, "older");
    place.hidden = false;
    place.ariaBusy = "true";
  },
  thinking() {
    last("assistant").replace("");
    last("assistant").begin();
    busy();
  },
  streaming() {
    last("assistant").begin();
    busy();
  },
  reconnecting() {
    busy();
    const place = part(page, "connection");
    const draw = () => {
      place.hidden = false;
      part(place, "words").textContent = config.strings.reconnecting;
      part(place, "seconds").textContent = config.strings.inSeconds.replace("%s", "4");
    };
    draw();
    // The page itself has a connection, and says so.
    new MutationObserver(() => place.hidden && draw()).observe(place, { attributeFilter: ["hidden"] });
  },
  lost() {
    last("assistant").showError(config.strings.connectionLost, { action: config.strings.resume });
  },
  offline() {
    /** @type {HTMLElement} */ (page.querySelector("[data-part=offline]")).hidden = false;
  },
  waiting() {
    last("assistant").element.remove();
    last("user").wait(config.strings.willBeSent, config.strings.withdraw);
  },
  signedOut() {
    notices.signedOut();
  },
};

const direction = new URLSearchParams(location.search).get("dir");
if (direction) document.documentElement.dir = direction;
const name = /** @type {HTMLElement | null} */ (document.querySelector("script[data-state]"))?.dataset.state ?? "";
// The page itself comes first.
const observer = new MutationObserver(begin);
observer.observe(page, { attributeFilter: ["data-ready"] });
begin();

function begin() {
  if (page.dataset.ready === undefined) return;
  observer.disconnect();
  STATES[name]?.();
  page.dataset.state = name || "none";
}
