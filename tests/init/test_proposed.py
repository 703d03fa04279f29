"""What a proposal lists: each column of each export once, in the order of the files."""

import dataclasses

import pytest

from cxlib.init.proposal import propose
from cxlib.init.proposed import Found, Proposal
from cxlib.init.sniff import look_at_folder
from tests.init.exports import EXPORTS, KNOWN_TOOLS


@pytest.mark.parametrize("name", KNOWN_TOOLS)
def test_every_column_of_every_export_is_listed_once(name):
    exports, _ = look_at_folder(EXPORTS / name)
    listed = [(column.file, column.column) for column in propose(EXPORTS / name).columns]
    # A header whose name runs over lines is listed in one.
    assert listed == [(e.title, " ".join(column.split("\n"))) for e in exports for column in e.columns]


def test_two_proposals_share_nothing_and_a_finding_does_not_change(tmp_path):
    one, other = Proposal(tmp_path), Proposal(tmp_path)
    one.files["dataset.yaml"] = "name: x"
    one.left_open.append("what")
    assert (other.files, other.left_open) == ({}, [])
    with pytest.raises(dataclasses.FrozenInstanceError):
        Found("a.csv", "id", "", "not used", "empty").sure = "certain"
