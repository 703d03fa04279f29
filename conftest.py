"""How checked notebook cells are compared: by the text a reader sees, not by its dress."""

import sys

from cxlib.result import FIGURES_TYPE

# See cxlib/report/__init__.py: an import that costs seconds and that no notebook needs.
sys.modules.setdefault("rfc3987_syntax", None)


def pytest_collectstart(collector):
    """Compare the stored text alone; HTML and figures follow from the same result."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("text/html", FIGURES_TYPE)
