"""How `make docs` builds the documentation; _ext/pages.py writes pages of its own."""

import sys
from importlib import metadata
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

from dti_analysis.batch.inputs import describe_inputs
from dti_analysis.files import hash_object

HERE = Path(__file__).parent
sys.path.append(str(HERE / "_ext"))

project = "dti_analysis"
author = copyright = "the dti_analysis authors"
version = release = metadata.version(project)
extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "numpydoc",
    "myst_nb",
    "sphinx_click",
    "mathml",
    "names",
    "pages",
]
exclude_patterns = ["_build"]

# Types and units stand in the docstrings; signatures stay short.
autodoc_typehints = "none"
autodoc_preserve_defaults = True
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
add_module_names = False
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False
numpydoc_xref_param_type = True  # to the classes of this library, which names.py lists
numpydoc_xref_ignore = "all"
default_role = "name"

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
html_math_renderer = "mathml"  # browsers know it: nothing is fetched

# Outputs are kept for as long as notebook, library, data and packages stay the same.
build = describe_inputs(HERE.parent)
made_from = hash_object([build.data, build.library, dict(build.versions)])
nb_execution_mode = "cache"
nb_execution_cache_path = str(HERE / "_build" / "outputs" / made_from[:16])
nb_execution_raise_on_error = True
nb_execution_timeout = 300

# Reports put files into their outputs, which are for `dti report` to take out.
suppress_warnings = ["mystnb.unknown_mime_type"]

html_theme = "furo"
pygments_dark_style = "github-dark"
html_title = f"dti_analysis {release}"
html_static_path = ["_static"]
html_css_files = ["style.css"]
html_copy_source = False
html_show_sourcelink = False


def setup(app: Sphinx) -> None:
    """Set lines of a crontab as they are: Pygments does not know them."""
    app.add_lexer("cron", TextLexer)
