"use strict";
for (const table of document.querySelectorAll("table")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.firstElementChild.addEventListener("click", () => {
    const descending = head.getAttribute("aria-sort") === "descending"
      || (!head.hasAttribute("aria-sort") && !head.classList.contains("number"));
    const sign = descending ? 1 : -1;
    const value = (row) => row.cells[column].dataset.value;
    const compare = head.classList.contains("number")
      ? (a, b) => value(a) - value(b)
      : (a, b) => value(a).localeCompare(value(b), undefined, { numeric: true });
    const rows = [...table.tBodies[0].rows].sort((a, b) => sign * compare(a, b));
    table.tBodies[0].append(...rows);
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", descending ? "ascending" : "descending");
  }));
}
const details = document.querySelector(".details");
for (const map of document.querySelectorAll(".map")) {
  const cells = [...map.children];
  const select = (cell) => {
    cells.forEach((other) => { other.tabIndex = other === cell ? 0 : -1; });
    cell.focus();
  };
  cells.forEach((cell, index) => {
    cell.tabIndex = index ? -1 : 0;
    cell.addEventListener("focus", () => { details.textContent = cell.ariaLabel; });
    cell.addEventListener("pointerenter", () => { details.textContent = cell.ariaLabel; });
  });
  map.addEventListener("keydown", (event) => {
    const index = cells.indexOf(document.activeElement);
    const targets = {
      ArrowRight: index + 1, ArrowDown: index + 1, ArrowLeft: index - 1, ArrowUp: index - 1,
      Home: 0, End: cells.length - 1,
    };
    if (event.key in targets) {
      event.preventDefault();
      select(cells[Math.min(Math.max(targets[event.key], 0), cells.length - 1)]);
    }
  });
}
