"use strict";
// "Bà Rịa" and "ba ria" are the same to someone who searches.
const fold = (text) =>
  text.normalize("NFD").replace(/\p{Mn}/gu, "").toLowerCase().replace(/đ/g, "d").replace(/[^a-z0-9]+/g, " ").trim();

const rows = [...document.querySelectorAll(".provinces tbody tr")];
const words = new Map(rows.map((row) =>
  [row, fold(`${row.cells[0].textContent} ${row.querySelector(".region").textContent}`)]));
const search = document.getElementById("search");
search.addEventListener("input", () => {
  const wanted = fold(search.value);
  let found = 0;
  for (const row of rows) {
    row.hidden = !words.get(row).includes(wanted);
    found += !row.hidden;
  }
  document.querySelector(".tools output").textContent = wanted ? `${found} found` : "";
});
document.querySelector(".tools").hidden = false;

const order = new Intl.Collator("vi");
const compare = (a, b, place) => {
  const [first, second] = [a, b].map((row) => row.cells[place].dataset.value);
  if (first === undefined) return order.compare(a.cells[place].textContent, b.cells[place].textContent);
  return first - second;
};
// What is not known comes last in either direction.
const isUnknown = (row, place) => row.cells[place].dataset.value === "";
for (const heading of document.querySelectorAll(".provinces thead th")) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...heading.childNodes);
  heading.append(button);
  button.addEventListener("click", () => {
    const isAscending = heading.getAttribute("aria-sort") !== "ascending";
    for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", isAscending ? "ascending" : "descending");
    const body = heading.closest("table").tBodies[0];
    const place = heading.cellIndex;
    const sorted = [...body.rows].sort((a, b) =>
      isUnknown(a, place) - isUnknown(b, place) || (isAscending ? 1 : -1) * compare(a, b, place));
    body.append(...sorted);
  });
}
