"""Money of one month: what each customer used, paid and cost; and the company's fixed cost."""

import numpy as np

from cxlib.company.simulated import Company, Stream

__all__ = ["billed", "fixed_costs"]

SWING = 0.1
"""Revenue and costs of a month vary by up to this share around what is expected."""


def billed(company: Company, month: int) -> dict[str, np.ndarray]:
    """Return the billing of a month: customer, units, revenue, direct_cost, service_cost.

    One entry is one customer who was there at the end of the month. The start month is free.
    """
    p, life, rng = company.parameters, company.life, company.rng(Stream.BILLING, month)
    active = life.active(month)
    row = month - life.first
    low, high = np.array(p.units).T
    level = life.usage[row, active]
    units = rng.integers(low[level], high[level] + 1)
    fee = np.take(p.fee, life.segment[active])
    price = np.take(p.price_by_band, life.band(month, p.bands)[active])
    service = p.service_base + p.service_experience * (life.experience[row, active] > 0)
    charged = life.start[active] < month
    swing = 1 + SWING * rng.uniform(-1, 1, (3, len(active)))
    revenue = charged * (fee + p.unit_price * units) * price
    return {
        "customer": active,
        "units": units.astype(np.int16),
        "revenue": np.round(revenue * swing[0], 2),
        "direct_cost": np.round(revenue * p.cost_share * swing[1], 2),
        "service_cost": np.round(charged * service * swing[2], 2),
    }


def fixed_costs(company: Company) -> np.ndarray:
    """Return the fixed cost of each month of the window, about a share of the margin it brings."""
    p, life, rng = company.parameters, company.life, company.rng(Stream.BILLING)
    active = life.active(life.last)
    expected = p.margin_table()[
        life.band(life.last, p.bands)[active], life.segment[active], life.usage[-1, active], 0
    ].sum()
    months = life.last - life.first + 1
    return np.round(p.fixed_cost_share * expected * (1 + 0.02 * rng.uniform(-1, 1, months)), 2)
