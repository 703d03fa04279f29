-- Qualtrics responses: three header rows (names, labels in the account's language, import ids).
-- table: surveys
-- questions: every other column with points of a scale
-- known by: ResponseId; StartDate | EndDate; RecordedDate | Finished
-- import ids: _recordId = ResponseId; externalDataReference = ExternalReference
-- not used: StartDate (EndDate is when it was answered); RecordedDate (EndDate is when it was answered)
-- not used: Progress (an answer counts by its score); Finished (an answer counts by its score)
-- not used: Duration (in seconds) (no column of surveys); UserLanguage (no column of surveys)
-- not used: LocationLatitude (personal); LocationLongitude (personal); RecipientFirstName (personal)
-- not used: RecipientLastName (personal); RecipientEmail (personal); IPAddress (personal)
-- Left out: previews, tests and spam (Status 1, 2, 8, 9, 17).
SELECT
    "ResponseId" AS response_id, -- certain
    "ExternalReference" AS customer_id, -- certain: the external reference of the contact list
    moment("EndDate") AS answered_at, -- certain
    "DistributionChannel" AS channel, -- certain
    "Status" AS status -- certain
FROM export
WHERE coalesce("Status", '') NOT IN ('1', '2', '8', '9', '17', 'Survey Preview', 'Survey Test', 'Spam')
