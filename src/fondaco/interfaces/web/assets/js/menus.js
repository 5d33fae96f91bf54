/* Menus (details.menu), tabs, dialogs, tips: the small moving parts. */
import { firstField } from "./focus.js";
import { freshId, say } from "./words.js";
import { toast } from "./toasts.js";

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.menu[open]")) if (!open.contains(event.target)) open.open = false;
  const opener = event.target.closest?.("[data-opens]");
  if (opener) {
    const menu = opener.closest("details.menu");
    if (menu) menu.open = false;
    document.getElementById(opener.dataset.opens)?.showModal();
  }
  if (event.target.closest?.("[data-closes]")) event.target.closest("dialog")?.close();
  if (event.target instanceof HTMLDialogElement) event.target.close();
  const closed = event.target.closest?.('[aria-disabled="true"]');
  if (closed) {
    event.preventDefault();
    if (closed.dataset.tip) toast({ text: closed.dataset.tip, tone: "wait" });
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu[open]");
  if (!menu) return;
  if (event.key === "Escape") { menu.open = false; menu.querySelector("summary").focus(); event.stopPropagation(); }
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const items = [...menu.querySelectorAll(".leaf a, .leaf button, .leaf input:not([type=hidden])")];
    const at = items.indexOf(document.activeElement);
    items[(at + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length]?.focus();
    event.preventDefault();
  }
});

/* Tabs: <div role="tablist"> with buttons that control panels. */
document.addEventListener("click", (event) => {
  const tab = event.target.closest?.('[role="tab"]');
  if (tab) chooseTab(tab);
});
document.addEventListener("keydown", (event) => {
  const tab = event.target.closest?.('[role="tab"]');
  if (!tab || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  const tabs = [...tab.closest('[role="tablist"]').querySelectorAll('[role="tab"]')];
  chooseTab(tabs[(tabs.indexOf(tab) + (event.key === "ArrowRight" ? 1 : -1) + tabs.length) % tabs.length]);
});
function chooseTab(chosen) {
  for (const tab of chosen.closest('[role="tablist"]').querySelectorAll('[role="tab"]')) {
    const on = tab === chosen;
    tab.setAttribute("aria-selected", on);
    tab.tabIndex = on ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls")).hidden = !on;
  }
  chosen.focus();
}

/* One tip for all [data-tip]: on hover after a moment, on focus at once. */
const tip = document.createElement("div");
tip.className = "tip";
tip.role = "tooltip";
tip.id = freshId("tip");
tip.hidden = true;
let timer;
function showTip(target) {
  tip.textContent = target.dataset.tip;
  if (target.closest("dialog[open]")) target.closest("dialog").append(tip); else document.body.append(tip);
  tip.hidden = false;
  const place = target.getBoundingClientRect();
  const own = tip.getBoundingClientRect();
  const top = place.bottom + 6 + own.height > innerHeight ? place.top - own.height - 6 : place.bottom + 6;
  tip.style.setProperty("top", `${Math.max(4, top)}px`);
  tip.style.setProperty("left", `${Math.max(8, Math.min(place.left + place.width / 2 - own.width / 2, innerWidth - own.width - 8))}px`);
  target.setAttribute("aria-describedby", tip.id);
}
function hideTip() {
  clearTimeout(timer);
  tip.hidden = true;
  for (const told of document.querySelectorAll(`[aria-describedby="${tip.id}"]`)) told.removeAttribute("aria-describedby");
}
document.addEventListener("pointerover", (event) => {
  const target = event.target.closest?.("[data-tip]");
  if (!target || event.pointerType === "touch") return;
  clearTimeout(timer);
  timer = setTimeout(() => showTip(target), 350);
});
document.addEventListener("pointerout", (event) => { if (event.target.closest?.("[data-tip]")) hideTip(); });
document.addEventListener("focusin", (event) => {
  hideTip();
  if (event.target.matches("[data-tip]:focus-visible")) showTip(event.target);
});
addEventListener("keydown", (event) => { if (event.key === "Escape") hideTip(); });
addEventListener("scroll", hideTip, { capture: true, passive: true });

/* The sheet: whatever htmx puts into #sheet is shown as a dialog. */
document.addEventListener("htmx:after:swap", () => {
  const sheet = document.getElementById("sheet");
  if (!sheet || sheet.open || !sheet.childElementCount) return;
  sheet.showModal();
  // One types at once; where nothing is asked the verb itself is next, unless it is a dangerous one.
  if (!sheet.querySelector("[autofocus]")) (firstField(sheet) ?? sheet.querySelector(".dialog-foot button.primary:not(.danger)"))?.focus();
});
document.getElementById("sheet")?.addEventListener("close", (event) => event.target.replaceChildren());

/* Dangerous verbs ask first: <button data-confirm="Reverse invoice 2026/118?" data-confirm-verb="Reverse">. */
document.addEventListener("click", (event) => {
  const verb = event.target.closest?.("button[data-confirm]");
  if (!verb || verb.dataset.confirmed || verb.getAttribute("aria-disabled") === "true") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const dialog = document.getElementById("confirm");
  dialog.querySelector("[data-question]").textContent = verb.dataset.confirm;
  const yes = dialog.querySelector("[data-yes]");
  yes.textContent = verb.dataset.confirmVerb ?? verb.textContent.trim() ?? say("confirm");
  dialog.onclose = () => {
    if (dialog.returnValue !== "yes") return;
    verb.dataset.confirmed = "1";
    verb.click();
    delete verb.dataset.confirmed;
  };
  dialog.returnValue = "";
  dialog.showModal();
}, true);
