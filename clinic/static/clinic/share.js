/* Buttons that need a script. */
{
  const show = (selector, act) => document.querySelectorAll(selector).forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", act);
  });

  show("[data-print]", () => print());
  if (navigator.share) show("[data-share]", () => {
    navigator.share({ title: document.title, url: location.href }).catch(() => {});
  });
}
