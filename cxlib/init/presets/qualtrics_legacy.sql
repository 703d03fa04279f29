-- Qualtrics responses, legacy format: columns V1 to V10, two header rows.
-- table: surveys
-- questions: every other column with points of a scale
-- known by: V1; V2; V8; V9; V10
-- labelled: V1 = ResponseID
-- not used: V2 (the set of responses); V3 (personal); V5 (personal); V6 (personal)
-- not used: V8 (V9 is when it was answered); V10 (an answer counts by its score)
-- not used: LocationLatitude (personal); LocationLongitude (personal); LocationAccuracy (personal)
-- Left out: previews, tests and spam (Status 1, 2, 8, 9, 17).
SELECT
    "V1" AS response_id, -- certain
    "V4" AS customer_id, -- certain: the external reference of the contact list
    moment("V9") AS answered_at, -- certain
    "V7" AS status -- certain
FROM export
WHERE coalesce("V7", '') NOT IN ('1', '2', '8', '9', '17', 'Survey Preview', 'Survey Test', 'Spam')
