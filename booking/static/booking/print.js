// The button needs this script, so it is shown by it.
const button = document.getElementById("desk-print");
button.hidden = false;
button.addEventListener("click", () => window.print());
