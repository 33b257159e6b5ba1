"""What a notebook imports, read from its code."""

import ast
from collections.abc import Iterable, Iterator

import nbformat


def find_imports(notebooks: Iterable[bytes]) -> tuple[str, ...]:
    """List what notebooks import.

    Parameters
    ----------
    notebooks : iterable of bytes
        Contents of notebook files.

    Returns
    -------
    tuple of str
        Names of modules, and of what is taken from them, which may be modules too; in the order
        they come, each once. Cells that are not plain Python are passed over.
    """
    names: dict[str, None] = {}
    for content in notebooks:
        notebook = nbformat.reads(content.decode(), as_version=4)  # type: ignore[no-untyped-call]
        for cell in notebook.cells:
            if cell.cell_type == "code":
                names |= dict.fromkeys(_read_imports(cell.source))
    return tuple(names)


def _read_imports(source: str) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return  # a magic, perhaps
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
