-- One row is one customer of a flat table, at risk once: _gone (0 or 1).
SELECT *, CAST(churned AS INTEGER) AS _gone, 1 AS _months FROM snapshot
