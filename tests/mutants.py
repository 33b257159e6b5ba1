"""Change the arithmetic here and there, and see whether the tests notice; `make mutants` runs it.

The changes are cosmic-ray's. Each is run in a process of its own, forked from one that has imported
what takes long, and no file is written. What is changed, and which tests are to notice, stands in
pyproject.toml; `--survivors` runs those again that a run before has listed.
"""

import argparse
import ast
import contextlib
import importlib.abc
import importlib.util
import json
import os
import random
import re
import shutil
import signal
import sys
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from difflib import unified_diff
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent

# Bits for sums, and "is" for "==": few of these would ever be written by mistake, and most end at
# once in a TypeError, which says nothing of the tests.
ODD = re.compile(
    r"core/ReplaceBinaryOperator_(Add|Sub|Mul|Div|FloorDiv|Mod|Pow)_"
    r"(RShift|LShift|BitOr|BitAnd|BitXor|Pow|Mod|FloorDiv)"
    r"|core/ReplaceBinaryOperator_Bit(Or|And|Xor)_(?!Bit)"
    r"|core/ReplaceComparisonOperator_(?!Is).*_Is(Not)?$"
    r"|core/ReplaceUnaryOperator_USub_(Invert|Not)"
)


@dataclass(frozen=True)
class Mutant:
    """One change to a module: which of the places that its operator changes."""

    module: str
    operator: str
    occurrence: int
    arguments: str

    def write(self):
        """Give the module's text, changed."""
        from cosmic_ray.mutating import mutate_code
        from cosmic_ray.plugins import get_operator

        text = (CHECKOUT / self.module).read_text(encoding="utf-8")
        operator = get_operator(self.operator)(**json.loads(self.arguments))
        return mutate_code(text, operator, self.occurrence)

    def tell(self):
        """Tell what is changed."""
        text = (CHECKOUT / self.module).read_text(encoding="utf-8")
        lines = unified_diff(text.splitlines(), self.write().splitlines(), lineterm="", n=0)
        return "\n".join(f"    {line}" for line in list(lines)[2:])


class Changed(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):
    """Imports one module as it was changed."""

    def __init__(self, module, text):
        self.name = module.removesuffix(".py").replace("/", ".")
        self.file, self.text = str(CHECKOUT / module), text

    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def get_filename(self, name):
        return self.file

    def get_data(self, path):
        return self.text.encode()


def list_annotations(module):
    """Spans of types, which no test runs: first and last place, as (line, column)."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        for name in ("annotation", "returns"):
            told = getattr(node, name, None)
            if told is not None:
                yield (told.lineno, told.col_offset), (told.end_lineno, told.end_col_offset)


def list_mutants(module):
    """List the changes to a module, those of types and odd ones apart."""
    from cosmic_ray.commands.init import _all_work_items

    types = list(list_annotations(CHECKOUT / module))
    for item in _all_work_items([CHECKOUT / module], {}):
        (place,) = item.mutations
        is_type = any(first <= place.start_pos < last for first, last in types)
        if not is_type and not ODD.match(place.operator_name):
            told = json.dumps(place.operator_args, sort_keys=True)
            yield Mutant(module, place.operator_name, place.occurrence, told)


def survives(mutant, tests, timeout):
    """Run tests against a mutant (or none); whether all are passed in time."""
    text = mutant.write() if mutant else None
    child = os.fork()
    if child == 0:
        run_tests(mutant, text, tests)
    deadline = time.monotonic() + timeout
    while os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if time.monotonic() > deadline:
            os.killpg(child, signal.SIGKILL)
            break
        time.sleep(0.05)
    return os.waitpid(child, 0)[1] == 0


def run_tests(mutant, text, tests):
    """Run tests in this process, and end it."""
    code = 1
    with contextlib.suppress(BaseException):
        os.setpgid(0, 0)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        import pytest

        if mutant:
            sys.meta_path.insert(0, Changed(mutant.module, text))
        modules = [mutant.module] if mutant else []
        code = pytest.main(["-q", "-x", "-p", "no:cacheprovider", *modules, *tests])
    os._exit(int(code))


def warm_up():
    """Import what is not changed and takes long, and make the project that the tests work on."""
    sys.path[:0] = [str(CHECKOUT), str(CHECKOUT / "tests")]
    import scipy.special
    import scipy.stats  # noqa: F401
    from frozen import make_project

    project = make_project()
    # Whoever is told of xdist makes none of its own.
    os.environ["PYTEST_XDIST_WORKER"] = "gw0"
    for name in [name for name in sys.modules if name.partition(".")[0] == "dti_analysis"]:
        del sys.modules[name]
    return project


def main():
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("modules", nargs="*", help="a part of those in pyproject.toml")
    asked.add_argument("--with", dest="folder", help="where cosmic-ray is, if not installed")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--jobs", type=int, default=os.cpu_count())
    asked.add_argument("--list", type=Path, help="file to list survivors in")
    asked.add_argument("--survivors", type=Path, help="such a file, to run again")
    told = asked.parse_args()
    sys.path += [told.folder] if told.folder else []
    os.chdir(CHECKOUT)
    settings = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutants"]
    parts = {name: part for name, part in settings["modules"].items() if name in told.modules}
    parts = parts or settings["modules"]
    if told.survivors:
        again = [Mutant(**each) for each in json.loads(told.survivors.read_text(encoding="utf-8"))]
    project = warm_up()
    try:
        total, alive = 0, []
        for module, part in parts.items():
            there = sorted(list_mutants(module), key=str)
            chosen = random.Random(told.seed).sample(there, min(part["sample"], len(there)))
            if told.survivors:
                chosen = [mutant for mutant in again if mutant.module == module]
            if not survives(None, [module, *part["tests"]], 10 * settings["timeout"]):
                sys.exit(f"{module}: its tests fail without any change.")

            def run(mutant, tests=part["tests"]):
                return survives(mutant, tests, settings["timeout"])

            with ThreadPoolExecutor(told.jobs) as pool:
                living = [
                    each for each, lives in zip(chosen, pool.map(run, chosen), strict=True) if lives
                ]
            total, alive = total + len(chosen), alive + living
            dead = len(chosen) - len(living)
            print(f"{module}: {dead} of {len(chosen)} killed, of {len(there)} there are")
            for mutant in living:
                print(f"  {mutant.operator}, place {mutant.occurrence}\n{mutant.tell()}")
            sys.stdout.flush()
            if told.list:
                told.list.write_text(json.dumps([asdict(each) for each in alive]), encoding="utf-8")
        print(f"{total - len(alive)} of {total} killed: {1 - len(alive) / max(total, 1):.1%}")
    finally:
        shutil.rmtree(project, ignore_errors=True)


if __name__ == "__main__":
    main()
