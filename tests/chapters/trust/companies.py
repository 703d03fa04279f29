"""Small companies in which those who answer differ from the others."""

from tests.chapters.tiny import answers, customers, opened, tickets


def lopsided(tmp_path, **options):
    """Consumers: 100, of whom 40 answer, all promoters. Business: 300, of whom 60 answer, all detractors."""
    people = [*customers(100, segment="consumer"), *customers(300, start=100, segment="business")]
    surveys = [
        *answers(10, 40),
        *answers(None, 60, start=40),
        *answers(0, 60, start=100),
        *answers(None, 240, start=160),
    ]
    return opened(tmp_path, surveys=surveys, customers=people, **options)


def followed(tmp_path, *, invited=True, **tables):
    """Of 300 asked in October 2025 100 answer, of whom 10 leave; of the 200 silent 60; 50 are not asked."""
    people = [
        *customers(10, left="2026-05-10"),
        *customers(90, start=10),
        *customers(60, start=100, left="2026-05-10"),
        *customers(190, start=160),
    ]
    surveys = [
        *answers(9, 100, month="2025-10"),
        *(answers(None, 200, start=100, month="2025-10") if invited else []),
    ]
    if not invited:
        surveys = [row | {"invited_at": None} for row in surveys]
    # Something must happen in October 2026, or it is no month of the data.
    return opened(tmp_path, surveys=surveys, customers=people, tickets=tickets(100, start=50), **tables)
