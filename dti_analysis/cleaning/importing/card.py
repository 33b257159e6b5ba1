"""How a table was read and what comes of it, for the terminal."""

from collections.abc import Sequence

from dti_analysis.cleaning.importing.book import Entry
from dti_analysis.cleaning.importing.edition import Edition
from dti_analysis.display import align_columns
from dti_analysis.names import quote


def describe_edition(edition: Edition, held: Sequence[str]) -> str:
    """Tell which column is what, which rows are units, and what adds up."""
    mapping, grid = edition.mapping, edition.grid
    rows = sorted(edition.units["row"])
    basis = f", basis {mapping.basis}" if mapping.basis else ""
    header = ["column", "header", "read as", "out of", "values", "lowest", "highest"]
    table = align_columns([header, *(_tell_column(edition, letter) for letter in mapping.columns)])
    left_out = [f"row {row}: {quote(text)}" for row, text in mapping.left_out.items()]
    return "\n".join(
        [
            f"{grid.place}: edition {mapping.year}{basis}, {len(rows)} rows read, "
            f"{rows[0]} to {rows[-1]}",
            *table,
            *([f"Left out: {', '.join(left_out)}."] if left_out else []),
            *([f"Marks of footnotes left out: {edition.marked}."] if edition.marked else []),
            *(f"Checked: {each}." for each in held),
        ]
    )


def describe_entry(entry: Entry, where: str, is_tried: bool) -> str:
    """Tell what was written, or would be."""
    lines = [f"Disagrees: {conflict}." for conflict in entry.conflicts]
    standing = f"; {entry.standing} stand already" if entry.standing else ""
    what = f"{', '.join(entry.added) or 'the checksums'}{standing}"
    if not entry.contents:
        lines.append(f"Nothing new: all {entry.standing} stand already. Nothing was changed.")
    elif is_tried:
        examples = (f"  {row}" for row in entry.examples)
        lines += [f"Would add {what}. Such as:", *examples, "Nothing was written."]
    else:
        lines += [f"Added {what}.", f"Next: look at git diff {where}, then make reports."]
        lines.append(f"To undo what is not committed there: git checkout -- {where}")
    return "\n".join(lines)


def _tell_column(edition: Edition, letter: str) -> list[str]:
    column = edition.mapping.columns[letter]
    start = [letter, column.header[:40], column.read, str(column.out_of or "")]
    metric = next((name for name, at in edition.letters.items() if at == letter), None)
    if metric is None or edition.numbers[metric].isna().all():
        return [*start, "", "", ""]
    numbers = edition.numbers[metric].dropna()
    return [*start, str(len(numbers)), f"{numbers.min():.6g}", f"{numbers.max():.6g}"]
