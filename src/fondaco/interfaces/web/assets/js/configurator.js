/* The configurator: each click is answered by the server with the form as it stands then; the focus stays where it was. Without this script
   every click is a page. Arrows go from tile to tile and from one attribute to the next, Enter and the space bar choose, and a closed tile says why. */
import { announce, csrfToken, debounced, say } from "./words.js";

export function startConfigurator(form) {
  let running, answered = Promise.resolve();
  const body = (submitter) => { const data = new FormData(form); if (submitter?.name) data.set(submitter.name, submitter.value); return data; };
  const part = (url, data, signal) => fetch(url, { method: "POST", body: data, signal, credentials: "same-origin", headers: { "X-Part": "1", "X-CSRFToken": csrfToken() } });

  async function send(submitter, focused) {
    running?.abort();
    const own = running = new AbortController();
    form.setAttribute("aria-busy", "true");
    try {
      const answer = await part(form.action, body(submitter), running.signal);
      if (!answer.ok) throw new Error(answer.status);
      const top = scrollY;
      form.innerHTML = await answer.text();
      scrollTo({ top });
      (document.getElementById(focused) ?? form.querySelector(".choice-tile, .input"))?.focus({ preventScroll: true });
      announce(form.querySelector(".choice-price")?.textContent.trim() ?? "");
    } catch (error) { if (error.name !== "AbortError") announce(say("no_connection")); }
    if (own === running) form.removeAttribute("aria-busy");
  }
  form.addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("data-leaves")) {
      // What was clicked just now is part of it: its answer comes first.
      if (!form.hasAttribute("aria-busy")) return;
      event.preventDefault();
      answered.then(() => form.querySelector("[data-leaves]")?.click());
      return;
    }
    event.preventDefault();
    const opens = event.submitter?.name === "open";
    const focused = opens ? `t-${event.submitter.value.replace("=", "-").replaceAll(".", "-")}` : event.submitter?.id || document.activeElement?.id;
    answered = send(event.submitter, focused);
  });
  form.addEventListener("change", (event) => { if (event.target.matches("[data-figure]")) answered = send(null, document.activeElement?.id); });

  const tell = debounced(150, async (tile) => {
    const place = document.getElementById(tile.getAttribute("aria-describedby"));
    if (!place || document.activeElement !== tile || place.dataset.about === tile.value) return;
    const data = body(null);
    data.set("about", tile.value);
    const answer = await part(form.dataset.why, data);
    if (!answer.ok || !place.isConnected) return;
    place.innerHTML = await answer.text();
    place.dataset.about = tile.value;
  });
  form.addEventListener("focusin", (event) => { if (event.target.matches("[data-closed]")) tell(event.target); });

  form.addEventListener("keydown", (event) => {
    const tile = event.target.closest(".choice-tile");
    if (!tile || event.ctrlKey || event.metaKey || event.altKey) return;
    const tiles = [...tile.parentElement.querySelectorAll(".choice-tile")];
    const groups = [...form.querySelectorAll(".choice")];
    const group = groups.indexOf(tile.closest(".choice"));
    const first = (found) => found?.querySelector('.choice-tile[aria-pressed="true"]') ?? found?.querySelector(".choice-tile, .input");
    const to = { ArrowRight: () => tiles[tiles.indexOf(tile) + 1], ArrowLeft: () => tiles[tiles.indexOf(tile) - 1], Home: () => tiles[0], End: () => tiles.at(-1),
      ArrowDown: () => first(groups[group + 1]), ArrowUp: () => first(groups[group - 1]) }[event.key];
    if (!to) return;
    event.preventDefault();
    to()?.focus();
  });
}
