import cxlib as cx
from cxlib.dataset.arrivals import arrivals

PEOPLE = "id,joined\na,2026-01-05\na,2026-01-05\nb,soon\n" + "".join(f"c{n},2026-02-01\n" for n in range(57))
SELECT = "SELECT id AS customer_id, joined AS start_date, _file, _line FROM crm"


def test_each_reason_has_a_row_and_what_came_in_whole_has_one_without(folder):
    data = cx.open_dataset(folder({"crm.csv": PEOPLE}, {"customers": SELECT}, as_of="2026-02"))
    rows = arrivals(data)
    assert rows[
        ["kind", "name", "rows_read", "rows_kept", "column", "rows_rejected"]
    ].to_numpy().tolist() == [
        ["source", "crm", 60, 60, "", 0],
        ["table", "customers", 60, 58, "customer_id", 1],
        ["table", "customers", 60, 58, "start_date", 1],
    ]
    assert rows["reason"].tolist()[0] == ""
    assert all(rows["reason"].tolist()[1:])
