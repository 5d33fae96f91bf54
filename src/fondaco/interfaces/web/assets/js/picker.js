/* Choose one record by typing: an ARIA combobox over a JSON address.
   GET data-url?q=... answers {"items": [{"id", "title", "subtitle"?, ...}]}; the chosen item is sent with the event "picked". */
import { ask, debounced, element, freshId, say } from "./words.js";

export function startPicker(root) {
  const input = root.querySelector("[role=combobox]");
  const value = root.querySelector("input[type=hidden]");
  const list = element("ul", { class: "choices", role: "listbox", id: freshId("choices"), "aria-label": input.getAttribute("aria-label") ?? say("choices"), hidden: true });
  root.append(list);
  input.setAttribute("aria-controls", list.id);
  let items = [], at = -1, chosen = input.value, shownFor = null, running;

  const open = () => !list.hidden;
  function close() { list.hidden = true; at = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); }
  function point(to) {
    at = to;
    [...list.children].forEach((option, index) => option.setAttribute("aria-selected", index === at));
    const option = list.children[at];
    if (option?.id) { input.setAttribute("aria-activedescendant", option.id); option.scrollIntoView({ block: "nearest" }); }
  }
  function place() {
    // In a grid that scrolls sideways the list would be cut off, so it hangs from the window there.
    if (!root.closest(".grid-wrap")) return;
    const box = input.getBoundingClientRect();
    list.style.setProperty("position", "fixed");
    list.style.setProperty("inset", "auto");
    const below = innerHeight - box.bottom > 240 || box.top < 260;
    list.style.setProperty("left", `${Math.min(box.left, innerWidth - Math.max(260, box.width) - 8)}px`);
    list.style.setProperty("width", `${Math.max(260, box.width)}px`);
    list.style.setProperty(below ? "top" : "bottom", below ? `${box.bottom + 4}px` : `${innerHeight - box.top + 4}px`);
  }
  function show() {
    list.replaceChildren(...(items.length ? items.map((item) => element("li", { class: "choice", role: "option", id: freshId("choice"), "aria-selected": "false" },
      item.title, item.subtitle ? element("small", {}, item.subtitle) : null)) : [element("li", { class: "choice none", role: "option", "aria-disabled": "true", "aria-selected": "false" }, say("nothing_found"))]));
    list.hidden = false;
    place();
    input.setAttribute("aria-expanded", "true");
    point(items.length ? 0 : -1);
  }
  function take(item) {
    trust();
    input.value = chosen = item.title;
    value.value = item.id;
    close();
    root.dispatchEvent(new CustomEvent("picked", { bubbles: true, detail: item }));
    value.dispatchEvent(new Event("change", { bubbles: true }));
  }
  async function look() {
    running?.abort();
    running = new AbortController();
    const address = new URL(root.dataset.url, location.href);
    const word = input.value;
    address.searchParams.set("q", word === chosen ? "" : word);
    try {
      items = (await ask(address, { signal: running.signal })).items;
      shownFor = word;
      if (document.activeElement === input) show();
    } catch (trouble) {
      if (trouble.name !== "AbortError") { items = []; close(); throw trouble; }
    }
  }
  const lookSoon = debounced(90, look);
  /** Enter may come before the answer to the last letters: what is taken always answers to what stands in the field. */
  async function choose() {
    if (shownFor !== input.value) await look();
    if (items[Math.max(at, 0)] && shownFor === input.value) { take(items[Math.max(at, 0)]); root.dispatchEvent(new CustomEvent("picker:done", { bubbles: true })); }
  }
  /** Text that was typed and left: it becomes the record it names, or the field says that there is none. It is never dropped in silence. */
  async function settle(word, pasted = false) {
    const address = new URL(root.dataset.url, location.href);
    address.searchParams.set("q", word);
    const { items: named } = await ask(address);
    if (input.value !== word || (document.activeElement === input && !pasted)) return;
    const exact = named.find((item) => [item.title, item.subtitle, item.code].includes(word)) ?? (named.length === 1 ? named[0] : null);
    if (exact) take(exact); else doubt(word);
  }
  function doubt(word) {
    value.value = "";
    input.dataset.unknown = "";
    input.setAttribute("aria-invalid", "true");
    root.parentElement.querySelector(":scope > .error")?.remove();
    const note = element("p", { class: "error", id: freshId("error") }, say("unknown_record", { word }));
    input.setAttribute("aria-errormessage", note.id);
    root.after(note);
  }
  function trust() {
    if (!("unknown" in input.dataset)) return;
    delete input.dataset.unknown;
    input.removeAttribute("aria-invalid");
    root.parentElement.querySelector(":scope > .error")?.remove();
  }

  input.addEventListener("input", () => { trust(); lookSoon(); });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (root.closest(".grid") && !open() && !event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      if (!open()) { look(); return; }
      if (items.length) point((at + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length);
    } else if (event.key === "Enter" && (open() || input.value !== chosen)) {
      event.preventDefault();
      event.stopPropagation();
      choose();
    } else if (event.key === "Tab" && open() && items[at] && input.value !== chosen && shownFor === input.value) take(items[at]);
    else if (event.key === "Escape" && open()) { event.preventDefault(); event.stopPropagation(); trust(); input.value = chosen; close(); }
  });
  input.addEventListener("blur", () => {
    running?.abort();
    close();
    if (input.value === "" && value.value) { value.value = chosen = ""; value.dispatchEvent(new Event("change", { bubbles: true })); }
    else if (input.value !== chosen && !("unknown" in input.dataset)) settle(input.value);
  });
  input.addEventListener("click", () => { if (!open()) look(); });
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const option = event.target.closest("[role=option]");
    const item = items[[...list.children].indexOf(option)];
    if (item) take(item);
  });
  root.addEventListener("picker:set", (event) => { trust(); input.value = chosen = event.detail.title; value.value = event.detail.id; });
  root.addEventListener("picker:find", (event) => { input.value = event.detail; if (event.detail) settle(event.detail, true); else trust(); });
}
