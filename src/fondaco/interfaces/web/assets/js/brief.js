/* The brief before a visit: kept on this device, with the briefs of the visits of today and tomorrow, for when there is no network. */
const root = document.getElementById("brief");
const state = document.querySelector(".brief-state");

/** Ask the worker for what it has not kept yet: these pages, and what they are made of. */
async function keep() {
  if (!("serviceWorker" in navigator)) return;
  const wasControlled = navigator.serviceWorker.controller !== null;
  await navigator.serviceWorker.register(root.dataset.worker, { scope: "/customers/" });
  await navigator.serviceWorker.ready;
  if (!navigator.serviceWorker.controller) await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }));
  const pages = (root.dataset.keep ?? "").split(" ").filter(Boolean);
  const parts = performance.getEntriesByType("resource").map((entry) => new URL(entry.name).pathname).filter((path) => path.startsWith("/static/"));
  const missing = wasControlled ? pages : [location.pathname, ...parts, ...pages];
  for (const path of new Set(missing)) await fetch(path, { credentials: "same-origin" });
  state.textContent = state.dataset.live;
  root.dataset.done = "";
}

if (root.hasAttribute("data-offline")) {
  state.textContent = state.dataset.kept;
  state.dataset.tone = "wait";
} else keep().catch(() => {});
