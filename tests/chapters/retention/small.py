"""A company with contracts and a shop without, small enough to count by hand."""

from tests.chapters.tiny import customers, opened


def contract_rows():
    """Return 100 customers from June 2025, of whom 10 leave in March 2026 and 20 (5 forced) in October 2026.

    And 9 from August 2025, and 40 who join in October 2026.
    """
    groups = [
        customers(70, began="2025-06-10", segment="consumer"),
        customers(
            10, start=70, began="2025-06-20", left="2026-03-05", end_type="voluntary", segment="consumer"
        ),
        customers(
            15, start=80, began="2025-06-30", left="2026-10-01", end_type="voluntary", segment="business"
        ),
        customers(
            5, start=95, began="2025-06-01", left="2026-10-31", end_type="involuntary", segment="business"
        ),
        customers(40, start=100, began="2026-10-15", segment="business"),
        customers(9, start=140, began="2025-08-15", segment="business"),
    ]
    return [row | {"end_type": row.get("end_type")} for group in groups for row in group]


def company(folder, **definitions):
    """Open the company with contracts, observed since June 2025."""
    observed = {"observed_since": "2025-06"} | definitions
    return opened(folder, customers=contract_rows(), as_of="2026-10", definitions=observed)


def purchase(customer, day, *, hour="12:00:00", **columns):
    """Return one row of purchases."""
    return {
        "purchase_id": f"{customer}-{day}-{hour}",
        "customer_id": customer,
        "occurred_at": f"{day} {hour}",
        "amount": 10,
    } | columns
