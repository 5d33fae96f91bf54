/* What the scripts say comes translated from the page: <script type="application/json" id="words">. */
const island = document.getElementById("words");
const words = island ? JSON.parse(island.textContent) : {};

/** The sentence for a key, with {name} places filled in. */
export function say(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Build an element: element("p", {class: "quiet"}, "text", child). */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

const sprite = document.documentElement.dataset.icons ?? "";

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}

let made = 0;
export const freshId = (stem) => `${stem}-${(made += 1)}`;

/** Say something to those who listen rather than look. */
export function announce(text) {
  const live = document.getElementById("live");
  if (!live) return;
  live.textContent = "";
  setTimeout(() => { live.textContent = text; }, 50);
}

export const csrfToken = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

/** A request to our own server with the forgery token; throws with the server's sentence when refused. */
export async function ask(url, { method = "GET", body, type, signal } = {}) {
  const headers = { Accept: "application/json", ...(type ? { "Content-Type": type } : {}) };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  const answer = await fetch(url, { method, body, headers, signal, credentials: "same-origin" });
  const kind = answer.headers.get("Content-Type") ?? "";
  const content = /json/.test(kind) ? await answer.json() : null;
  if (!answer.ok) throw new Refused(content?.detail ?? say("refused"), content);
  return content;
}

export class Refused extends Error {
  constructor(sentence, content) { super(sentence); this.content = content; }
}

export const typing = (target) => target instanceof Element && !!target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

export function debounced(wait, work) {
  let timer;
  return (...given) => { clearTimeout(timer); timer = setTimeout(() => work(...given), wait); };
}
