/* Choose one record by typing: an ARIA combobox over a JSON address.
   GET data-url?q=... answers {"items": [{"id", "title", "subtitle"?, ...}]}; the chosen item is sent with the event "picked". */
import { ask, debounced, element, freshId, say } from "./words.js";

export function startPicker(root) {
  const input = root.querySelector("[role=combobox]");
  const value = root.querySelector("input[type=hidden]");
  const list = element("ul", { class: "choices", role: "listbox", id: freshId("choices"), "aria-label": input.getAttribute("aria-label") ?? say("choices"), hidden: true });
  root.append(list);
  input.setAttribute("aria-controls", list.id);
  let items = [], at = -1, chosen = input.value, running;

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
    address.searchParams.set("q", input.value === chosen ? "" : input.value);
    try {
      items = (await ask(address, { signal: running.signal })).items;
      if (document.activeElement === input) show();
    } catch (trouble) {
      if (trouble.name !== "AbortError") { items = []; close(); throw trouble; }
    }
  }
  const lookSoon = debounced(90, look);

  input.addEventListener("input", lookSoon);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (root.closest(".grid") && !open() && !event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      if (!open()) { look(); return; }
      if (items.length) point((at + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length);
    } else if (event.key === "Enter" && open() && items[at]) { event.preventDefault(); take(items[at]); }
    else if (event.key === "Tab" && open() && items[at] && input.value !== chosen) take(items[at]);
    else if (event.key === "Escape" && open()) { event.preventDefault(); event.stopPropagation(); input.value = chosen; close(); }
  });
  input.addEventListener("blur", () => {
    running?.abort();
    close();
    if (input.value === "" && value.value) { value.value = chosen = ""; value.dispatchEvent(new Event("change", { bubbles: true })); }
    else if (!root.hasAttribute("data-free")) input.value = chosen;
  });
  input.addEventListener("click", () => { if (!open()) look(); });
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const option = event.target.closest("[role=option]");
    const item = items[[...list.children].indexOf(option)];
    if (item) take(item);
  });
  root.addEventListener("picker:set", (event) => { input.value = chosen = event.detail.title; value.value = event.detail.id; });
}
