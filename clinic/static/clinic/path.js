// The questions without a new document for each. No answer is kept in an address, a cache or a session, so the
// browser's own Back would ask to send a form again; here it shows the question before, from this page's memory.
const pages = [read(document)];
let busy = false;

history.replaceState({ page: 0 }, "");

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!("path" in form.dataset)) return;
  event.preventDefault();
  if (busy) return;
  busy = true;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form, event.submitter)),
    });
    const shown = read(new DOMParser().parseFromString(await answer.text(), "text/html"));
    const page = (history.state?.page ?? 0) + 1;
    pages.splice(page, Infinity, shown);
    history.pushState({ page }, "");
    show(shown);
  } catch {
    // No script can do better than the browser: let it send the form and tell what is wrong.
    form.removeAttribute("data-path");
    form.requestSubmit(event.submitter);
  } finally {
    busy = false;
  }
});

addEventListener("popstate", (event) => {
  const shown = pages[event.state?.page];
  if (shown) show(shown);
});

function read(page) {
  return { main: page.querySelector("main").cloneNode(true), title: page.title };
}

function show({ main, title }) {
  document.title = title;
  document.querySelector("main").replaceWith(document.adoptNode(main.cloneNode(true)));
  scrollTo(0, 0);
  document.querySelector("main").focus({ preventScroll: true });
}
