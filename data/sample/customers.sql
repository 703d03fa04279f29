-- One row is a person or account, also before the first purchase. Kündigungsdatum is the day of notice.
SELECT
    "Kundennummer" AS customer_id,
    "Erstkontakt" AS first_contact_date,
    "Vertragsbeginn" AS start_date,
    "Kündigungsdatum" AS end_date,
    CASE "Kündigungsart"
        WHEN 'durch Kunde' THEN 'voluntary'
        WHEN 'ohne Zutun des Kunden' THEN 'involuntary'
        ELSE nullif("Kündigungsart", '')
    END AS end_type,
    "Kündigungsgrund" AS end_reason,
    CASE "Kundengruppe" WHEN 'Geschäftskunde' THEN 'business' WHEN 'Privatkunde' THEN 'consumer' ELSE "Kundengruppe" END AS segment,
    "Region" AS region,
    "Tarif" AS plan,
    "Herkunft" AS acquisition_channel,
    de_number("Werbekosten") AS acquisition_cost,
    "Wunschkanal" AS preferred_channel,
    _file,
    _line
FROM crm
