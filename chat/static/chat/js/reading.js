/**
 * Colours code and draws formulas in what the server has rendered; for every page that shows messages.
 * @module
 */
import { enrich } from "./dom/enrich.js";

enrich(document.querySelectorAll(".chat-message__body"));
setTimeout(() => import("./dom/moments.js").catch(() => {}), 60_000);
