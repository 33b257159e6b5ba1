"use strict";
// "Bà Rịa" and "ba ria" are the same to someone who searches, and so are "Sài Gòn" and "saigon".
const strip = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/đ/g, "d");
const fold = (text) => strip(text).replace(/[^\p{L}\p{N}|]+/gu, "");

const search = document.getElementById("search");
const output = document.querySelector("output");
// Changed in place: a node that comes or goes has browsers work out the style of all rosters anew.
const told = output.appendChild(new Text());
const isShown = (part) => part.getClientRects().length > 0;
const listRows = () => [...document.querySelectorAll(".units tbody tr")];
const known = new Map(listRows().map((row) => {
  const roster = row.closest(".roster");
  const heading = row.querySelector("th").cloneNode(true);
  for (const note of heading.querySelectorAll(".phone, .bad")) note.remove();
  return [row, {
    roster,
    names: fold(`${heading.textContent}|${row.dataset.region}`),
    signs: strip(heading.textContent),
    // Of a short form the beginning has to fit.
    spellings: fold(`|${row.dataset.spellings}`),
    tile: roster.querySelector(`.tiles [data-code="${CSS.escape(row.dataset.code)}"]`),
  }];
}));
// By the hundred, the uppermost first: a keystroke is answered before hundreds of rows are laid out.
let coming = [];
const show = () => {
  for (const row of coming.splice(0, 100)) row.hidden = false;
  if (coming.length) requestAnimationFrame(() => setTimeout(show)); // once these are painted
};
const filter = () => {
  const typed = strip(search.value.trim());
  const wanted = fold(typed).replaceAll("|", "");
  const rosters = [...document.querySelectorAll(".roster")].filter(isShown);
  const found = listRows().filter((row) => {
    const { names, signs, spellings, tile } = known.get(row);
    // A name may be signs alone, as may what is looked for.
    const isFound = wanted ? names.includes(wanted) || spellings.includes(`|${wanted}`) : signs.includes(typed);
    if (!isFound) row.hidden = true;
    if (tile) tile.classList.toggle("faint", !isFound);
    return isFound;
  });
  coming = found.filter((row) => row.hidden);
  show();
  const count = found.filter((row) => rosters.includes(known.get(row).roster)).length;
  told.data = typed ? output.dataset.found.replace("{count}", count) : "";
};
search.closest("p").hidden = false;
search.addEventListener("input", filter);
for (const choice of document.querySelectorAll("[name=roster]")) choice.addEventListener("change", filter);
search.form.addEventListener("submit", (event) => event.preventDefault());
// What the browser kept in the fields over a reload holds.
window.addEventListener("pageshow", filter);

const order = new Intl.Collator(document.documentElement.lang);
// Of the chances, that of the target chosen.
const read = (row, place) =>
  (row.cells[place].dataset.value ?? [...row.cells[place].querySelectorAll("[data-value]")].find(isShown)?.dataset.value);
const compare = (a, b, place) => {
  const [first, second] = [a, b].map((row) => read(row, place));
  return first === undefined ? order.compare(a.cells[place].textContent, b.cells[place].textContent) : first - second;
};
// What is not known comes last in either direction.
const isUnknown = (row, place) => read(row, place) === "";
for (const heading of document.querySelectorAll(".units thead th:not(.files)")) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...heading.childNodes);
  heading.append(button);
  button.addEventListener("click", () => {
    const place = heading.cellIndex;
    const isAscending = heading.getAttribute("aria-sort") !== "ascending";
    for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", isAscending ? "ascending" : "descending");
    const table = heading.closest("table");
    table.classList.toggle("resorted", place > 0 || !isAscending);
    const sorted = [...table.tBodies[0].rows].sort((a, b) =>
      isUnknown(a, place) - isUnknown(b, place) || (isAscending ? 1 : -1) * compare(a, b, place));
    table.tBodies[0].append(...sorted);
  });
}
