"""What is read from a notebook's parameters cell, which values it takes, and how they arrive."""

import json
import math
import re

import nbformat
import numpy as np
import pytest
from click.testing import CliRunner
from nbformat import v4
from notebook_files import write_notebook
from papermill.parameterize import parameterize_notebook
from running import run_jobs

from dti_analysis import cli
from dti_analysis.batch.job import Job
from dti_analysis.batch.options import Options
from dti_analysis.batch.parameters import Parameter, check_job, inspect_notebook
from dti_analysis.errors import DataError
from dti_analysis.root import NOTEBOOKS, find_root

NAN, INF, HUGE = math.nan, math.inf, 10**5000


@pytest.fixture
def inspect(tmp_path):
    """Write a notebook with a parameters cell, and read it."""

    def inspect(source, **metadata):
        cell = v4.new_code_cell(source, metadata={"tags": ["parameters"]})
        file = tmp_path / "n.ipynb"
        nbformat.write(v4.new_notebook(cells=[cell], metadata=metadata), file)
        return inspect_notebook(file)

    return inspect


@pytest.mark.parametrize(
    ("source", "name", "kind", "default"),
    [
        ("n = 1", "n", "int", 1),
        ("n: int = -1  # how many", "n", "int", -1),
        ('sign = "a=b"', "sign", "str", "a=b"),
        ('sign = "a # b"  # a sign', "sign", "str", "a # b"),
        ("same = 1 == 1", "same", "Any", None),
        ("x: str | None = None", "x", "str | None", None),
        ("x: Optional[str] = None", "x", "Optional[str]", None),
        ("x: typing.Union[int, str] = 1", "x", "typing.Union[int, str]", 1),
        ("x: Literal['a', 'b'] = 'a'", "x", "Literal['a', 'b']", "a"),
        ("x: list[int] = [1, 2]", "x", "list[int]", [1, 2]),
        ("x: 'int' = 1", "x", "'int'", 1),
        ("x = 1  # type: float how far", "x", "float", 1),
        ("x = 1  # type: ignore", "x", "int", 1),
        ("x: int", "x", "int", None),
        ("x = {\n  'a': 1,  # one\n\n  'b': 2,\n}", "x", "dict", {"a": 1, "b": 2}),
        ("x = '''\ny = 1\n'''", "x", "str", "\ny = 1\n"),
        ("a, (b, c) = 1, ('x', None)", "b", "str", "x"),
        ("a, b = pair", "b", "Any", None),
        ("a, *b = 1, 2, 3", "b", "Any", None),
        ("a = b = 1.5", "b", "float", 1.5),
        ("x = 1; y = 'b'", "y", "str", "b"),
        ("x = 10 ** 6", "x", "Any", None),
        ("x = None", "x", "Any", None),
        ("x = 1\nx = 'b'", "x", "str", "b"),
        ("if True:\n    x = 1\nelse:\n    x: int = 2", "x", "int", None),
        ("%matplotlib inline\nx = 1", "x", "int", 1),
        ("%%time\nx = 1  # how many {1, 2}", "x", "int", 1),
        ("files = !ls\nx = 1  # how many", "x", "int", 1),
        ("x = 1\nthis is no Python", "x", "int", 1),
    ],
)
def test_every_assignment_of_the_cell_is_a_parameter(inspect, source, name, kind, default):
    found = inspect(source)[name]
    assert (found.kind, found.default) == (kind, default)


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    x = 1",
        "class A:\n    x = 1",
        "x == 1",
        "a.x = 1",
        "a['x'] = 1",
        "x\n",
        "",
        "not Python at all x = = 1",
    ],
)
def test_what_sets_no_name_of_the_notebook_is_none(inspect, source):
    assert inspect(source) == {}


def test_a_comment_ends_with_what_the_value_may_be_on_the_first_or_last_line(inspect):
    found = inspect(
        "a = 1  # how many [0, 10]\n"
        "b = (  # which {'x', 'y'}\n    'x'\n)\n"
        "c = [\n    1,  # not of it [5, 6]\n]  # at least (2, ]\n"
        "d = 1  # a set {of, words}\n"
        "e: float = 0.5  # a share [0, 1]"
    )
    assert found["a"].bounds == (0, 10)
    assert found["b"].choices == ("x", "y")
    assert found["c"].bounds == (2, math.inf)
    assert found["d"] == Parameter("d", "int", 1)
    assert found["e"].bounds == (0, 1)


