/* The supervisor's wall: the server sends the figures drawn, whenever they change; here only the waiting times go on. */

const DAY = document.documentElement.lang === "it" ? "g" : "d";

function said(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  const days = Math.floor(whole / 86400), hours = Math.floor(whole / 3600) % 24;
  return days ? `${days} ${DAY} ${two(hours)} h` : hours ? `${hours}:${two(Math.floor(whole / 60) % 60)} h` : `${Math.floor(whole / 60)}:${two(whole % 60)}`;
}

export function startWall(root) {
  const body = root.querySelector("[data-wall-body]");
  // The clock of a screen on a wall may be wrong: what counts is the server's.
  let apart = Date.now() - Number(body.firstElementChild.dataset.now) * 1000;
  const tick = () => {
    for (const found of body.querySelectorAll("[data-since]")) found.textContent = said((Date.now() - apart) / 1000 - Number(found.dataset.since));
  };
  tick();
  setInterval(tick, 1000);
  const source = new EventSource(root.dataset.wall, { withCredentials: true });
  source.onopen = () => { root.dataset.state = "live"; };
  source.onerror = () => { root.dataset.state = "broken"; };
  source.onmessage = (event) => {
    root.dataset.state = "live";
    body.innerHTML = JSON.parse(event.data);
    apart = Date.now() - Number(body.firstElementChild.dataset.now) * 1000;
    tick();
  };
  addEventListener("pagehide", () => source.close());
}
