"use strict";
// "Bà Rịa" and "ba ria" are the same to someone who searches.
const fold = (text) =>
  text.normalize("NFD").replace(/\p{Mn}/gu, "").toLowerCase().replace(/đ/g, "d").replace(/[^a-z0-9]+/g, " ").trim();

const tools = document.querySelector(".tools");
const [search, region, basis] = ["search", "region", "basis"].map((id) => document.getElementById(id));
const output = tools.querySelector("output");
const rows = [...document.querySelectorAll(".provinces tbody tr")].map((row) => {
  const section = row.closest(".basis");
  const heading = row.cells[0];
  // Regions are found by their names in either language.
  const words = fold(`${heading.textContent} ${row.querySelector(".region").textContent} ${row.dataset.region}`);
  const tile = section.querySelector(`.tiles [data-code="${row.dataset.code}"]`);
  return { row, words, tile, region: row.dataset.region, basis: section.dataset.basis };
});
const filter = () => {
  const wanted = fold(search.value);
  let found = 0;
  for (const { row, words, tile, ...own } of rows) {
    row.hidden = !words.includes(wanted) || (region.value !== "" && own.region !== region.value) ||
      (basis.value !== "" && own.basis !== basis.value);
    tile.hidden = row.hidden;
    found += !row.hidden;
  }
  for (const section of document.querySelectorAll(".basis"))
    section.hidden = basis.value !== "" && section.dataset.basis !== basis.value;
  output.textContent = found < rows.length ? output.dataset.found.replace("{count}", found) : "";
};
for (const field of [search, region, basis]) field.addEventListener("input", filter);
tools.addEventListener("submit", (event) => event.preventDefault());
tools.hidden = false;
// What the browser kept in the fields over a reload holds.
window.addEventListener("pageshow", filter);

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
