-- One row: share of the negative experiences that are known from a rating alone.
SELECT avg(CASE WHEN source = 'rating' THEN 1.0 ELSE 0.0 END) AS share
FROM negative_experiences
