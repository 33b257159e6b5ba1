"""Pages that say what stands elsewhere: in docstrings, notebooks, the data package, a schema.

They are written before every build, to docs/reference and docs/notebooks, which git ignores.
"""

import importlib
import importlib.util
import inspect
import json
import pkgutil
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jinja2
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

import dti_analysis
from dti_analysis.root import NOTEBOOKS, RAW

DOCS = Path(__file__).parent.parent
ROOT = DOCS.parent
ROAD = (
    "dti_analysis",
    "models",
    "cleaning",
    "forecasting",
    "history",
    "evaluation",
    "figures",
    "batch",
    "reports",
)
"""Folders in the order of the rooms; others follow."""

TOP = "dti_analysis"
SHARED = "What people hold, `Index`, and the panel in it; and what all folders share."


def write_pages(app: Sphinx) -> None:
    """Write all of them, those that are as they were excepted, and remove what is no page now."""
    texts = {DOCS / "reference" / name: text for name, text in write_reference().items()} | {
        # They lie within docs now.
        DOCS / "notebooks" / file.name: file.read_text(encoding="utf-8").replace(
            "](../docs/", "](../"
        )
        for file in sorted((ROOT / NOTEBOOKS).glob("*.ipynb"))
    }
    for folder in {path.parent for path in texts}:
        folder.mkdir(exist_ok=True)
        for file in set(folder.iterdir()) - set(texts):
            file.unlink()
    for path, text in texts.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def write_reference() -> dict[str, str]:
    """Write the reference, as texts by file name."""
    pages = jinja2.Environment(
        loader=jinja2.FileSystemLoader(DOCS / "_pages"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    pages.filters |= {"plain": escape, "limits": tell_limits}
    package = json.loads((ROOT / RAW / "datapackage.json").read_text(encoding="utf-8"))
    schema = json.loads((DOCS / "manifest.schema.json").read_text(encoding="utf-8"))
    folders = list_modules()
    texts = {
        "data-dictionary.md": pages.get_template("data-dictionary.md.j2").render(package=package),
        "manifest.md": pages.get_template("manifest.md.j2").render(
            schema=schema, fields=list(list_fields(schema, schema))
        ),
        "public.rst": pages.get_template("public.rst.j2").render(
            modules=list_public(),
            is_module=importlib.util.find_spec,  # it has a place of its own in the index
        ),
        "modules.rst": pages.get_template("modules.rst.j2").render(folders=list(folders)),
    }
    for folder, modules in folders.items():
        about = SHARED if folder == TOP else summarise(f"dti_analysis.{folder}")
        texts[f"{folder}.rst"] = pages.get_template("folder.rst.j2").render(
            title=folder, about=about, modules=modules
        )
    return texts


def list_public() -> dict[str, list[tuple[str, str]]]:
    """List what `import dti_analysis` offers: each name, and the directive that documents it.

    Returns
    -------
    dict
        By module, the package first; then those that it offers as they are, such as the figures,
        with what it does not offer by itself.
    """
    known = {name: getattr(dti_analysis, name) for name in sorted(dti_analysis.__all__)}
    modules = {name: found for name, found in known.items() if inspect.ismodule(found)}
    offered = {TOP: known.keys() - modules.keys()} | {
        f"{TOP}.{name}": set(module.__all__) - known.keys() for name, module in modules.items()
    }
    return {
        module: [
            (name, "class" if inspect.isclass(getattr(sys.modules[module], name)) else "function")
            for name in sorted(names)
        ]
        for module, names in offered.items()
    }


def list_modules() -> dict[str, list[str]]:
    """List the public modules by folder; the command line has a page of its own."""
    folders: dict[str, list[str]] = {name: [] for name in ROAD}
    for found in pkgutil.walk_packages(dti_analysis.__path__, "dti_analysis."):
        parts = found.name.split(".")[1:]
        if found.ispkg or parts[-1].startswith(("_", "cli")):
            continue
        folders.setdefault(parts[0] if len(parts) > 1 else TOP, []).append(found.name)
    return {name: modules for name, modules in folders.items() if modules}


def summarise(module: str) -> str:
    """Give the first line of a module's docstring."""
    return (inspect.getdoc(importlib.import_module(module)) or "").partition("\n")[0]


def list_fields(
    schema: Mapping[str, Any], about: Mapping[str, Any], prefix: str = ""
) -> Iterator[dict[str, str]]:
    """List the fields of a JSON schema, those within fields too, by their path."""
    if "$ref" in about:
        about = schema["$defs"][about["$ref"].rpartition("/")[2]]
    for other in about.get("anyOf", []):
        yield from list_fields(schema, other, prefix)
    if "items" in about:
        yield from list_fields(schema, about["items"], f"{prefix}[]")
    if isinstance(about.get("additionalProperties"), dict):
        yield from list_fields(schema, about["additionalProperties"], f"{prefix}.*")
    for name, field in about.get("properties", {}).items():
        path = f"{prefix}.{name}".removeprefix(".")
        yield {"path": path, "type": name_type(field), "description": field.get("description", "")}
        yield from list_fields(schema, field, path)


def name_type(field: Mapping[str, Any]) -> str:
    """Say in words what a field of a JSON schema may hold."""
    if "$ref" in field:
        return "object"
    if "anyOf" in field:
        return " or ".join(sorted(map(name_type, field["anyOf"]), key="null".__eq__))
    if "enum" in field or "const" in field:
        values = field.get("enum", [field.get("const")])
        return " or ".join(json.dumps(value) for value in values)
    kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
    return " or ".join(kinds)


def tell_limits(field: Mapping[str, Any]) -> str:
    """Say in words what a field of the data package may hold."""
    limits = field.get("constraints", {})
    told = [", ".join(map(str, limits.get("enum", [])))]
    least, most = limits.get("minimum"), limits.get("maximum")
    if least is not None:
        told.append(f"from {least}" if most is None else f"{least} to {most}")
    elif most is not None:
        told.append(f"up to {most}")
    told.append(field.get("form", ""))
    told.append(f"e.g. {field['example']}" if "example" in field else "")
    return "; ".join(filter(None, told))


def escape(text: object) -> str:
    """Have Markdown take a text for what it says."""
    return re.sub(r"([\\`*_{}\[\]<>|$#])", r"\\\1", str(text))


def set_language(
    app: Sphinx, name: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """Mark a page as being in the language that its front matter names."""
    context["language"] = (context.get("meta") or {}).get("lang", context["language"])


def setup(app: Sphinx) -> ExtensionMetadata:
    """Write the pages when a build begins."""
    app.connect("builder-inited", write_pages)
    app.connect("html-page-context", set_language)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
