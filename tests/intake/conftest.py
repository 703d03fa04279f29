"""What the tests of the intake share: a file, written and read as a source."""

import duckdb
import pytest

from cxlib.contract.config import Source
from cxlib.intake.sources import find_files, prepare


@pytest.fixture
def read(tmp_path):
    """Return a function that writes a file and reads it as a source."""

    def reading(content, file="crm.csv", **settings):
        (tmp_path / file).write_bytes(content if isinstance(content, bytes) else content.encode())
        source = Source(file=file, **settings)
        files = find_files("crm", source, tmp_path)
        digests = {path: str(hash(path.read_bytes())) for path in files}
        found = prepare("crm", source, files, digests=digests, store=tmp_path / "store")
        with duckdb.connect() as connection:
            rows = connection.sql(f"SELECT * FROM ({found.sql}) ORDER BY _file, _line").to_arrow_table()
        return found, rows.to_pylist()

    return reading
