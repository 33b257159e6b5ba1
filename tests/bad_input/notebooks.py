"""Notebooks that are none, given to ``dti report --notebook FILE``."""

import json


def write(*cells: object, **more: object) -> bytes:
    told = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [*cells], **more}
    return json.dumps(told).encode()


def code(source: object = "1", **more: object) -> dict[str, object]:
    return {
        **{"cell_type": "code", "id": "a", "metadata": {}, "outputs": []},
        **{"execution_count": None, "source": source, **more},
    }


_TAGGED = {"metadata": {"tags": ["parameters"]}}

# fmt: off
ROWS = [
    ("no file", None, "there is no such notebook."),
    ("nothing", b"", "cannot be read as a notebook: it is not JSON."),
    ("a script", b"print(1)\n", "cannot be read as a notebook: it is not JSON."),
    ("a page", b"<html></html>", "cannot be read as a notebook: it is not JSON."),
    ("an archive", b"PK\x03\x04", "cannot be read as a notebook: it is not JSON."),
    ("cut short", write(code())[:60], "cannot be read as a notebook: it is not JSON."),
    ("a mark of UTF-16", write(code()).decode().encode("utf-16"),
     "cannot be read as a notebook: it is not in UTF-8."),
    ("a list", b"[1]", "found [1]."),
    ("a number", b"3", "found 3."),
    ("an entry twice", b'{"nbformat": 4, "nbformat": 4}',
     "cannot be read as a notebook: The notebook is invalid and is"),
    ("no number of JSON", write(code()).replace(b"null", b"NaN"), None),
    ("levels without end", b'{"a":' * 20_000, "cannot be read as a notebook: it is not JSON."),
    ("no format", b'{"cells": []}', None),
    ("a format to come", write(code(), nbformat=9),
     "cannot be read as a notebook: Unsupported nbformat version 9."),
    ("a format of text", write(code(), nbformat="4"), 'found "4".'),
    ("a format of nothing", write(code(), nbformat=None), "found null."),
    ("cells of text", write(cells="all"),
     'cannot be read as a notebook: expected a list, found "all".'),
    ("cells of nothing", write(cells=None),
     "cannot be read as a notebook: expected a list, found null."),
    ("a cell of text", write("print(1)"), 'found "print(1)".'),
    ("a cell of no kind", write({"metadata": {}, "source": ""}),
     "cannot be read as a notebook: cell 1: cell_type is missing."),
    ("a cell of another kind", write(code(cell_type="chart")), 'found "chart".'),
    ("a source of a number", write(code(5)), "found 5."),
    ("a source of numbers", write(code([5])), "found 5."),
    ("outputs of text", write(code(outputs="none")), 'found "none".'),
    ("an output of no kind", write(code(outputs=[{"text": "a"}])),
     "cannot be read as a notebook: cell 1, outputs: output_type is"),
    ("metadata of a list", write(code(metadata=[])), "found []."),
    ("tags of text", write(code(metadata={"tags": "parameters"})), 'found "parameters".'),
    ("tags of numbers", write(code(metadata={"tags": [1]})), "found 1."),
    ("metadata of all of text", write(code(), metadata="x"), 'found "x".'),
    ("a kernel of text", write(code(), metadata={"kernelspec": "python3"}),
     "cannot be read as a notebook: 'str' object has no attribute"),
    ("a kernel without name", write(code(), metadata={"kernelspec": {}}), None),
    ("a language of a number", write(code(), metadata={"language_info": {"name": 5}}), "found 5."),
    ("parameters twice", write(code("a = 1", **_TAGGED), code("a = 2", id="b", **_TAGGED)),
     "cells 1, 2 are all tagged parameters."),
    ("half a letter", write(code("'\ud800'")),
     "cannot be read as a notebook: it holds half a letter, which"),
]
