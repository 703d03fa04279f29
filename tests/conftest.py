"""What several tests need: real data, programs that may be absent, and simulated companies."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

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


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a dataset folder: exports, SQL files and dataset.yaml."""

    def write(exports: dict[str, str | bytes], sql: dict[str, str], **config: object) -> Path:
        place = tmp_path / "dataset"
        (place / "exports").mkdir(parents=True, exist_ok=True)
        for file, content in exports.items():
            raw = content.encode() if isinstance(content, str) else content
            (place / "exports" / file).write_bytes(raw)
        for table, select in sql.items():
            (place / f"{table}.sql").write_text(select, encoding="utf-8")
        sources = {Path(file).stem: {"file": file} for file in exports}
        described = {"name": "tiny", "sources": sources} | config
        (place / "dataset.yaml").write_text(yaml.safe_dump(described, allow_unicode=True), encoding="utf-8")
        return place

    return write
