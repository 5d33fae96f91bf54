/* The agent's browser says every few seconds that it is there, and shows the calls that ring for him, on whatever page he is. */
import { csrfToken, element, icon, say } from "./words.js";

const place = document.getElementById("calls");
const OFTEN = 3000;
let shown = "[]";

async function look() {
  let answer;
  try {
    answer = await fetch(place.dataset.address, { method: "POST", credentials: "same-origin", headers: { Accept: "application/json", "X-CSRFToken": csrfToken() } });
  } catch {
    return true;
  }
  // Signed out, or the page is older than the session: the next page begins anew.
  if (answer.status === 401 || answer.status === 403) return false;
  if (!answer.ok) return true;
  const { agent, calls } = await answer.json();
  draw(calls);
  return agent;
}

function draw(calls) {
  const fresh = JSON.stringify(calls);
  if (fresh === shown) return;
  shown = fresh;
  const elsewhere = calls.filter((call) => call.url !== location.pathname);
  place.replaceChildren(...elsewhere.map(card));
  place.hidden = !elsewhere.length;
}

function card(call, index) {
  const acts = element("div", { class: "call-acts" });
  if (call.candidates.length) {
    acts.append(element("span", { class: "call-facts" }, say("call_who")));
    for (const one of call.candidates) {
      acts.append(element("form", { method: "post", action: one.url }, element("input", { type: "hidden", name: "csrfmiddlewaretoken", value: csrfToken() }),
        element("button", { class: "button small" }, one.name)));
    }
  }
  acts.append(element("a", { class: "button primary small", href: call.url, ...(index ? {} : { "data-key": "1", "data-key-label": say("call_open") }) },
    say("call_open"), ...(index ? [] : [" ", element("kbd", { "aria-hidden": "true" }, "1")])));
  return element("article", { class: "call" }, element("p", { class: "call-head" }, icon("phone"), call.name), element("p", { class: "call-facts" }, call.facts), acts);
}

if (place) {
  const again = async () => { if (await look()) setTimeout(again, OFTEN); };
  again();
  // A page that was in the background was let speak once a minute only: whoever comes back sees at once.
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
}
