"""The cashier's page: static files that the local API serves at `/` and under `/screen/`.

No build step and nothing from the net: `static/index.html`, ES modules, styles, one file of icons, and the
words in Russian and English.
"""

from pathlib import Path

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The header that the page is written for and tested with: nothing inline, nothing from elsewhere."""


def static_folder() -> Path:
    """The one folder that may be served: `index.html` at `/`, all of it under `/screen/`."""
    return Path(__file__).parent / "static"
