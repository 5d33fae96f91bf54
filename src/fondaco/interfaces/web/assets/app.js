/* The web face's scripts. Everything works on what the server sent; nothing here decides anything about the business. */
import htmx from "htmx.org";
import { csrfToken, say } from "./js/words.js";
import { toast } from "./js/toasts.js";
import "./js/fields.js";
import "./js/menus.js";
import "./js/preferences.js";
import "./js/palette.js";
import "./js/desk.js";
import "./js/focus.js";
import "./js/keys.js";
import "./js/bulk.js";
import "./js/copy.js";
import "./js/leaving.js";
import "./js/calls.js";
import { keepDraft } from "./js/drafts.js";
import { startPicker } from "./js/picker.js";
import { startLines } from "./js/lines.js";
import { startBoard } from "./js/board.js";
import { startSignature } from "./js/signature.js";
import { startAgent } from "./js/agent.js";
import { startConfigurator } from "./js/configurator.js";
import { startWall } from "./js/wall.js";
import { startChat } from "./js/chat.js";

const starters = [["[data-picker]", startPicker], ["[data-lines]", startLines], ["[data-board]", startBoard], ["[data-configurator]", startConfigurator], ["[data-wall]", startWall], ["[data-signs]", startSignature], ["[data-agent]", startAgent], ["[data-chat]", startChat], ["form[data-draft]", keepDraft]];
const started = new WeakSet();

/** Start what the new part of the page brings; each element once. */
function start(root) {
  for (const [selector, begin] of starters) {
    for (const found of [...(root.matches?.(selector) ? [root] : []), ...root.querySelectorAll(selector)]) {
      if (started.has(found)) continue;
      started.add(found);
      begin(found);
    }
  }
}

document.addEventListener("htmx:config:request", (event) => {
  event.detail.ctx.request.headers["X-CSRFToken"] = csrfToken();
});
const working = document.getElementById("working");
let running = 0;
document.addEventListener("htmx:before:request", () => { running += 1; working?.classList.add("on"); });
document.addEventListener("htmx:finally:request", () => { running -= 1; if (running <= 0) working?.classList.remove("on"); });
document.addEventListener("htmx:after:swap", () => start(document));
document.addEventListener("htmx:error", (event) => {
  if (event.detail?.error?.name !== "AbortError") toast({ text: say("no_connection"), tone: "bad" });
});

start(document);
export { htmx };
