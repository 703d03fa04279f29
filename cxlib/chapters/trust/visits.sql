-- One row: mystery visits of the months $first to $last, the sites visited and who visited them.
SELECT
    count(DISTINCT visit_id) AS visits,
    count(DISTINCT site) AS sites,
    count(DISTINCT shopper) AS shoppers
FROM mystery_visits
WHERE month_no BETWEEN $first AND $last
