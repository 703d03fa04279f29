"""The report: chapters run as notebooks, collected, and published as one edition a month."""

import sys

# jsonschema's optional grammar of internationalised addresses takes seconds to build, and no
# notebook needs it; an entry of None makes its import fail quietly.
sys.modules.setdefault("rfc3987_syntax", None)
