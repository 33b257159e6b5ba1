"""What a notebook imports, read from its code."""

import ast
from collections.abc import Iterable, Iterator

from dti_analysis.batch.notebook import parse


def find_imports(notebooks: Iterable[bytes]) -> tuple[str, ...]:
    """List what notebooks, by their contents, import: each once, in the order they come.

    They are names of modules, and of what is taken from them, which may be modules too, or be
    imported only when they are used. Cells that are not plain Python are passed over.
    """
    names: dict[str, None] = {}
    for content in notebooks:
        modules: dict[str, str] = {}
        for cell in parse(content).cells:
            if cell.cell_type == "code":
                names |= dict.fromkeys(_read_imports(cell.source, modules))
    return tuple(names)


def _read_imports(source: str, modules: dict[str, str]) -> Iterator[str]:
    """Go through the names in a cell; `modules` are those imported so far, by their short names."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return  # a magic, perhaps
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.asname: alias.name for alias in node.names if alias.asname}
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id in modules:
                yield f"{modules[node.value.id]}.{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
