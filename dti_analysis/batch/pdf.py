"""HTML page → PDF to print, mail and search, by WeasyPrint."""

import contextlib
import io
from pathlib import Path
from typing import Any

import matplotlib

from dti_analysis.errors import DataError

# The faces that the figures name, and that every installation brings: with those of the machine,
# pages would differ from one to the next, or lack letters.
_FACES = "\n".join(
    f'@font-face {{ font-family: "{kind}"; src: url({file}.ttf); {style} }}'
    for kind, file, style in (
        ("DejaVu Sans", "DejaVuSans", ""),
        ("DejaVu Sans", "DejaVuSans-Bold", "font-weight: bold"),
        ("DejaVu Sans", "DejaVuSans-Oblique", "font-style: italic"),
        ("DejaVu Sans Mono", "DejaVuSansMono", ""),
    )
)
_STYLE = f"""{_FACES}
body {{ font-family: "DejaVu Sans" }}
code, pre {{ font-family: "DejaVu Sans Mono" }}
"""


def check_pdf() -> None:
    """Refuse to go on where WeasyPrint, or a library that it needs, is missing."""
    try:
        # It prints advice of its own, which the message below replaces.
        with contextlib.redirect_stdout(io.StringIO()):
            import weasyprint  # noqa: F401
    except ImportError as error:
        raise DataError(
            "--format pdf needs WeasyPrint. Install it: pip install 'dti_analysis[pdf]'"
        ) from error
    except OSError as error:
        raise DataError(
            f"--format pdf needs Pango, which WeasyPrint cannot load ({error}). Install it: "
            "apt-get install libpangoft2-1.0-0 libharfbuzz-subset0, brew install pango, "
            "or conda install pango"
        ) from error


def render_pdf(html: str) -> bytes:
    """Lay a self-contained page, nothing is fetched for it, out on A4, as its print style says.

    The PDF is tagged for screen readers, with the headings as its outline and without a date: the
    same page gives the same bytes.
    """
    # It is optional, and takes half a second.
    from weasyprint import CSS, HTML, URLFetcher
    from weasyprint.text.fonts import FontConfiguration

    fonts: Any = FontConfiguration()
    folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
    style = CSS(string=_STYLE, base_url=f"{folder.as_uri()}/", font_config=fonts)
    page = HTML(string=html, url_fetcher=URLFetcher(allowed_protocols={"data"}))
    pdf: bytes = page.write_pdf(stylesheets=[style], font_config=fonts, pdf_variant="pdf/ua-1")
    return pdf
