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

document.addEventListener("htmx:afterSwap", event => {
  if (event.target === panel) {
    const outcome = panel.querySelector(".desk-outcome");
    (outcome || panel.querySelector(".desk-who") || panel).focus();
  }
  mark();
});
document.addEventListener("htmx:oobAfterSwap", () => { rove(); mark(); });

// The visit that stands in the panel is marked on the board.
function mark() {
  const open = panel.querySelector("[name=open]");
  board.querySelectorAll("[aria-current]").forEach(link => link.removeAttribute("aria-current"));
  if (open) document.getElementById(`visit-${open.value}`)?.setAttribute("aria-current", "true");
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

// An old picture of the day must not pass for a new one; whoever was logged out sees the login.
document.addEventListener("htmx:afterRequest", event => {
  const { xhr, successful } = event.detail;
  fresh.textContent = successful ? "" : fresh.dataset.lost;
  if (successful && xhr.responseURL.includes("/login/")) location.reload();
});

rove();
const now = board.querySelector(".desk-now");
if (now) board.scrollTop = now.offsetTop - board.clientHeight / 3;
