/**
 * The dialog that shares a conversation by a link, and lists the member's links; loaded when it is first opened.
 * @module
 */
import { copy } from "../dom/clipboard.js";
import { openDialog } from "../dom/dialog.js";
import { part } from "../dom/messages.js";
import { useStyle } from "../dom/style.js";
import { request } from "../transport/api.js";

/**
 * @typedef {object} Share
 * @property {string} id
 * @property {string} conversation
 * @property {string} title
 * @property {string | null} url
 * @property {string | null} expires_at
 * @property {boolean} is_expired
 * @property {number} views
 */

/** @type {WeakMap<HTMLDialogElement, SharingDialog>} */
const wired = new WeakMap();

/**
 * Open the dialog for a conversation.
 * @param {HTMLElement} page
 * @param {string} conversation
 * @param {string} apiRoot
 */
export async function openSharing(page, conversation, apiRoot) {
  const dialog = /** @type {HTMLDialogElement} */ (page.querySelector("[data-dialog=share]"));
  const sharing = wired.get(dialog) ?? new SharingDialog(dialog, `${apiRoot}shares/`);
  wired.set(dialog, sharing);
  await useStyle(new URL("../../css/data.css", import.meta.url));
  sharing.begin(conversation);
  await openDialog(dialog);
}

class SharingDialog {
  #dialog;
  #address;
  #conversation = "";

  /**
   * @param {HTMLDialogElement} dialog
   * @param {string} address
   */
  constructor(dialog, address) {
    this.#dialog = dialog;
    this.#address = address;
    part(dialog, "share-form").addEventListener("submit", (event) => void this.#onSubmit(event));
    dialog.addEventListener("click", (event) => void this.#onClick(event));
    part(dialog, "share-url").addEventListener("focus", (event) => {
      /** @type {HTMLInputElement} */ (event.target).select();
    });
  }

  /** @param {string} conversation */
  begin(conversation) {
    this.#conversation = conversation;
    part(this.#dialog, "share-made").hidden = true;
    this.#fail("");
    void this.#list();
  }

  /** @param {Event} event */
  async #onSubmit(event) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
    const wishes = new FormData(form);
    button.disabled = true;
    this.#fail("");
    try {
      const share = await request("POST", this.#address, {
        conversation: this.#conversation,
        expires_in_days: Number(wishes.get("expires_in_days")) || null,
        with_name: wishes.has("with_name"),
      });
      const field = /** @type {HTMLInputElement} */ (part(this.#dialog, "share-url"));
      field.value = share.url;
      part(this.#dialog, "share-made").hidden = false;
      field.focus();
      await this.#list();
    } catch (error) {
      this.#fail(this.#sentenceOf(error));
    } finally {
      button.disabled = false;
    }
  }

  /** @param {Event} event */
  async #onClick(event) {
    const button = /** @type {Element} */ (event.target).closest("[data-action]");
    if (!(button instanceof HTMLElement)) return;
    const item = /** @type {HTMLElement | null} */ (button.closest("[data-share]"));
    switch (button.dataset.action) {
      case "copy-made":
        return this.#copy(/** @type {HTMLInputElement} */ (part(this.#dialog, "share-url")).value, button);
      case "copy-share":
        return this.#copy(item?.dataset.url ?? "", button);
      case "revoke":
        return item && this.#revoke(item);
      default:
    }
  }

  /**
   * @param {string} text
   * @param {HTMLElement} button
   */
  async #copy(text, button) {
    await copy(text, button, this.#dialog.dataset.copied ?? "");
    this.#say(this.#dialog.dataset.copied ?? "");
  }

  /** @param {HTMLElement} item */
  async #revoke(item) {
    try {
      await request("DELETE", `${this.#address}${item.dataset.share}/`);
    } catch (error) {
      // One that was revoked in another tab is gone as well.
      if (/** @type {{ status?: number }} */ (error).status !== 404) return this.#fail(this.#sentenceOf(error));
    }
    const made = /** @type {HTMLInputElement} */ (part(this.#dialog, "share-url"));
    if (made.value === item.dataset.url) part(this.#dialog, "share-made").hidden = true;
    const next = item.nextElementSibling ?? item.previousElementSibling;
    item.remove();
    const target = next?.querySelector("[data-action=revoke]") ?? this.#dialog.querySelector("[data-action=close]");
    /** @type {HTMLElement} */ (target).focus();
    part(this.#dialog, "share-links").hidden = !next;
    this.#say(this.#dialog.dataset.revoked ?? "");
  }

  async #list() {
    try {
      const { results } = await request("GET", this.#address);
      part(this.#dialog, "share-list").replaceChildren(...results.map((/** @type {Share} */ one) => this.#row(one)));
      part(this.#dialog, "share-links").hidden = !results.length;
    } catch {
      // The links are listed on their page as well; what was asked for here was another one.
      part(this.#dialog, "share-links").hidden = true;
    }
  }

  /** @param {Share} share */
  #row(share) {
    const template = /** @type {HTMLTemplateElement} */ (this.#dialog.querySelector("template[data-template=share]"));
    const fragment = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    const item = /** @type {HTMLElement} */ (fragment.querySelector("li"));
    item.dataset.share = share.id;
    item.dataset.url = share.url ?? "";
    const title = /** @type {HTMLAnchorElement} */ (part(item, "share-title"));
    title.textContent = share.title || (this.#dialog.dataset.untitled ?? "");
    if (share.url) title.href = share.url;
    part(item, "share-facts").textContent = `${this.#ends(share)} · ${this.#filled("views", String(share.views))}`;
    /** @type {HTMLElement} */ (item.querySelector("[data-action=copy-share]")).hidden = !share.url || share.is_expired;
    return item;
  }

  /** @param {Share} share */
  #ends(share) {
    if (share.is_expired) return this.#dialog.dataset.expired ?? "";
    if (!share.expires_at) return this.#dialog.dataset.never ?? "";
    const language = document.documentElement.lang || undefined;
    return this.#filled("until", new Date(share.expires_at).toLocaleDateString(language, { dateStyle: "medium" }));
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  #filled(name, value) {
    return (this.#dialog.dataset[name] ?? "").replace("%s", () => value);
  }

  /** @param {unknown} error */
  #sentenceOf(error) {
    const { error: body, status } = /** @type {{ error?: any, status?: number }} */ (error);
    const fields = Object.values(body?.fields ?? {}).flat();
    return fields.join(" ") || (status && body?.message) || (this.#dialog.dataset.failed ?? "");
  }

  /** @param {string} sentence */
  #fail(sentence) {
    const line = part(this.#dialog, "share-error");
    line.textContent = sentence;
    line.hidden = !sentence;
  }

  /** @param {string} sentence */
  #say(sentence) {
    part(this.#dialog, "share-status").textContent = sentence;
  }
}
