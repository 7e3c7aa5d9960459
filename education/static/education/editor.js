/* Shows the text of the form in the frame beside it, a moment after each change. */
const PAUSE = 500;
const form = document.getElementById("article_form");
const button = document.querySelector("[data-preview]");
const frame = document.querySelector(".editor__frame");
let waiting, latest;

const show = (text) => {
  const page = new DOMParser().parseFromString(text, "text/html");
  // A link to another page would be refused inside the frame.
  page.querySelectorAll("a:not([href^='#'])").forEach((link) => link.target = "_blank");
  const inside = frame.contentDocument;
  inside.documentElement.lang = page.documentElement.lang;
  inside.body.replaceChildren(...page.body.childNodes);
};

const refresh = async () => {
  const asked = latest = new AbortController();
  try {
    const answer = await fetch(button.formAction, { method: "POST", body: new FormData(form), signal: asked.signal });
    // Signed out meanwhile: the last text stays, and the button says more.
    if (answer.ok && !answer.redirected && asked === latest) show(await answer.text());
  } catch {
    // Offline, or overtaken by the next change.
  }
};

const plan = () => {
  latest?.abort();
  clearTimeout(waiting);
  waiting = setTimeout(refresh, PAUSE);
};

if (button) {
  frame.hidden = false;
  form.addEventListener("input", plan);
  form.addEventListener("change", plan);
  if (frame.contentDocument?.readyState === "complete" && frame.contentDocument.URL !== "about:blank") refresh();
  else frame.addEventListener("load", refresh, { once: true });
}
