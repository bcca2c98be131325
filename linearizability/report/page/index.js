"use strict";
// Sorting and finding in the table of runs.
(() => {
  const table = document.getElementById("table"), body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  const rows = [...body.rows], find = document.getElementById("find"), suite = document.getElementById("suite");
  const verdict = document.getElementById("verdict"), found = document.getElementById("found");
  const words = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value === undefined ? cell.textContent.trim() : Number(cell.dataset.value);
  };
  const sort = (column) => {
    const up = heads[column].getAttribute("aria-sort") === (column === 0 ? "none" : "descending") || (heads[column].getAttribute("aria-sort") === "none" && !heads[column].classList.contains("number"));
    heads.forEach((h) => h.setAttribute("aria-sort", "none"));
    heads[column].setAttribute("aria-sort", up ? "ascending" : "descending");
    const order = (a, b) => typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true });
    rows.sort((a, b) => (up ? 1 : -1) * order(value(a, column), value(b, column)));
    body.append(...rows);
  };
  heads.forEach((head, i) => head.querySelector("button").addEventListener("click", () => sort(i)));

  const filter = () => {
    const wanted = find.value.trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      row.hidden = !words.get(row).includes(wanted) || (suite.value && row.dataset.suite !== suite.value) || (verdict.value && !row.classList.contains(verdict.value));
      shown += row.hidden ? 0 : 1;
    }
    found.textContent = shown === rows.length ? "" : `${shown} of ${rows.length}`;
  };
  for (const control of [find, suite, verdict]) control.addEventListener("input", filter);
})();
