/* Theme, density, language belong to the user: shown at once, kept by the server. */
import { ask, csrfToken } from "./words.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("button[data-preference]");
  if (!button) return;
  const { preference, value } = button.dataset;
  for (const other of button.parentElement.querySelectorAll("[data-preference]")) other.setAttribute("aria-pressed", other === button);
  if (preference === "theme" || preference === "density") document.documentElement.dataset[preference] = value;
  const body = new FormData();
  body.set(preference, value);
  body.set("csrfmiddlewaretoken", csrfToken());
  await ask("/-/preferences", { method: "POST", body });
  if (preference === "language") location.reload();
});
