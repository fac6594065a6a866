/**
 * The pages beside the conversation (a share, the member's data): copying, code, and a word while a file is
 * imported. They work without it too.
 * @module
 */
import { copy } from "./dom/clipboard.js";
import { enrich } from "./dom/enrich.js";

const MEGABYTE = 1024 * 1024;
const page = /** @type {HTMLElement} */ (document.querySelector("[data-page]"));
const copied = page.dataset.copied ?? "";

page.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest("[data-action]");
  if (!(button instanceof HTMLElement)) return;
  const figure = button.closest("figure");
  switch (button.dataset.action) {
    case "copy-share":
      return void copy(button.dataset.url ?? "", button, copied);
    case "copy-code":
      return void copy(figure?.querySelector("code")?.textContent ?? "", button, copied);
    case "wrap-code":
      return button.setAttribute("aria-pressed", String(figure?.toggleAttribute("data-wrapped")));
    default:
  }
});

page.querySelectorAll("input[readonly]").forEach((input) => {
  input.addEventListener("focus", () => /** @type {HTMLInputElement} */ (input).select());
});

page.querySelector("[data-form=import]")?.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("file"));
  const isTooLarge = (field.files?.[0]?.size ?? 0) > Number(form.dataset.mostMegabytes) * MEGABYTE;
  // Said before it is sent: a server that refuses a large body can hardly be heard.
  field.setCustomValidity(isTooLarge ? (form.dataset.tooLarge ?? "") : "");
  if (!form.reportValidity()) return event.preventDefault();
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
  button.disabled = true;
  button.textContent = form.dataset.busy ?? "";
});
page.querySelector("[name=file]")?.addEventListener("change", (event) => {
  /** @type {HTMLInputElement} */ (event.target).setCustomValidity("");
});

enrich(page.querySelectorAll(".chat-message__body"));
page.dataset.ready = "";
