"""Parameters of a notebook, on a command line and in a table: ``-p NAME=VALUE``, ``--over FILE``.

The notebook takes those of `CELL`.
"""

CELL = """\
from typing import Literal
town: str = "Huế"  # any
draws: int = 10  # joint futures [1, 1000]
share: float = 0.5  # of all [0, 1]
basis: int = 63  # which {63, 34}
is_short: bool = False
level: int | None = None
mode: Literal["a", "b"] = "a"
towns: list[str] = []
sizes: dict[str, int] = {}
anything = None
"""

# fmt: off
GIVEN = [
    ("no sign", "draws", '-p draws: expected name=value, as in -p "draws=1000".'),
    ("no name", "=5", 'parameter "" is not known.'),
    ("a name of none", "drawn=5", "parameter drawn is not known."),
    ("a name of another case", "Draws=5", "parameter Draws is not known."),
    ("a name with space", "draws =5", 'parameter "draws " is not known.'),
    ("a name that is imported", "Literal=5", "parameter Literal is not known."),
    ("a name of a sign", "draws!=5", 'parameter "draws!" is not known.'),
    ("no value", "draws=", "-p: parameter draws must be of type int, got ''."),
    ("a word for a number", "draws=many", "-p: parameter draws must be of type int, got 'many'."),
    ("a number and a half", "draws=1.5",
     "-p: parameter draws must be of type int, got 1.5 of type"),
    ("below the least", "draws=0", "-p: parameter draws must be from 1 to 1000, got 0."),
    ("above the greatest", "draws=1001", "-p: parameter draws must be from 1 to 1000, got 1001."),
    ("a truth for a number", "draws=true", "-p: parameter draws must be of type int, got 'true'."),
    ("a list for a number", "draws=[1]",
     "-p: parameter draws must be of type int, got [1] of type list."),
    ("thousands parted", "draws=1,000", "-p: parameter draws must be of type int, got '1,000'."),
    ("a number in quotes", "draws='5'", '-p: parameter draws must be of type int, got "\'5\'".'),
    ("a sum", "draws=1+1", "-p: parameter draws must be of type int, got '1+1'."),
    ("a call", "draws=int(5)", "-p: parameter draws must be of type int, got 'int(5)'."),
    ("five thousand digits", f"draws={'9' * 5000}", "-p: parameter draws must be of type"),
    ("levels without end", f"draws={'[' * 5000}", "-p: parameter draws must be of type"),
    ("a number that is none", "share=nan", "-p: parameter share must be of type float, got 'nan'."),
    ("a number without end", "share=inf", "-p: parameter share must be of type float, got 'inf'."),
    ("a number too great", "share=1e999", "-p: parameter share must be a finite number, got inf."),
    ("a decimal comma", "share=0,5", "-p: parameter share must be of type float, got '0,5'."),
    ("a share above one", "share=1.01", "-p: parameter share must be from 0 to 1, got 1.01."),
    ("a share below zero", "share=-0.01", "-p: parameter share must be from 0 to 1, got -0.01."),
    ("a share in percent", "share=50%", "-p: parameter share must be of type float, got '50%'."),
    ("no choice", "basis=62", "-p: parameter basis must be one of 63, 34, got 62."),
    ("no truth", "is_short=maybe", "-p: parameter is_short must be true or false, got 'maybe'."),
    ("no truth in Vietnamese", "is_short=có",
     "-p: parameter is_short must be true or false, got 'có'."),
    ("neither number nor none", "level=none at all",
     "-p: parameter level must be of type int | None, got 'none at"),
    ("no word of two", "mode=c", "-p: parameter mode must be of type Literal['a', 'b'], got 'c'."),
    ("a word of two in capitals", "mode=A",
     "-p: parameter mode must be of type Literal['a', 'b'], got 'A'."),
    ("one for a list", "towns=Huế", "-p: parameter towns must be of type list[str], got 'Huế'."),
    ("numbers in a list of words", "towns=[1, 2]",
     "-p: parameter towns must be of type list[str], got [1, 2] of"),
    ("a row that is no list", "towns=('a', 'b')",
     "-p: parameter towns must be of type list[str], got ('a', 'b')"),
    ("a set for words", "towns={'a'}",
     "-p: parameter towns must be of type list[str], got {'a'} of"),
    ("words in a dictionary of numbers", "sizes={'a': 'b'}",
     "-p: parameter sizes must be of type dict[str, int], got {'a':"),
    ("numbers for names", "sizes={1: 2}",
     "-p: parameter sizes must be of type dict[str, int], got {1:"),
    ("bytes", "anything=b'a'", "-p: parameter anything must be what JSON can say, got b'a' of"),
    ("a complex number", "anything=1j",
     "-p: parameter anything must be what JSON can say, got 1j of"),
    ("a set", "anything={1, 2}", "-p: parameter anything must be what JSON can say, got {1, 2}"),
    ("a row", "anything=[(1, 2)]", "-p: parameter anything must be what JSON can say, got (1, 2)"),
    ("infinite in a list", "anything=[1e999]",
     "-p: parameter anything must be a finite number, got inf."),
]

OVER = [
    ("no file", None, "expected a table, found no such file."),
    ("nothing", "", "expected a table, found an empty file."),
    ("a header alone", "draws\n", "expected rows, found only the header."),
    ("a column of none", "drawn\n5\n", "parameter drawn is not known."),
    ("a column twice", "draws,draws\n1,2\n", 'row 1 ~ found twice the column "draws".'),
    ("a column without name", "draws,\n1,2\n", "row 2: expected 1 cell as in the header, found 2."),
    ("a cell too many", "draws\n1,2\n", "row 2: expected 1 cell as in the header, found 2."),
    ("a cell too few", "draws,share\n1\n", "row 2: expected 2 cells as in the header, found 1."),
    ("a word for a number", "draws\nmany\n",
     "row 2: parameter draws must be of type int, got 'many'."),
    ("a number out of range", "draws\n0\n",
     "row 2: parameter draws must be from 1 to 1000, got 0."),
    ("a number and a half", "draws\n2.5\n",
     "row 2: parameter draws must be of type int, got 2.5 of type"),
    ("one row twice", "draws\n5\n5\n",
     "row 3: its report would have the name of that of row 2, 5."),
    ("one name twice", "town\nHuế\nhue\n",
     "row 3: its report would have the name of that of row 2, hue."),
    ("a formula without value", "draws\n=1+1\n",
     'row 2, field draws ~ found "=1+1": a formula without a value.'),
    ("an error of a spreadsheet", "draws\n#REF!\n",
     'row 2, field draws ~ found "#REF!": an error of a spreadsheet.'),
    ("a page", "<html><table><tr><td>draws", "expected a table, found a page, in HTML or XML."),
    ("another encoding", "town\nHuế\n".encode("utf-16-le"),
     "expected a table, found another kind of file."),
    ("signs mixed", 'share,draws\n"0,5",1\n0.25,2\n', 'row 3, field share ~ found "0.25".'),
    ("a name that steers", "town\na\x1b[1mb\n", None),
    ("a name turned round", "town\na\u202eb\n", None),
]
