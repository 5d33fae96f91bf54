/* Keeps the page of the scanner, and what it is made of, for when there is no network. Nothing else passes here. */
const cacheName = "fondaco-handheld-1";
const page = "/deliver/handheld";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  const isPage = event.request.mode === "navigate" && url.pathname === page;
  if (isPage || url.pathname.startsWith("/static/")) event.respondWith(fromNetworkOrKept(event.request, isPage));
});

async function fromNetworkOrKept(request, isPage) {
  const cache = await caches.open(cacheName);
  try {
    const answer = await fetch(request);
    // A page of somebody who is signed out is the sign-in page, elsewhere: it is not kept in place of the work.
    if (answer.ok && !answer.redirected) await cache.put(request, answer.clone());
    return answer;
  } catch (error) {
    const kept = (await cache.match(request, { ignoreVary: true })) ?? (isPage ? await cache.match(request, { ignoreSearch: true, ignoreVary: true }) : undefined);
    if (kept) return kept;
    throw error;
  }
}
