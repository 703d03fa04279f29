"""A dataset folder made of texts, for tests of the import."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml


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
