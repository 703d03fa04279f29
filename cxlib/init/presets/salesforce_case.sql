-- Salesforce cases: a report exported as CSV; its last lines are a footer.
-- table: tickets
-- known by: Case Number; Date/Time Opened | Opened Date; Case Origin | Case Reason | Date/Time Closed | Closed Date
-- not used: Account Name (a name is no number to join by); Contact Name (personal)
-- not used: Subject (free text); Description (free text); Status (Date/Time Closed says it)
SELECT
    "Case Number" AS ticket_id, -- certain
    "Account Number" AS customer_id, -- certain: the number your own systems gave
    "Account ID" AS customer_id, -- likely: Salesforce's own number; it joins only if customers carry it too
    moment("Date/Time Opened") AS opened_at, -- certain
    moment("Opened Date") AS opened_at, -- likely: a day without time
    moment("Date/Time Closed") AS resolved_at, -- certain
    moment("Closed Date") AS resolved_at, -- likely: a day without time
    "Case Reason" AS reason, -- certain
    "Case Origin" AS channel, -- certain
    "Type" AS form, -- likely: a type for complaints is told by its name
    "Priority" AS priority -- certain
FROM export
