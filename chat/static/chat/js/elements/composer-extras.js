/**
 * What the composer can do besides text: files, the palette, the gauge of the context. Loaded at the first
 * act that may need it; the composer hears the events.
 * @module
 */
import { paletteWord } from "../core/composing.js";
import { estimateTokens, fullness } from "../core/context.js";
import { forgetOldDrafts } from "../dom/forgetting.js";
import { part } from "../dom/messages.js";

/** The composer's extras. */
export class ComposerExtras {
  #composer;
  #input;
  /** @type {import("./palette.js").Palette | null} */
  #palette = null;
  /** @type {Promise<void> | null} while the palette is being loaded */
  #suggesting = null;
  /** @type {import("./file-tray.js").FileTray | null} */
  #tray = null;

  /**
   * @param {import("./chat-composer.js").ChatComposer} composer
   * @param {HTMLTextAreaElement} input
   * @param {AbortSignal} signal
   */
  constructor(composer, input, signal) {
    this.#composer = composer;
    this.#input = input;
    input.addEventListener("input", () => this.#suggest(), { signal });
    this.#suggest();
    forgetOldDrafts();
  }

  /** The files that can be sent now. */
  get files() {
    return this.#tray?.files ?? [];
  }

  get isUploading() {
    return this.#tray?.isUploading ?? false;
  }

  /** Hand over the files that are to be sent, and offer nothing more. */
  take() {
    this.#palette?.close();
    return this.#tray?.take() ?? [];
  }

  /** Files are being dragged here. */
  expect() {
    void this.#withTray((tray) => tray.expect());
  }

  /** @param {File[]} files */
  give(files) {
    void this.#withTray((tray) => tray.add(files));
  }

  /** @param {any[]} files that could not be sent */
  putBack(files) {
    void this.#withTray((tray) => tray.putBack(files));
  }

  /**
   * True if a key was meant for the palette.
   * @param {KeyboardEvent} event
   */
  onKey(event) {
    return this.#palette?.onKey(event) ?? false;
  }

  /**
   * Choose what the palette offers, else send: who is quicker than the network chooses all the same.
   * @param {() => void} send
   */
  chooseOr(send) {
    const decide = () => {
      if (!this.#palette?.choose()) send();
    };
    if (this.#suggesting) void this.#suggesting.then(decide, decide);
    else decide();
  }

  /** Say how full the model's context is, near its end. */
  showContext() {
    const { used_tokens: used = 0, budget_tokens: budget, budgets } = this.#composer.config;
    const most = budgets?.[this.#composer.model ?? ""] ?? budget;
    const known = used + (this.#tray?.tokens ?? 0);
    // A text has no more tokens than characters: mostly nothing need be counted.
    const isNear = fullness(known + this.#input.value.length, most) !== null;
    const percent = isNear ? fullness(known + estimateTokens(this.#input.value), most) : null;
    const place = part(this.#composer, "context");
    place.hidden = percent === null;
    place.dataset.full = String((percent ?? 0) >= 100);
    part(place, "percent").textContent = `${percent} %`;
  }

  #suggest() {
    const word = paletteWord(this.#input.value);
    if (word === null) this.#palette?.close();
    else if (this.#palette) this.#palette.refresh();
    else this.#suggesting ??= this.#load().finally(() => { this.#suggesting = null; });
  }

  async #load() {
    const { Palette } = await import("./palette.js");
    const palette = new Palette(this.#composer, this.#input, () => paletteWord(this.#input.value));
    await palette.load();
    this.#palette = palette;
    palette.refresh();
  }

  /** @param {(tray: import("./file-tray.js").FileTray) => void} use */
  async #withTray(use) {
    const { FileTray } = await import("./file-tray.js");
    this.#tray ??= new FileTray(this.#composer);
    use(this.#tray);
  }
}
