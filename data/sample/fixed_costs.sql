-- One row is one month of the company.
SELECT
    "Monat"[4:7] || '-' || "Monat"[1:2] || '-01' AS month,
    de_number("Betrag") AS amount,
    _file,
    _line
FROM ledger
