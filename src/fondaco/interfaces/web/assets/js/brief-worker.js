/* Keeps the briefs a salesperson opened, and what they are made of, for when there is no network: his own only, and for two days. */
const cacheName = "fondaco-briefs-1";
const reader = "/customers/reader";
const isKept = (path) => /^\/customers\/(visits|\d+\/brief)$/.test(path);
const twoDays = 48 * 3600 * 1000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (isKept(url.pathname)) event.respondWith(page(event.request, url.pathname));
  else if (url.pathname.startsWith("/static/")) event.respondWith(part(event.request));
});

async function page(request, path) {
  let answer;
  try {
    answer = await fetch(request);
  } catch (error) {
    const found = await (await caches.open(cacheName)).match(path, { ignoreVary: true });
    if (!found || Date.now() - Number(found.headers.get("X-Kept-At")) > twoDays) throw error;
    const text = await found.text();
    return new Response(text.replace('id="brief"', 'id="brief" data-offline'), { headers: found.headers });
  }
  const mine = answer.headers.get("X-Fondaco-Reader");
  // Whoever is not signed in is sent to the sign-in page: nothing stays of the one who was.
  if (answer.type === "opaqueredirect" || answer.redirected || answer.status === 401) await caches.delete(cacheName);
  else if (answer.ok && mine) await take(path, answer.clone(), mine);
  return answer;
}

async function take(path, answer, mine) {
  let cache = await caches.open(cacheName);
  const before = await cache.match(reader);
  if (!before || (await before.text()) !== mine) {
    if (before) await caches.delete(cacheName);
    cache = await caches.open(cacheName);
    await cache.put(reader, new Response(mine));
  }
  const headers = new Headers(answer.headers);
  headers.set("X-Kept-At", String(Date.now()));
  await cache.put(path, new Response(await answer.text(), { headers }));
}

async function part(request) {
  const cache = await caches.open(cacheName);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch (error) {
    const found = await cache.match(request, { ignoreVary: true });
    if (found) return found;
    throw error;
  }
}
