/* Asks before a held time ends. */
const all = (selector) => document.querySelectorAll(selector);
const [hold, dialog] = all(".hold p, dialog");
let ends, asked;

const start = ({ left }) => {
  ends = Date.now() + left * 1e3;
  asked = 0;
};

start(hold.dataset);
setInterval(() => {
  const left = ends - Date.now();
  dialog.classList.toggle("is-over", left < 0);
  if (left < 12e4 && !asked) dialog.showModal(asked = 1);
}, 2e3);

all("[data-renew]").forEach((button) => button.onclick = () => {
  const body = new FormData(button.form);
  fetch(button.formAction, { method: "POST", body }).then(async (answer) => {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(hold.id);
    // Lost, or another tab changed it.
    if (!fresh) return location = answer.url;
    hold.innerHTML = fresh.innerHTML;
    start(fresh.dataset);
    dialog.close();
  }, () => button.form.requestSubmit(button));
  return false;
});

onchange = ({ target }) => {
  if (target.id === "id_who_1") all("[autocomplete]:not([name=related_name])").forEach((field) => field.autocomplete = "off");
};
