/* Whoever signs out, or stands at the sign-in page, leaves no kept brief behind on the device. */
const forget = () => { if ("caches" in window) caches.delete("fondaco-briefs-1").catch(() => {}); };
if (document.querySelector('form[action="/-/sign-in"]')) forget();
document.addEventListener("submit", (event) => { if (event.target.getAttribute("action") === "/-/sign-out") forget(); });
