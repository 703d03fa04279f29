"""What chapter 04 publishes."""

from cxlib.figures import Declared, Figures
from cxlib.language import say

__all__ = ["FIGURES"]

FIGURES = Figures(
    "04",
    Declared(
        "touchpoints.contacts",
        "touchpoints.contacts",
        say("Contacts in the month"),
        "contacts",
        "contacts recorded at touchpoints in the month, in either direction, before and after the purchase: "
        "a count, not a sample",
        settings=("definitions.minimum_group",),
    ),
    Declared(
        "touchpoints.contacts.failed",
        "touchpoints.failed",
        say("Contacts that ended unresolved or abandoned, of those with a recorded outcome"),
        "%",
        "unresolved or abandoned, of the month's contacts with a recorded outcome; touchpoints that record "
        "the outcome of fewer than half of their contacts are left out, because there a failure may be the "
        "only outcome that is written down",
        "Wilson, clustered by customer",
        settings=("definitions.minimum_group",),
        has_truth=True,
    ),
)
