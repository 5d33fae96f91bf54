/* Short messages that do not stand in the way. From the page (#flashes), from HX-Trigger: {"toast": {...}}, or from scripts. */
import { csrfToken, element, icon, say } from "./words.js";

const icons = { done: "done", wait: "warning", bad: "warning", info: "info" };

/** @param {{text: string, tone?: "done"|"wait"|"bad"|"info", undo_url?: string, undo_label?: string, url?: string, url_label?: string}} message */
export function toast(message) {
  const tray = document.getElementById("toasts");
  if (!tray) return;
  const close = element("button", { type: "button", class: "toast-close", "aria-label": say("close") }, icon("close"));
  const made = element("div", { class: "toast" }, icon(icons[message.tone] ?? "done"), element("p", {}, message.text));
  if (message.url) made.append(element("a", { class: "toast-act", href: message.url }, message.url_label ?? say("open")));
  if (message.undo_url) {
    made.append(element("form", { method: "post", action: message.undo_url },
      element("input", { type: "hidden", name: "csrfmiddlewaretoken", value: csrfToken() }),
      element("button", { type: "submit" }, message.undo_label ?? say("undo"))));
  }
  made.append(close);
  close.addEventListener("click", () => made.remove());
  tray.append(made);
  while (tray.childElementCount > 4) tray.firstElementChild.remove();
  // What offers a way back or tells of trouble waits until it is read; it also waits under the pointer or focus.
  if (message.tone === "bad") return;
  const stay = message.undo_url ? 12000 : 6000;
  const leave = () => (made.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : made.remove());
  setTimeout(leave, stay);
}

document.addEventListener("toast", (event) => toast(event.detail?.value ?? event.detail));

const island = document.getElementById("flashes");
if (island) for (const message of JSON.parse(island.textContent)) toast(message);
