"""Where the simulated company meets its customers, and how often something goes wrong there."""

from dataclasses import dataclass

import numpy as np

__all__ = ["BEFORE", "SERVICE", "Service", "experience_shares"]


@dataclass(frozen=True)
class Service:
    """One touchpoint of customers.

    Attributes
    ----------
    touchpoint : str
        Name of the touchpoint, as in the shipped list.
    ordinary : float
        Weight among ordinary contacts, in which nothing goes wrong.
    experience : float
        Share of the negative experiences; the shares of all touchpoints sum to 1.
    channel, direction, handled_by : str or None
        As recorded with the contact.
    failure : str or None
        Outcome recorded when it goes wrong; None where the ticket or the complaint tells it.
    minutes : float
        Mean length of a contact; 0 where none is recorded.
    support : bool
        Whether the customer's effort is asked afterwards.
    asks : bool
        Whether satisfaction is asked afterwards, of some.
    """

    touchpoint: str
    ordinary: float
    experience: float
    channel: str
    direction: str = "inbound"
    handled_by: str | None = "self_service"
    failure: str | None = "unresolved"
    minutes: float = 0.0
    support: bool = False
    asks: bool = True


SERVICE = (
    Service("hotline", 0.13, 0.24, "phone", handled_by="human", failure="abandoned", minutes=6, support=True),
    Service("email_support", 0.12, 0.18, "email", handled_by="human", failure=None, minutes=12, support=True),
    Service("chat", 0.09, 0.12, "chat", handled_by="bot_then_human", minutes=5, support=True),
    Service("help_centre", 0.12, 0.04, "web", minutes=3),
    Service("app", 0.24, 0.10, "app", minutes=4, asks=False),
    Service("shop_or_branch", 0.06, 0.05, "shop", handled_by="human", minutes=15),
    Service("payment_and_invoice", 0.04, 0.11, "email", direction="outbound", handled_by=None),
    Service("packaging_and_delivery", 0.04, 0.10, "parcel", direction="outbound", handled_by=None),
    Service("complaint", 0.0, 0.06, "email", handled_by="human", failure=None, minutes=20, support=True),
    Service("newsletter", 0.08, 0.0, "email", direction="outbound", handled_by=None, asks=False),
    Service("status_update", 0.05, 0.0, "email", direction="outbound", handled_by=None, asks=False),
    Service("loyalty_offer", 0.02, 0.0, "email", direction="outbound", handled_by=None, asks=False),
    Service("community", 0.01, 0.0, "web", asks=False),
)
"""Touchpoints of customers; ordinary contacts are never negative, complaints always."""

BEFORE = {
    "online_ad": 0.22,
    "social_media": 0.14,
    "search": 0.16,
    "press": 0.03,
    "fair_or_event": 0.02,
    "recommendation_heard": 0.06,
    "product_page": 0.20,
    "review_platform": 0.05,
    "sales_talk": 0.05,
    "chat": 0.04,
    "newsletter": 0.03,
}
"""Share of the contacts before a purchase."""


def experience_shares() -> np.ndarray:
    """Share of the negative experiences at each entry of :data:`SERVICE`."""
    return np.array([service.experience for service in SERVICE])
