/* All works without. */
const find = (selector) => document.querySelector(selector);
const dim = find("[data-dim]");

find("[data-focus]")?.focus();

// Back and reload never send again.
history.replaceState(null, "");

// A double tap sends once.
onsubmit = ({ target, timeStamp }) => !(timeStamp < target.rest) && (target.rest = timeStamp + 2e3);

// A reload loses what was typed.
dim.onsubmit = ({ submitter: button }) => {
  const on = button.value > 0;
  const body = new FormData(dim);
  body.append("dim", button.value);
  fetch(dim.action, { method: "POST", body });
  find("[data-dim-sheet]").media = on ? "all" : "not all";
  [...dim.elements].forEach((each) => { each.hidden = each !== button; });
  button.className = "dim__button";
  button.value = +!on;
  button.setAttribute("aria-pressed", on);
  return false;
};