@pytest.mark.parametrize(
    "about",
    [
        {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}},
        {"kernelspec": {"name": "ir", "display_name": "R"}, "language_info": {"name": "R"}},
    ],
)
def test_parameters_of_another_language_are_known_by_name_and_take_anything(inspect, about):
    found = inspect("n <- 1\nname = 'x'\nlocal share.of <- TRUE\nif (n == 1) print(n)", **about)
    assert list(found) == ["n", "name", "share.of"]
    assert all(each.fault("anything") is None for each in found.values())


def test_types_and_ranges_are_read_from_the_parameters_cell(tmp_path):
    known = inspect_notebook(write_notebook(tmp_path / "n.ipynb"))
    assert {name: p.kind for name, p in known.items()} == {
        **{"province": "str", "draws": "int", "basis": "int", "share": "float"},
        "is_short": "bool",
    }
    assert known["draws"].bounds == (0, 1_000_000)
    assert known["basis"].choices == (63, 34)
    assert known["share"].default == 0.5


@pytest.mark.parametrize(
    "file", sorted((find_root() / NOTEBOOKS).glob("*.ipynb")), ids=lambda f: f.stem
)
def test_the_defaults_of_the_projects_notebooks_are_in_range(file):
    known = inspect_notebook(file)
    assert known
    for parameter in known.values():
        assert parameter.fault(parameter.default) is None


def test_a_notebook_that_changed_is_read_again(inspect):
    assert list(inspect("a = 1")) == ["a"]
    assert list(inspect("b = 1")) == ["b"]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("str", "None", "None"),
        ("str", "5", "5"),
        ("str", "true", "true"),
        ("str", '"x"', '"x"'),
        ("str", "", ""),
        ("str | None", "None", None),
        ("str | None", "", ""),
        ("str | None", "5", "5"),
        ("Optional[int]", "None", None),
        ("Optional[int]", "5", 5),
        ("int | str", "5", 5),
        ("int | str", "5.5", "5.5"),
        ("Union[int, float, str]", "5.5", 5.5),
        ("int | str", "many", "many"),
        ("bool", "TRUE", True),
        ("bool", "False", False),
        ("bool", "1", True),
        ("bool | int", "1", 1),
        ("bool | str", "1", "1"),
        ("bool | None", "None", None),
        ("bool | str", "true", True),
        ("float", "-0.0", -0.0),
        ("float", "1e3", 1000.0),
        ("Literal['a', 'b']", "a", "a"),
        ("Literal['1', 2]", "1", "1"),
        ("Literal['1', 2]", "2", 2),
        ("Literal['a'] | None", "None", None),
        ("list[str]", "['a', 'b']", ["a", "b"]),
        ("list[str] | str", "['a', 'b']", ["a", "b"]),
        ("dict[str, int]", "{'a': 1}", {"a": 1}),
        ("tuple[int, int]", "[1, 2]", [1, 2]),
        ("Any", "['a', 5]", ["a", 5]),
        ("Any", "many", "many"),
        ("Any", "'5'", "5"),
        ("Path", "data/a.csv", "data/a.csv"),
        ("Annotated[int, 'how many']", "5", 5),
        ("'int | None'", "None", None),
    ],
)
def test_a_text_is_read_as_the_most_special_type_that_it_fits(kind, text, value):
    parameter = Parameter("x", kind, None)
    read = parameter.read(text)
    assert (read, type(read)) == (value, type(value))
    assert parameter.fault(read) is None


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("int", "many"),
        ("int", "1.5"),
        ("int", ""),
        ("int", "None"),
        ("int | None", ""),
        ("int", "9" * 5000),
        ("bool", "yes"),
        ("bool", "2"),
        ("float", "1,5"),
        ("float", "nan"),
        ("float", "1e999"),
        ("Literal['a', 'b']", "c"),
        ("Literal[1, 2]", "3"),
        ("list", "1"),
        ("list[int]", "['a']"),
        ("dict[str, int]", "{'a': 'b'}"),
        ("list", "(1, 2)"),
        ("tuple", "(1, 2)"),
        ("Any", "{1, 2}"),
        ("Any", "[(1, 2)]"),
        ("Any", "b'bytes'"),
        ("int", "[" * 10_000),
    ],
)
def test_a_text_that_fits_no_type_is_refused(kind, text):
    parameter = Parameter("x", kind, None)
    try:
        fault = parameter.fault(parameter.read(text))
    except ValueError as error:
        fault = str(error)
    assert fault is not None
    assert fault.startswith("must be ")
    assert ", got " in fault
    assert len(fault) < 200


