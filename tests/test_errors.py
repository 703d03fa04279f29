import errno

import pytest

from cxlib.errors import (
    MOST_OF_A_PATH,
    CxError,
    DataError,
    ModelError,
    ReportError,
    UsageError,
    cannot_read,
    is_refusal,
    shortened,
)
from cxlib.language import say


@pytest.mark.parametrize("kind", [DataError, ModelError, ReportError, UsageError])
def test_whoever_calls_the_kit_can_catch_all_its_errors_as_one(kind):
    assert issubclass(kind, CxError)
    assert not issubclass(kind, (ValueError, OSError))


def test_the_reason_of_a_model_can_be_said_in_each_language():
    reason = say("Nobody is at risk at any time; a survival curve needs customers.")
    error = ModelError(reason)
    assert error.reason is reason
    assert str(error) == reason.text("en") != error.reason.text("de")


@pytest.mark.parametrize("reason", ["nobody left", None, ValueError("nobody left")])
def test_a_reason_of_plain_text_is_refused(reason):
    with pytest.raises(TypeError, match=r"is a Message made by say\(\), not"):
        ModelError(reason)


@pytest.mark.parametrize("number", [errno.EACCES, errno.ENOSPC, errno.EISDIR, errno.ENAMETOOLONG])
def test_rights_space_and_names_are_refusals_of_the_machine(number):
    assert is_refusal(OSError(number, "no"))


@pytest.mark.parametrize("number", [errno.ENOENT, errno.EPIPE, None])
def test_a_file_that_the_kit_forgot_is_none(number):
    assert not is_refusal(OSError(number, "no"))


def test_a_file_that_cannot_be_read_is_named_with_the_machines_own_words():
    error = cannot_read("exports/crm.csv", OSError(errno.EACCES, "Permission denied"))
    assert isinstance(error, DataError)
    assert str(error).startswith("exports/crm.csv cannot be read (Permission denied). Look at its name")
    assert "(it broke)" in str(cannot_read("crm.csv", OSError("it broke")))


def test_a_very_long_path_keeps_its_two_ends():
    whole = "/" + "a" * (MOST_OF_A_PATH - 1)
    assert shortened(whole) == whole
    cut = shortened(whole + "/dataset.yaml")
    assert cut.startswith("/aaa")
    assert cut.endswith("/dataset.yaml")
    assert len(cut) < 130
