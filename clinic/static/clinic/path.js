/* Back shows the question before, from memory: no address, cache or session has answers. */
const read = (page) => [page.title, page.querySelector("main")];
const pages = [read(document)];
let here = 0;
let busy;

const show = (number) => {
  const [title, main] = pages[here = number];
  document.title = title;
  read(document)[1].replaceWith(main);
  scrollTo(0, 0);
  main.focus();
};

history.replaceState(0, "");

onpopstate = ({ state }) => pages[state] && show(state);

addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (!form.matches("[data-path]")) return;
  event.preventDefault();
  if (busy) return;
  busy = true;
  try {
    const body = new FormData(form, submitter);
    const answer = await fetch(form.action, { method: "POST", body });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    pages.splice(here + 1, 99, read(page));
    history.pushState(here + 1, "");
    show(here + 1);
  } catch {
    // The browser tells what is wrong.
    form.rest = 0;
    form.removeAttribute("data-path");
    form.requestSubmit(submitter);
  }
  busy = false;
});