NESTED = [[[1, {"a": [None, True, -0.0, 1e-300]}]]]


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, False, 0, -1, 2**53 + 1, 10**400, 0.1, -0.0, 1e22, 1e-300, 5e-324, 1.0),
        *("", " ", "Huế", 'a"b', "a'b", "a\\b", "\\", "\\n", "a\nb\tc\r", "{x}", "%s", "\x00\x1b"),
        *("\u2028", "𝔘", "'''", '"""', "#", "a=b", "-0", "None", "{{ x }}", "\\u00e9", "\ufeff"),
        *([], [[]], {}, [1, "a", None], {"": ""}, {"a b": {"c": [1.5, "x"]}}, {'"': "'"}),
        *({"đ\n": -0.0}, NESTED, {"1": 1, "True": False}, [True, 1, 1.0], list("abc") * 100),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_a_value_that_is_taken_arrives_as_it_is(value):
    assert Parameter("x", "Any", None).fault(value) is None
    cell = v4.new_code_cell("x = 1", metadata={"tags": ["parameters"]})
    notebook = v4.new_notebook(cells=[cell], metadata={"papermill": {}})
    given = parameterize_notebook(notebook, {"x": value}, kernel_name="python3", language="python")
    names = {}
    exec(given.cells[1].source, names)
    stored = nbformat.reads(nbformat.writes(given), as_version=4).metadata.papermill.parameters.x
    for arrived in (names["x"], stored, json.loads(json.dumps(value))):
        assert repr(arrived) == repr(value)


class Text(str):
    """Papermill would write it as text; it is more."""


