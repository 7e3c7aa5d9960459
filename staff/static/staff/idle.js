// Warns two minutes before an unused session ends (staff/idle.py), and leaves the page when it has:
// what is on the screen is not for whoever comes by. Tabs tell each other that somebody is there.
const dialog = document.getElementById("idle");
const said = document.getElementById("idle-said");
const minutes = Number(dialog.dataset.minutes);
const warning = Math.min(2, minutes / 2);
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("staff-idle") : null;
let used = Date.now();

function noteUse(ours) {
  used = Date.now();
  said.textContent = "";
  if (dialog.open) dialog.close();
  if (ours && tabs) tabs.postMessage("used");
}

function look() {
  const left = minutes * 60_000 - (Date.now() - used);
  if (left <= 0) {
    location.replace(location.href.split("#")[0]);
  } else if (left <= warning * 60_000 && !dialog.open) {
    said.textContent = said.dataset.words;
    dialog.showModal();
  }
}

dialog.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
    if (answer.status === 204) return noteUse(true);
  } catch {
    // Not reachable: the page says so itself, should it be loaded.
  }
  location.reload();
});
// Escape answers as the button does: somebody is there.
dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  dialog.querySelector("form").requestSubmit();
});
// Parts of pages that somebody asked for; the desk's own look each half minute is nobody.
document.addEventListener("htmx:afterRequest", (event) => {
  const { successful, pathInfo } = event.detail;
  if (successful && !pathInfo.requestPath.includes("/refresh/")) noteUse(true);
});
if (tabs) {
  tabs.addEventListener("message", () => noteUse(false));
  tabs.postMessage("used");
}
// A laptop that slept looks at once when it wakes up.
document.addEventListener("visibilitychange", look);
setInterval(look, 5_000);
