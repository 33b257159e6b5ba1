"""Panels, in CSV and XLSX, given to ``dti forecast Ash --panel FILE``."""

import io
from functools import partial

from openpyxl import Workbook

OPTIONS = {
    "of 100": ("--max-score", "100"),
    "of a part": ("--subset",),
    "unpublished": ("--blank", "unpublished"),
    "absent": ("--blank", "absent"),
    "of trees": ("--measure", "trees"),
}
"""What goes with a table whose name ends so."""


def write_lines(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def write_book(*rows: tuple[object, ...]) -> bytes:
    book, stream = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


scores = partial(write_lines, "unit,year,score")
ranks = partial(write_lines, "unit,year,rank")
both = partial(write_lines, "unit,year,score,rank")
coded = partial(write_lines, "unit,code,year,score")

FIVE = ("Ash", "Birch", "Cedar", "Elm", "Hazel")
TURNED = [f"{unit},2020,{10 * at},{at}" for at, unit in enumerate(FIVE, start=1)]

# fmt: off
ROWS = [
    # --- what is no table
    ("no file", None, "expected a panel, found no such file."),
    ("nothing in it", "", "expected a panel, found an empty file."),
    ("a mark of UTF-8 alone", b"\xef\xbb\xbf", "expected a panel, found no cells."),
    ("commas alone", ",,,\n,,,\n", "expected a panel, found no cells."),
    ("a header alone", scores(), "expected rows, found only the header."),
    ("rows without header", "Ash,2020,1\nBirch,2020,2\n",
     'row 1 ~ found no column "unit", "year", "score (or rank)".'),
    ("one column", "unit\nAsh\n", 'row 1 ~ found no column "year", "score (or rank)".'),
    ("JSON", '{"unit": "Ash", "year": 2020}',
     'row 1 ~ found no column "unit", "year", "score (or rank)".'),
    ("XML", "<?xml version='1.0'?><a/>", "expected a panel, found a page, in HTML or XML."),
    ("PDF", b"%PDF-1.4\n%\xe2\xe3\n", "expected a panel, found another kind of file."),
    ("gzip", b"\x1f\x8b\x08\x00\x00\x00", "expected a panel, found another kind of file."),
    ("an old encoding", "unit,year,score\nĐà Lạt,2020,1\n".encode("cp1258", "replace"),
     "row 2: expected UTF-8, found byte 0xD0 at byte 1 of the line."),
    ("Latin letters", "unit,year,score\nLeón,2020,1\n".encode("latin-1"),
     "row 2: expected UTF-8, found byte 0xF3 at byte 3 of the line."),
    ("zeros", bytes(100), "expected a panel, found another kind of file."),
    ("a zero in a name", scores("A\0sh,2020,1"), "expected a panel, found another kind of file."),
    ("cut in a letter", scores("Huế,2020,1").encode()[:20],
     "row 2: expected UTF-8, found byte 0xE1 at byte 3 of the line."),
    ("quotes left open", scores('"Ash,2020,1', "Birch,2020,2"),
     "row 2: expected quotes in pairs around a cell: unexpected end"),
    ("a quote inside quotes", scores('"A"sh",2020,1'),
     "row 2: expected quotes in pairs around a cell: ',' expected"),
    ("two signs", "unit,a;year,b;score,c\nAsh,1;2020,1;3,1\n",
     "found that commas or semicolons would do."),
    # --- headers
    ("no unit", "name,year,score\nAsh,2020,1\n", 'row 1 ~ found no column "unit".'),
    ("no year", "unit,edition,score\nAsh,2020,1\n", 'row 1 ~ found no column "year".'),
    ("no value", "unit,year,points\nAsh,2020,1\n", 'row 1 ~ found no column "score (or rank)".'),
    ("the unit twice", "unit,unit,year,score\nAsh,Ash,2020,1\n",
     'row 1 ~ found twice the column "unit".'),
    ("the score twice", "unit,year,score,score\nAsh,2020,1,2\n",
     'row 1 ~ found twice the column "score".'),
    ("capital letters", "Unit,Year,Score\nAsh,2020,1\n",
     'row 1 ~ found no column "unit", "year", "score (or rank)".'),
    ("a title above", "A table of mine\nunit,year,score\n",
     "row 2: expected 1 cell as in the header, found 3."),
    ("years across", "unit,2020,2021\nAsh,1,2\n",
     'row 1 ~ found no column "year", "score (or rank)".'),
    # --- rows
    ("a cell too many", scores("Ash,2020,1,9"),
     "row 2: expected 3 cells as in the header, found 4."),
    ("a cell too few", scores("Ash,2020"), "row 2: expected 3 cells as in the header, found 2."),
    ("a decimal comma between commas", scores("Ash,2020,0,5"),
     "row 2: expected 3 cells as in the header, found 4."),
    ("a row twice", scores("Ash,2020,1", "Ash,2020,1"), "row 3, field unit ~ found row 2 as well."),
    ("a unit twice, in other numbers", scores("Ash,2020,1", "Ash,2020.0,2"),
     "row 3, field unit ~ found row 2 as well."),
    ("a note below", scores("Ash,2020,1", "Source: us,,"),
     "row 3, field year ~ found a blank cell."),
    ("nothing known", scores("Ash,2020,", "Birch,2020,"),
     "expected a score or a rank, found none in any row."),
    # --- units
    ("a unit without name", scores(",2020,1"),
     "row 2, field unit: expected a name, found a blank cell."),
    ("a name of space", scores(" \u00a0 ,2020,1"),
     "row 2, field unit: expected a name, found a blank cell."),
    ("a name of nothing seen", scores("\u200b,2020,1"),
     "row 2, field unit: expected a name, found a blank cell."),
    ("a name of fillers", scores("\u3164,2020,1"),
     'row 2, field unit: expected a name, found "\\u3164".'),
    ("two spellings by case", scores("Ash,2020,1", "ASH,2021,1"),
     'row 3, field unit ~ found "ASH" here and "Ash" in row 2.'),
    ("two spellings by marks", scores("Huế,2020,1", "Hue,2021,1"),
     'row 3, field unit ~ found "Hue" here and "Huế" in row 2.'),
    ("two spellings by space", scores("New York,2020,1", "New\u00a0York,2021,1"),
     'row 3, field unit ~ found "New\\xa0York" here and "New York" in row 2.'),
    ("two spellings by what is not seen", scores("Ash,2020,1", "A\u034fsh,2021,1"),
     'row 3, field unit ~ found "A\\u034fsh" here and "Ash" in row 2.'),
    ("a footnote at a name", scores("Ash,2020,1", "Ash*,2021,1"),
     'row 3, field unit ~ found "Ash*" here and "Ash" in row 2.'),
    ("escape in a name", scores("A\x1b[31msh,2020,1"), 'row 2, field unit ~ found "A\\x1b[31msh".'),
    ("a name turned round", scores("A\u202esh,2020,1"), 'row 2, field unit ~ found "A\\u202esh".'),
    ("a tab in a name", scores('"A\tsh",2020,1'), 'row 2, field unit ~ found "A\\x09sh".'),
    ("a line break in a name", scores('"A\nsh",2020,1'), 'row 2, field unit ~ found "A\\x0ash".'),
    ("a formula as a name", write_book(("unit", "year", "score"), ("=A1", 2020, 1)),
     'row 2, field unit ~ found "=A1": a formula without a value.'),
    ("a code of two", coded("Ash,a,2020,1", "Birch,A,2020,2"),
     'row 3, field code ~ found "A" here and "a" in row 2.'),
    ("a code for some rows", coded("Ash,a,2020,1", "Ash,,2021,2"),
     'row 3, field code ~ found none here and "a" for "Ash" in row 2.'),
    ("a name that is a code", coded("Ash,b,2020,1", "b,c,2020,2"),
     'row 3, field unit ~ found "b" here and the code "b" in row 2.'),
    ("a code twice", coded("Ash,a,2020,1", "Birch,a,2020,2"),
     "row 3, field unit ~ found row 2 as well."),
    ("escape in a code", coded("Ash,a\x1b,2020,1"), 'row 2, field code ~ found "a\\x1b".'),
    # --- years
    ("no year in a row", scores("Ash,,1"), "row 2, field year ~ found a blank cell."),
    ("a year in words", scores("Ash,last,1"), 'row 2, field year ~ found "last".'),
    ("a year of two digits", scores("Ash,20,1"), 'row 2, field year ~ found "20".'),
    ("a year of five digits", scores("Ash,20200,1"), 'row 2, field year ~ found "20200".'),
    ("a year and a half", scores("Ash,2020.5,1"), 'row 2, field year ~ found "2020.5".'),
    ("a year below zero", scores("Ash,-2020,1"), 'row 2, field year ~ found "-2020".'),
    ("a year and a month", scores("Ash,2020-05,1"), 'row 2, field year ~ found "2020-05".'),
    ("a school year", scores("Ash,2020/21,1"), 'row 2, field year ~ found "2020/21".'),
    ("a year in other digits", scores("Ash,２０２０,1"),
     'row 2, field year ~ found "２０２０": its digits are not 0 to 9.'),
    ("a year with a mark", scores("Ash,2020¹,1"),
     'row 2, field year ~ found "2020¹": a footnote mark is no digit.'),
    ("a year in E notation", scores("Ash,2.02e3,1"), 'row 2, field year ~ found "2.02e3".'),
    ("a year as a date", write_book(("unit", "year", "score"), ("Ash", "2020-01-01", 1)),
     'row 2, field year ~ found "2020-01-01".'),
    # --- scores
    ("a score in words", scores("Ash,2020,high"), 'row 2, field score ~ found "high".'),
    ("a dash for nothing", scores("Ash,2020,-"), 'row 2, field score ~ found "-".'),
    ("n/a", scores("Ash,2020,n/a"), 'row 2, field score ~ found "n/a".'),
    ("infinite", scores("Ash,2020,inf"), 'row 2, field score ~ found "inf".'),
    ("too great", scores("Ash,2020,1e200"), 'row 2, field score ~ found "1e200".'),
    ("thousands", scores('Ash,2020,"1,234.5"', "Birch,2020,2"),
     'row 2, field score ~ found "1,234.5": its thousands are parted.'),
    ("a comma that may be of thousands", scores('Ash,2020,"1,234"', "Birch,2020,2"),
     'row 2, field score ~ found "1,234", and no other number settles it.'),
    ("signs mixed", scores('Ash,2020,"1,5"', "Birch,2020,2.5"),
     'row 3, field score ~ found "2.5".'),
    ("shares and others", scores("Ash,2020,50%", "Birch,2020,0.5"),
     'row 2, field score ~ found "50%".'),
    ("a share of seven", scores("Ash,2020,5/7", "Birch,2020,6"),
     'row 2, field score ~ found "5/7".'),
    ("a plus sign", scores("Ash,2020,+5"), 'row 2, field score ~ found "+5": it has a plus sign.'),
    ("a raised digit", scores("Ash,2020,0.5²"),
     'row 2, field score ~ found "0.5²": a footnote mark is no digit.'),
    ("a half", scores("Ash,2020,½"),
     'row 2, field score ~ found "½": a footnote mark is no digit.'),
    ("a unit of measure", scores("Ash,2020,5 kg"), 'row 2, field score ~ found "5 kg".'),
    ("money", scores("Ash,2020,$5"), 'row 2, field score ~ found "$5".'),
    ("an underscore", scores("Ash,2020,1_000"),
     'row 2, field score ~ found "1_000": its digits are parted.'),
    ("hexadecimal", scores("Ash,2020,0x1F"), 'row 2, field score ~ found "0x1F".'),
    ("a true minus sign", scores("Ash,2020,−5"), 'row 2, field score ~ found "−5".'),
    ("two points", scores("Ash,2020,1.2.3"), 'row 2, field score ~ found "1.2.3".'),
    ("an error of a spreadsheet", scores("Ash,2020,#DIV/0!"),
     'row 2, field score ~ found "#DIV/0!": an error of a spreadsheet.'),
    ("a formula not computed", write_book(("unit", "year", "score"), ("Ash", 2020, "=1/3")),
     'row 2, field score ~ found "=1/3": a formula without a value.'),
    ("a truth", write_book(("unit", "year", "score"), ("Ash", 2020, True)),
     'row 2, field score ~ found "TRUE".'),
    ("five thousand digits", scores(f"Ash,2020,{'1' * 5000}"),
     "row 2, field score: expected a finite"),
    ("beyond the end, of 100", scores("Ash,2020,101", "Birch,2020,5"),
     'the score 101 of "Ash" in 2020 is outside 0 to 100.'),
    ("below zero, of 100", scores("Ash,2020,-1", "Birch,2020,5"),
     'the score -1 of "Ash" in 2020 is outside 0 to 100.'),
    # --- ranks
    ("rank zero", ranks("Ash,2020,0"), 'row 2, field rank ~ found "0".'),
    ("a rank below zero", ranks("Ash,2020,-1"), 'row 2, field rank ~ found "-1".'),
    ("a rank and a half", ranks("Ash,2020,1.5", "Birch,2020,2"),
     'row 2, field rank ~ found "1.5".'),
    ("a rank in words", ranks("Ash,2020,first"), 'row 2, field rank ~ found "first".'),
    ("a rank beyond the rows", ranks("Ash,2020,1", "Birch,2020,9"),
     "the ranks of 2020 go up to 9, and 2 units have a row: 7"),
    ("a rank out of fewer", ranks("Ash,2020,3/2", "Birch,2020,1/2"),
     'row 2, field rank ~ found "3/2".'),
    ("ranks out of others", ranks("Ash,2020,1/9", "Birch,2020,2"),
     'row 2, field rank ~ found "1/9".'),
    ("ranks out of two numbers, of a part", ranks("Ash,2020,1/9", "Birch,2020,2/8"),
     'row 3, field rank ~ found "2/8".'),
    ("a rank with a mark", ranks("Ash,2020,1*", "Birch,2020,2"),
     'row 2, field rank ~ found "1*": a footnote mark is no digit.'),
    ("a raised digit at a rank", ranks("Ash,2020,1³", "Birch,2020,2"),
     'row 2, field rank ~ found "1³": a footnote mark is no digit.'),
    ("a great rank", ranks("Ash,2020,9999999999"), 'row 2, field rank ~ found "9999999999".'),
    ("a rank as a range", ranks("Ash,2020,1-2", "Birch,2020,3"),
     'row 2, field rank ~ found "1-2".'),
    # --- what does not fit together
    ("ranks turned", both(*TURNED), "expected the ranks of 2020 to follow"),
    ("blank rows", scores("Ash,2020,1", "Birch,2020,"),
     "1 row of 2020 has neither score nor rank, such as that of"),
    ("a status of its own", write_lines(
        "unit,year,score,score_status", "Ash,2020,1,guessed"),
     'row 2, field score_status ~ found "guessed".'),
    ("a status of ranks of its own", write_lines(
        "unit,year,rank,rank_status", "Ash,2020,1,Published"),
     'row 2, field rank_status ~ found "Published".'),
    ("another measure, of trees", scores("Ash,2020,1", "Birch,2020,2"),
     'measure "trees" is not known for all units of any edition.'),
    ("another unit", scores("Oak,2020,1", "Elm,2020,2"),
     "no unit is known in two editions up to 2020: a forecast needs"),
    ("one edition of one unit", scores("Ash,2020,1"),
     "no unit is known in two editions up to 2020: a forecast needs"),
    ("all the same", scores(*(f"{u},{y},5" for u in FIVE for y in (2020, 2021, 2022))), None),
    ("one unit alone", scores("Ash,2020,1", "Ash,2021,2", "Ash,2022,4"), None),
    ("who is gone", scores("Ash,2020,1", "Birch,2020,2", "Ash,2021,1"), None),
]