DEEP = []
for _ in range(60):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        *(
            ((1, 2), "Write a list"),
            ({1, 2}, "Write a list"),
            ([(1,)], r"\(1,\) of type tuple"),
        ),
        *(({"a": {1}}, "Write a list"), (frozenset(), "Write a list")),
        *((NAN, "finite"), ([NAN], "finite"), ({"a": [INF]}, "finite"), (-INF, "finite")),
        *(({1: "a"}, "the key 1 of type int"), ([{None: 1}], "the key None")),
        *(({True: 1}, "the key True"), ({("a",): 1}, "of type tuple")),
        *((HUGE, "4300 digits"), ([-HUGE], "4300 digits")),
        *((b"a", "type bytes"), (1j, "type complex"), (object(), "type object")),
        *((np.float64(0.5), "type float64"), ([np.int64(1)], "type int64"), (Text("a"), "Text")),
        *(("\ud800", "UTF-8"), (["a\udcff"], "UTF-8"), ({"\ud800": 1}, "UTF-8")),
        *((DEEP, "at most 50"), (["x" * 99_999, {1}], "JSON can say")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_that_would_arrive_changed_is_refused_on_any_level(value, words):
    fault = Parameter("x", "Any", None).fault(value)
    assert fault is not None
    assert re.search(words, fault)
    assert len(fault) < 250


@pytest.mark.parametrize(
    ("parameter", "value", "words"),
    [
        (
            Parameter("x", "tuple", (1, 2)),
            (1, 2),
            "of type tuple, got (1, 2) of type tuple. Write a list.",
        ),
        (Parameter("x", "int | None", 1), "1", "must be of type int | None, got '1' of type str."),
        (Parameter("x", "int", 1, choices=(10, 9)), 8, "must be one of 10, 9, got 8."),
        (Parameter("x", "Any", 1, choices=(10, 9)), [8], "must be one of 10, 9, got [8]."),
        (Parameter("x", "int", 1, bounds=(0, INF)), -1, "must be from 0 to inf, got -1."),
        (Parameter("x", "str", ""), HUGE, "got one that is too long to be shown of type int"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_fault_tells_what_was_expected_and_found(parameter, value, words):
    assert words in parameter.fault(value)


def test_several_cells_of_parameters_are_refused_as_the_last_would_undo_what_is_given(tmp_path):
    first, last = (v4.new_code_cell("n = 1", metadata={"tags": ["parameters"]}) for _ in range(2))
    nbformat.write(v4.new_notebook(cells=[first, v4.new_code_cell(), last]), tmp_path / "n.ipynb")
    with pytest.raises(DataError, match=r"n\.ipynb: cells 1, 3 are all tagged parameters\. Take"):
        check_job(tmp_path / "n.ipynb", {"n": 2}, ["html"])


CODE = {"cell_type": "code", "metadata": {}, "source": "print('value')"}
HEAD = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}}


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"[]", b"{}", b'"null"', b"null", b"1", b"{", b"\xff\xfe{", b"\x89PNG", b"[" * 9999),
        *(
            json.dumps(shape).encode()
            for shape in (
                HEAD,
                HEAD | {"cells": None},
                HEAD | {"cells": {}},
                HEAD | {"cells": [1]},
                HEAD | {"cells": [{}]},
                HEAD | {"cells": [CODE | {"metadata": []}]},
                HEAD | {"cells": [CODE | {"metadata": {"tags": "parameters"}}]},
                HEAD | {"cells": [CODE | {"source": 1}]},
                HEAD | {"cells": [CODE | {"cell_type": "heading"}]},
                HEAD | {"cells": [], "metadata": []},
                HEAD | {"cells": [], "metadata": {"kernelspec": "python3"}},
                HEAD | {"cells": [], "nbformat": "four"},
                HEAD | {"cells": [], "nbformat": 99},
            )
        ),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_file_that_is_no_notebook_is_refused_with_one_message(tmp_path, content):
    (tmp_path / "n.ipynb").write_bytes(content)
    arguments = ["report", "--notebook", tmp_path / "n.ipynb", "--output", tmp_path / "out"]
    result = CliRunner().invoke(cli.main, list(map(str, arguments)))
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1
    assert "n.ipynb: cannot be read as a notebook: " in result.stderr
    assert len(result.stderr) < 400
    assert not (tmp_path / "out").exists()


def test_a_folder_is_no_notebook(tmp_path):
    with pytest.raises(DataError, match="cannot be read: Is a directory"):
        inspect_notebook(tmp_path)


VERSION_3 = {
    **{"cell_type": "code", "input": "print('value')", "language": "python"},
    **{"metadata": {}, "outputs": []},
}
INCOMPLETE = {
    "no-metadata": HEAD | {"cells": [CODE | {"outputs": [], "execution_count": None}]},
    "no-outputs": HEAD | {"cells": [CODE]},
    "no-ids": HEAD | {"nbformat_minor": 5, "cells": [CODE | {"outputs": []}]},
    "no-such-kernel": HEAD | {"cells": [CODE], "metadata": {"kernelspec": {"name": "none"}}},
    "with-a-mark": HEAD | {"cells": [CODE]},
    "version-3": {
        **{"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}},
        "worksheets": [{"cells": [VERSION_3]}],
    },
}


def test_a_notebook_is_run_whatever_it_does_without(tmp_path):
    jobs = []
    for name, shape in INCOMPLETE.items():
        encoding = "utf-8-sig" if name == "with-a-mark" else "utf-8"
        (tmp_path / f"{name}.ipynb").write_text(json.dumps(shape), encoding=encoding)
        jobs.append(Job(tmp_path / f"{name}.ipynb", {}, name, name))
    outcomes = run_jobs(jobs, tmp_path / "out", options=Options(retries=0))
    assert {outcome.job.stem: outcome.error for outcome in outcomes} == dict.fromkeys(INCOMPLETE)
    for name in INCOMPLETE:
        assert "<pre>value" in (tmp_path / f"out/{name}.html").read_text(encoding="utf-8")
