/**
 * Colours code and draws formulas in what the server has rendered; for every page that shows messages.
 * @module
 */
import { enrich } from "./dom/enrich.js";

enrich(document.querySelectorAll(".chat-message__body"));
// What was said of times holds for a minute.
setTimeout(() => import("./dom/moments.js").then(({ keepTime }) => keepTime(), () => {}), 60_000);
