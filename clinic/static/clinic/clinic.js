/* Small extras; every page works with this file blocked. */
(() => {
  "use strict";
  const all = (selector) => document.querySelectorAll(selector);

  // Browsers that know autofocus on any element have done this already.
  const summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();

  // Without script the form reloads the page, and half-typed answers would be lost with it.
  const sheet = document.querySelector("[data-dim-sheet]");
  const form = document.querySelector("[data-dim]");
  if (form) form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || !window.fetch) return;
    event.preventDefault();
    const on = button.value === "1";
    const body = new FormData(form);
    body.append("dim", button.value);
    fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => {});
    sheet.media = on ? "all" : "not all";
    all(".dim__button").forEach((other) => { if (other !== button) other.hidden = true; });
    button.className = "dim__button";
    button.value = on ? "0" : "1";
    button.setAttribute("aria-pressed", on);
  });

  all("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => print());
  });

  if (navigator.share) all("[data-share]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => navigator.share({ title: document.title, url: location.href }).catch(() => {}));
  });
})();
