"""What several tests need: real data, programs that may be absent, and simulated companies."""

import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
os.environ.setdefault("CX_TEST_DATA", str((ROOT / ".." / "shared" / "data").resolve()))


def absent(what: str, name: str) -> None:
    """Skip the test, or fail it where CX_REQUIRE says that the program must be there."""
    if name in os.environ.get("CX_REQUIRE", "").split(","):
        pytest.fail(f"{what} is required here (CX_REQUIRE) and absent")
    pytest.skip(f"{what} is absent")


@pytest.fixture(autouse=True)
def no_open_figures():
    """Close the figures a test leaves, so that the next one starts without any."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the real data sets; tests that need them are skipped where it is absent."""
    folder = Path(os.environ["CX_TEST_DATA"])
    if not folder.is_dir():
        pytest.skip(f"real data are absent: {folder} (set CX_TEST_DATA)")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of Chromium."""
    path = shutil.which("chromium")
    if path is None:
        absent("Chromium", "chromium")
    return path
