/**
 * Defines the page's elements.
 * @module
 */
import { ChatComposer } from "./elements/chat-composer.js";
import { ChatPage } from "./elements/chat-page.js";

customElements.define("chat-composer", ChatComposer);
customElements.define("chat-page", ChatPage);
