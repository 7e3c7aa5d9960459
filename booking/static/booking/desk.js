// The desk's day: arrow keys between the cells, focus where something changed. Without it Tab and links do.
const board = document.getElementById("desk-board");
const panel = document.getElementById("desk-panel");
const fresh = document.getElementById("desk-fresh");
let current = "";

const links = () => [...board.querySelectorAll("td a")];

// One link of the board is in the tab order; arrow keys choose which.
function rove() {
  const all = links();
  const chosen = document.getElementById(current);
  const stop = chosen && board.contains(chosen) ? chosen : board.querySelector(".desk-now a, td a");
  all.forEach(link => { link.tabIndex = link === stop ? 0 : -1; });
}

// Every cell by row and column; a cell that spans rows stands in each of them.
function layOut() {
  const grid = [];
  [...board.querySelectorAll("tbody tr")].forEach((row, r) => {
    grid[r] ||= [];
    let c = 0;
    [...row.cells].forEach(cell => {
      while (grid[r][c]) c += 1;
      for (let below = 0; below < cell.rowSpan; below += 1) (grid[r + below] ||= [])[c] = cell;
    });
  });
  return grid;
}

function find(grid, cell) {
  const r = grid.findIndex(row => row.includes(cell));
  return [r, grid[r].indexOf(cell)];
}

function step(link, down, right) {
  const cell = link.closest("td");
  const inside = [...cell.querySelectorAll("a")];
  const sibling = inside[inside.indexOf(link) + down];
  if (down && sibling) return sibling;
  const grid = layOut();
  let [r, c] = find(grid, cell);
  for (r += down, c += right; grid[r] && grid[r][c]; r += down, c += right) {
    const next = grid[r][c] !== cell && grid[r][c].querySelectorAll("a");
    if (next && next.length) return next[down < 0 ? next.length - 1 : 0];
  }
  return null;
}

const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

