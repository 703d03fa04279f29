-- One row is one question put to one passenger. NETPRO: 0-10, 11 and blank are no answer. Q7: 1-5,
-- 6 never used, 0 and 'Blank' no answer. INTDATE is the day in May 2017.
WITH asked AS (
    SELECT
        *,
        '2017-05-' || lpad(INTDATE, 2, '0') AS interviewed_on,
        CASE Q15PROBLEM WHEN '1' THEN 'yes' WHEN '2' THEN 'no' END AS problem
    FROM passengers
),
questions AS (
    SELECT *, 'nps' AS instrument, 'relational' AS survey_kind, NULL AS touchpoint, nullif(NETPRO, '11') AS answer
    FROM asked
    UNION ALL
    SELECT *, 'csat', 'transactional', NULL, nullif(Q7ALL, 'Blank') FROM asked
    UNION ALL
    SELECT *, 'item', 'transactional', 'artwork', Q7ART FROM asked
    UNION ALL
    SELECT *, 'item', 'transactional', 'restaurants', Q7FOOD FROM asked
    UNION ALL
    SELECT *, 'item', 'transactional', 'shops', Q7STORE FROM asked
    UNION ALL
    SELECT *, 'item', 'transactional', 'signs', Q7SIGN FROM asked
    UNION ALL
    SELECT *, 'item', 'transactional', 'walkways', Q7WALKWAYS FROM asked
    UNION ALL
    SELECT *, 'item', 'transactional', 'screens', Q7SCREENS FROM asked
    UNION ALL
    SELECT *, 'item', 'transactional', 'wifi', Q7WIFI FROM asked
)
SELECT
    RESPNUM || '-' || instrument || coalesce('-' || touchpoint, '') AS response_id,
    interviewed_on AS answered_at,
    instrument,
    CASE WHEN instrument = 'nps' OR answer NOT IN ('0', '6') THEN answer END AS score,
    touchpoint,
    survey_kind,
    'interview' AS channel,
    WEIGHT AS weight,
    RESPNUM AS response_group,
    problem,
    BAREA AS boarding_area,
    _file,
    _line
FROM questions
