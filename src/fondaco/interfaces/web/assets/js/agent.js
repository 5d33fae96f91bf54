/* The agent's desk: r writes, Ctrl-Enter sends, Alt-Enter keeps a note, j k move in what waits. It says who is here and what came meanwhile. */
import { announce, ask, typing } from "./words.js";

const EVERY = 15_000;

export function startAgent(desk) {
  const body = () => desk.querySelector("#agent-body");
  const talk = () => desk.querySelector("[data-talk]");
  let wrote = 0;

  function insert(text) {
    const box = body();
    box.value = box.value.trim() ? `${box.value.trimEnd()}\n\n${text}` : text;
    box.focus();
  }
  function toEnd() {
    const list = desk.querySelector(".agent-messages");
    if (list) list.scrollTop = list.scrollHeight;
  }
  async function tell() {
    if (document.hidden) return;
    try {
      const writing = body()?.value.trim() && Date.now() - wrote < 60_000 ? "1" : "0";
      const heard = await ask(desk.dataset.agent, { method: "POST", body: new URLSearchParams({ writing }) });
      const said = desk.querySelector("[data-here-said]");
      if (said) { if (heard.here && said.textContent !== heard.here) announce(heard.here); said.textContent = heard.here; said.hidden = !heard.here; }
      const came = desk.querySelector("[data-came]");
      if (came) came.hidden = heard.last <= Number(talk()?.dataset.last ?? 0);
    } catch { /* without a network the next turn asks again */ }
  }
  function step(by) {
    const doors = [...desk.querySelectorAll("[data-waits]")];
    const at = doors.indexOf(document.activeElement);
    const from = at >= 0 ? at : doors.findIndex((door) => door.hasAttribute("aria-current"));
    doors[Math.max(0, Math.min(doors.length - 1, from + by))]?.focus();
  }
  function show(pane) {
    desk.dataset.shows = pane;
    for (const button of document.querySelectorAll("[data-pane]")) button.setAttribute("aria-pressed", String(button.dataset.pane === pane));
  }

  document.addEventListener("keydown", (event) => {
    if (!desk.isConnected || event.target.closest?.("dialog, details.menu[open]")) return;
    if (event.key === "Enter" && event.target === body() && (event.ctrlKey || event.metaKey || event.altKey)) {
      event.preventDefault();
      desk.querySelector(event.altKey ? "[data-notes]" : "[data-sends]")?.click();
      return;
    }
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "r") { show("talk"); body()?.focus(); } else if (event.key === "j") step(1); else if (event.key === "k") step(-1); else if (event.key === "t") desk.querySelector("#agent-template")?.focus(); else return;
    event.preventDefault();
  });
  desk.addEventListener("input", (event) => {
    if (event.target !== body()) return;
    const first = Date.now() - wrote > EVERY;
    wrote = Date.now();
    if (first) tell();
  });
  desk.addEventListener("change", async (event) => {
    if (event.target.matches("[data-counts]")) event.target.previousElementSibling.textContent = [...event.target.files].map((file) => file.name).join(", ");
    const chosen = event.target.closest("[data-template]");
    if (!chosen?.value) return;
    const answer = await ask(chosen.dataset.template + chosen.value);
    chosen.value = "";
    insert(answer.text);
  });
  let kept = "";
  document.addEventListener("click", (event) => {
    const pane = event.target.closest?.("[data-pane]");
    if (pane) show(pane.dataset.pane);
    const article = event.target.closest?.("[data-article]");
    if (article) ask(article.dataset.article, { method: "POST", body: new URLSearchParams() }).then((answer) => insert(answer.text));
    if (event.target.closest?.("[data-keeps-draft]")) kept = body()?.value ?? "";
  });
  document.addEventListener("htmx:after:swap", () => {
    if (!desk.isConnected) return;
    if (kept && body() && !body().value) { body().value = kept; kept = ""; }
    toEnd();
  });
  toEnd();
  tell();
  setInterval(tell, EVERY);
}
