/* The keys of a screen. Lists: j k up down Enter x c / e. Everywhere: ? and the letters the verbs show. */
import { rest } from "./focus.js";
import { element, say, typing } from "./words.js";

const rows = () => [...document.querySelectorAll("tr[data-url], tr.group:has([data-folds]), .card[data-url]")].filter((row) => row.offsetParent);
let at = null;

function stand(row) {
  at?.classList.remove("at");
  at = row;
  row.classList.add("at");
  const door = row.querySelector("a.key, a.card-title, [data-folds]") ?? row;
  if (door === row) row.tabIndex = -1;
  door.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}
function step(by) {
  const all = rows();
  if (!all.length) return;
  const from = all.indexOf(at?.isConnected ? at : null);
  stand(all[Math.max(0, Math.min(all.length - 1, from + by))] ?? all[0]);
}
document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("tr[data-url], tr.group");
  if (row !== at) { at?.classList.remove("at"); at = row; row?.classList.add("at"); }
});

const press = (selector) => { const target = document.querySelector(selector); if (!target) return false; target.focus(); target.click(); return true; };

/** Ctrl-S sends the form that one writes in; from elsewhere that of the open sheet, else that of the page. */
function save(from) {
  const own = typing(from) && from.closest("form:not([role=search], [method=get])");
  const place = own || (document.querySelector("dialog[open]") ?? document.querySelector("main form[data-draft], main form[data-asks]"));
  const button = place && (place.querySelector("[data-key=s], button.primary") ?? place.querySelector("button:not([type=button])"));
  if (!button) return false;
  button.focus();
  button.click();
  return true;
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "s" && save(event.target)) { event.preventDefault(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const inDialog = event.target.closest?.("dialog");
  if (typing(event.target)) {
    if (event.key === "Escape" && !inDialog && !event.target.closest("details.menu[open]")) rest();
    return;
  }
  if (inDialog) return;
  const inMenu = event.target.closest?.("details.menu[open]");
  const list = document.querySelector("[data-list]");
  let done = true;
  if (event.key === "?") showKeys();
  else if (event.key === "/" ) {
    const search = document.querySelector("[data-list-search]");
    if (search) { search.focus(); search.select(); } else done = press("[data-palette]");
  } else if (list && !inMenu && (event.key === "j" || event.key === "ArrowDown")) step(1);
  else if (list && !inMenu && (event.key === "k" || event.key === "ArrowUp")) step(-1);
  else if (list && event.key === "x" && at) at.querySelector(".pick-cell input")?.click();
  else if (list && event.key === "Enter" && at && !event.target.closest("a, button, summary")) location.assign(at.dataset.url);
  else done = event.key.length === 1 && press(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (done) event.preventDefault();
});

/* The whole row is a door, but not the things in it. */
document.addEventListener("click", (event) => {
  const row = event.target.closest?.("tr[data-url]");
  if (!row || event.target.closest("a, button, input, label, select, summary") || getSelection().toString()) return;
  if (event.ctrlKey || event.metaKey) window.open(row.dataset.url, "_blank", "noopener"); else location.assign(row.dataset.url);
});

function showKeys() {
  const dialog = document.getElementById("keys");
  if (!dialog) return;
  const sections = [[say("keys_everywhere"), [["Ctrl K", say("key_find")], ["?", say("key_help")], ["Esc", say("key_close")]]]];
  if (document.querySelector("main form[data-draft], main form[data-asks]")) sections[0][1].push(["Ctrl S", say("key_save")]);
  if (document.querySelector("[data-list]")) sections.push([say("keys_list"), [["J K", say("key_move")], ["Enter", say("key_open")], ["X", say("key_select")], ["/", say("key_filter")]]]);
  if (document.querySelector(".lane")) sections.push([say("keys_board"), [["Alt ← →", say("key_lane")], ["Alt ↑ ↓", say("key_order")]]]);
  if (document.querySelector("[data-lines]")) sections.push([say("keys_lines"), [["Enter", say("key_next_cell")], ["Tab", say("key_next_field")], ["Ctrl Enter", say("key_add_line")], ["Ctrl Del", say("key_remove_line")], ["Ctrl V", say("key_paste")]]]);
  const verbs = [...document.querySelectorAll("[data-key]")].filter((verb) => verb.offsetParent && verb.getAttribute("aria-disabled") !== "true")
    .map((verb) => [verb.dataset.key.toUpperCase(), verb.dataset.keyLabel ?? verb.textContent.trim()]);
  if (verbs.length) sections.push([say("keys_here"), verbs]);
  dialog.querySelector(".keys").replaceChildren(...sections.map(([title, keys]) => element("section", {}, element("h3", {}, title),
    element("dl", {}, ...keys.flatMap(([key, meaning]) => [element("dt", {}, meaning), element("dd", {}, ...key.split(" ").flatMap((part) => [element("kbd", {}, part), " "]))])))));
  dialog.showModal();
}
document.addEventListener("click", (event) => { if (event.target.closest?.("[data-show-keys]")) showKeys(); });