board.addEventListener("keydown", event => {
  const link = event.target.closest("td a");
  if (!link || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const all = links();
  let next;
  if (event.key in MOVES) next = step(link, ...MOVES[event.key]);
  else if (event.key === "Home") next = all[0];
  else if (event.key === "End") next = all[all.length - 1];
  else return;
  event.preventDefault();
  if (next) next.focus();
});

board.addEventListener("focusin", event => {
  const link = event.target.closest("td a");
  if (!link) return;
  current = link.id;
  rove();
});

// Not sooner: what is new works only once it has settled.
document.addEventListener("htmx:afterSettle", event => {
  if (event.detail.target !== panel) return;
  const next = [".desk-outcome", "[data-focus]", ".desk-who"].map(found => panel.querySelector(found)).find(Boolean);
  (next || panel).focus();
  mark();
});
document.addEventListener("htmx:oobAfterSwap", () => { rove(); mark(); });

// What stands in the panel is marked on the board: a visit, or the time that is about to be taken.
function mark() {
  const visit = panel.querySelector("[name=open]")?.value || panel.querySelector("[data-visit]")?.dataset.visit;
  const slot = panel.querySelector("input[name=slot]")?.value;
  board.querySelectorAll("[aria-current]").forEach(link => link.removeAttribute("aria-current"));
  [`visit-${visit}`, `open-${slot}`].forEach(id => document.getElementById(id)?.setAttribute("aria-current", "true"));
}

// Back to where the panel was opened from, without loading the day again.
function close(event) {
  const back = panel.querySelector("[data-back]");
  if (!back) return;
  event.preventDefault();
  const from = document.getElementById(back.dataset.back);
  panel.replaceChildren();
  mark();
  (from || board).focus();
}
panel.addEventListener("click", event => { if (event.target.closest("[data-back]")) close(event); });
panel.addEventListener("keydown", event => { if (event.key === "Escape") close(event); });

// While a caller's visit is written down, a free cell is the time for it; what was written stays.
board.addEventListener("click", event => {
  const cell = event.target.closest("a.open");
  const slip = panel.querySelector(".desk-slip");
  if (!cell || !slip || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  slip.elements.slot.value = cell.id.slice("open-".length);
  slip.requestSubmit(slip.elements.look);
}, true);

// Drag a booked visit to another row or column. The server judges the time before anything moves.
let drag = null;
let missed = false;

// The row at a height: every row has its own heading, however many rows the cells beside it span.
function findRow(y) {
  return [...board.querySelectorAll("tbody tr")].findIndex(row => {
    const { top, bottom } = row.getBoundingClientRect();
    return y >= top && y < bottom;
  });
}

function findTarget(event) {
  const cell = event.target.closest("tbody td");
  const r = findRow(event.clientY) - drag.offset;
  const rows = board.querySelectorAll("tbody tr");
  if (!cell || !rows[r]) return null;
  const grid = layOut();
  const c = grid[findRow(event.clientY)].indexOf(cell);
  const heading = board.querySelector("thead tr").cells[c];
  return heading?.dataset.place ? { cell: grid[r][c], row: rows[r], heading } : null;
}

function nameSlot({ cell, row, heading }) {
  const open = cell.rowSpan === 1 && cell.querySelector("a.open");
  // With the same clinician it stays where it is: they may work at two places a day.
  const place = heading === drag.heading ? drag.visit.dataset.place : heading.dataset.place;
  return open ? open.id.slice("open-".length) : `${row.dataset.start}/${heading.dataset.key}/${place}`;
}

function point(cell) {
  board.querySelector(".desk-drop")?.classList.remove("desk-drop");
  cell?.classList.add("desk-drop");
}

board.addEventListener("dragstart", event => {
  const visit = event.target.closest?.("a.visit");
  if (!visit?.matches(".visit--booked") || !board.querySelector("th[data-place]")) {
    event.preventDefault();
    return;
  }
  const [first, column] = find(layOut(), visit.closest("td"));
  const heading = board.querySelector("thead tr").cells[column];
  drag = { visit, heading, offset: Math.max(0, findRow(event.clientY) - first) };
  event.dataTransfer.effectAllowed = "move";
  // Nothing of the patient leaves the page with it.
  event.dataTransfer.clearData();
  event.dataTransfer.setData("text/plain", "");
});
board.addEventListener("dragover", event => {
  const target = drag && findTarget(event);
  point(target?.cell);
  if (!target) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "move";
});
board.addEventListener("drop", event => {
  const target = drag && findTarget(event);
  if (!target) return;
  event.preventDefault();
  const path = `${drag.visit.pathname}move/?slot=${encodeURIComponent(nameSlot(target))}`;
  htmx.ajax("GET", path, { target: panel, swap: "innerHTML show:none" });
});
document.addEventListener("dragend", () => {
  drag = null;
  point(null);
  if (missed) htmx.trigger(document.body, "desk-changed");
  missed = false;
});

// A refresh would take the dragged visit out of the hand, also one that was asked for before: it waits.
document.addEventListener("htmx:beforeSwap", event => {
  if (event.detail.requestConfig.elt.id !== "desk-refresh") return;
  if (drag) {
    event.detail.shouldSwap = false;
    missed = true;
  } else {
    leaveOutOtherVisit(event.detail);
  }
});

// A visit that was asked about is not put over another one that was opened meanwhile.
function leaveOutOtherVisit(detail) {
  const parts = new DOMParser().parseFromString(detail.serverResponse, "text/html");
  const visit = parts.getElementById("desk-visit");
  const opened = panel.querySelector("[name=open]")?.value;
  if (!visit || visit.querySelector("[name=open]").value === opened) return;
  visit.remove();
  detail.serverResponse = parts.body.innerHTML;
}

// An old picture of the day must not pass for a new one; whoever was logged out sees the login.
document.addEventListener("htmx:afterRequest", event => {
  const { xhr, successful } = event.detail;
  fresh.textContent = successful ? "" : fresh.dataset.lost;
  if (successful && xhr.responseURL.includes("/login/")) location.reload();
});

rove();
const now = board.querySelector(".desk-now");
if (now) board.scrollTop = now.offsetTop - board.clientHeight / 3;
