import cxlib as cx
from cxlib.checks.finding import SEVERITIES
from cxlib.checks.findings import findings

PEOPLE = "id,joined\n" + "".join(f"c{n},2026-01-05\n" for n in range(30)) + "c1,2026-01-05\n"
SELECT = "SELECT id AS customer_id, joined AS start_date FROM crm"


def test_findings_are_looked_for_once_and_told_by_severity(folder):
    data = cx.open_dataset(folder({"crm.csv": PEOPLE}, {"customers": SELECT}, as_of="2026-02"))
    found = findings(data)
    assert findings(data) is found
    assert {"repeated_ids", "nobody_left", "set_aside"} <= {each.check for each in found}
    order = list(SEVERITIES)
    assert [each.severity for each in found] == sorted((each.severity for each in found), key=order.index)
