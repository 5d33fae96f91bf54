/* Ctrl-K: records, screens, verbs, help. GET /-/find?q= answers {"groups": [{"title", "items": [{"title", "subtitle", "url", "icon", "kind"}]}]}. */
import { announce, ask, debounced, element, freshId, icon, say } from "./words.js";

const palette = document.getElementById("palette");
if (palette) {
  const input = palette.querySelector("input");
  const found = palette.querySelector(".palette-found");
  let options = [], at = -1, shownFor = null, running;

  const open = () => { if (palette.open) return; palette.showModal(); input.select(); look(); };
  function point(to) {
    at = to;
    options.forEach((option, index) => option.setAttribute("aria-selected", index === at));
    if (options[at]) { input.setAttribute("aria-activedescendant", options[at].id); options[at].scrollIntoView({ block: "nearest" }); }
    else input.removeAttribute("aria-activedescendant");
  }
  function show(groups) {
    options = [];
    found.replaceChildren(...groups.filter((group) => group.items.length).map((group) => {
      const head = element("div", { class: "found-head", id: freshId("found") }, group.title);
      return element("div", { role: "group", "aria-labelledby": head.id }, head, ...group.items.map((item) => {
        const option = element("div", { class: "found", role: "option", id: freshId("found"), "aria-selected": "false", "data-url": item.url },
          icon(item.icon ?? "right"), element("span", {}, item.title, item.subtitle ? element("small", {}, `  ${item.subtitle}`) : null), item.kind ? element("small", {}, item.kind) : null);
        options.push(option);
        return option;
      }));
    }));
    if (!options.length) found.append(element("p", { class: "empty quiet" }, say("nothing_found")));
    announce(options.length ? say("found", { count: options.length }) : say("nothing_found"));
    point(options.length ? 0 : -1);
  }
  async function look() {
    running?.abort();
    running = new AbortController();
    const word = input.value;
    try { const { groups } = await ask(`/-/find?q=${encodeURIComponent(word)}`, { signal: running.signal }); shownFor = word; show(groups); }
    catch (trouble) { if (trouble.name !== "AbortError") found.replaceChildren(element("p", { class: "empty quiet" }, trouble.message)); }
  }
  const go = (option, aside) => { if (option) (aside ? window.open(option.dataset.url, "_blank", "noopener") : location.assign(option.dataset.url)); };

  input.addEventListener("input", debounced(90, look));
  palette.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (options.length) point((at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const aside = event.ctrlKey || event.metaKey;
      // Enter answers to what is typed, also when the answer is still on its way.
      if (shownFor === input.value) go(options[at], aside); else look().then(() => { if (shownFor === input.value) go(options[at], aside); });
    }
  });
  found.addEventListener("click", (event) => go(event.target.closest(".found"), event.ctrlKey || event.metaKey));
  found.addEventListener("pointermove", (event) => {
    const to = options.indexOf(event.target.closest(".found"));
    if (to >= 0 && to !== at) point(to);
  });
  document.addEventListener("click", (event) => { if (event.target.closest?.("[data-palette]")) open(); });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); open(); }
  });
}
