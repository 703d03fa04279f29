"""The proposed dataset.yaml: what the exports tell of it, and what is a default and said to be."""

from cxlib.init.proposal import propose
from tests.init.exports import folder_of, opened


def test_the_zone_in_a_row_of_import_ids_is_taken(tmp_path):
    folder = folder_of("qualtrics", tmp_path)
    file = next((folder / "exports").iterdir())
    file.write_text(
        file.read_text(encoding="utf-8").replace("Europe/Berlin", "America/Denver"), encoding="utf-8"
    )
    assert "time_zone: America/Denver" in propose(folder).files["dataset.yaml"]
    # 9:14 in Denver is 15:14 in UTC.
    assert opened(folder).table("surveys")["answered_at"].min().hour == 15
