"""What others build upon, listed; ``python tests/public_interface.py`` accepts a change of it.

Python names with their signatures, commands with their options, the fields of the JSON, of the
manifest and of index.toml. What leaves this list, or changes on it, breaks somebody's program, and
is told in CHANGELOG.md.
"""

import importlib
import inspect
import json
from pathlib import Path

import click

import dti_analysis
from dti_analysis import cli

CHECKOUT = Path(__file__).resolve().parent.parent
LIST = CHECKOUT / "tests" / "public_interface.txt"
SCHEMAS = {
    "JSON of dti forecast": "docs/forecast.schema.json",
    "manifest.json": "docs/manifest.schema.json",
    "index.toml": "dti_analysis/index.schema.json",
}


def list_python():
    for name in sorted(dti_analysis.__all__):
        if name != "figures":
            yield from list_object(name, getattr(dti_analysis, name))
    figures = importlib.import_module("dti_analysis.figures")
    for name in sorted(set(figures.__all__) - set(dti_analysis.__all__)):
        yield from list_object(f"figures.{name}", getattr(figures, name))


def list_object(name, found):
    if not inspect.isclass(found):
        yield f"{name}{tell_signature(found)}"
        return
    is_made_by_users = issubclass(found, Exception) or name == "Target"
    yield f"class {name}{tell_signature(found) if is_made_by_users else ''}"
    fields = set(getattr(found, "__dataclass_fields__", ()))
    members = {part for kind in found.__mro__ if is_own(kind) for part in vars(kind)} | fields
    for part in sorted(member for member in members if not member.startswith("_")):
        member = inspect.getattr_static(found, part, None)
        if inspect.isfunction(member) or isinstance(member, classmethod | staticmethod):
            yield f"{name}.{part}{tell_signature(getattr(found, part))}"
        else:
            yield f"{name}.{part}"


def is_own(kind):
    return kind.__module__.partition(".")[0] == "dti_analysis"


def tell_signature(found):
    """Names and defaults; types stand in the docstrings."""
    signature = inspect.signature(found)
    bare = [part.replace(annotation=part.empty) for part in signature.parameters.values()]
    return str(signature.replace(parameters=bare, return_annotation=signature.empty))


def list_commands(command=cli.main, words=("dti",)):
    told = []
    for part in command.params:
        names = "/".join([*part.opts, *part.secondary_opts])
        if isinstance(part, click.Argument):
            names = part.name.upper()
        choices = getattr(part.type, "choices", ())
        told.append(f"{names}{{{','.join(choices)}}}" if choices else names)
    yield " ".join([*words, *sorted(told)])
    for name, child in sorted(getattr(command, "commands", {}).items()):
        yield from list_commands(child, (*words, name))


def list_fields(schema, root, path=""):
    """List the fields of a JSON Schema with their types, as ``forecast[].year: integer``."""
    if "$ref" in schema:
        part = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            part = part[step]
        schema = {**part, **{key: value for key, value in schema.items() if key != "$ref"}}
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    told = " | ".join([*kinds, *map(json.dumps, values)])
    if path and told:
        yield f"{path}: {told}"
    needed = set(schema.get("required", ()))
    for name, part in schema.get("properties", {}).items():
        inner = f"{path}.{name}" if path else name
        yield from list_fields(part, root, inner if name in needed else f"{inner}?")
    for key, mark in (("additionalProperties", ".*"), ("items", "[]")):
        if isinstance(schema.get(key), dict):
            yield from list_fields(schema[key], root, f"{path}{mark}" if path else mark[-1])
    for pattern, part in schema.get("patternProperties", {}).items():
        yield from list_fields(part, root, f"{path}./{pattern}/")
    for key in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(key, ()):
            yield from list_fields(part, root, path)


def write_list():
    """Write the list as it is now."""
    parts = {"Python": list_python(), "Commands": list_commands()}
    for title, file in SCHEMAS.items():
        schema = json.loads((CHECKOUT / file).read_text(encoding="utf-8"))
        parts[title] = dict.fromkeys(list_fields(schema, schema))
    return "\n".join(
        f"# {title}\n" + "".join(f"{line}\n" for line in lines) for title, lines in parts.items()
    )


if __name__ == "__main__":
    LIST.write_text(write_list(), encoding="utf-8")
