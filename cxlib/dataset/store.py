"""Where imports are kept: ``.cx`` in the dataset's folder, keyed by all that an import depends on."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cxlib.contract.config import Config, nearest
from cxlib.contract.engine import cannot_write
from cxlib.contract.schema import TABLES
from cxlib.errors import DataError, cannot_read, shortened
from cxlib.intake.import_tables import Intake, import_tables
from cxlib.intake.sources import Prepared, find_files, prepare
from cxlib.provenance import IMPORTING

__all__ = ["import_once", "without_tilde"]

# The import before the last one stays, and every one opened lately: a run may still read it.
KEPT_IMPORTS = 2
SECONDS_IN_USE = 60 * 60
# Sources read at the same time.
AT_A_TIME = 2


def import_once(folder: Path, config: Config, *, again: bool = False) -> tuple[dict[str, Any], Path]:
    """Import a dataset where its present content was not imported before.

    Parameters
    ----------
    folder : Path
        The dataset's folder.
    config : Config
        Its dataset.yaml.
    again : bool
        Read the rows of database servers again, whatever their age.

    Returns
    -------
    imported : dict
        Record of the import, see :func:`cxlib.intake.import_tables.import_tables`.
    store : Path
        Folder with ``tables/<table>.parquet``.

    Raises
    ------
    DataError
        Where a file, a SELECT or the data cannot be used, or nothing can be written.
    """
    cache = _cache(folder, config)
    try:
        imported, store = _imported(folder, config, cache, again=again)
    except OSError as error:
        raise _refused(error, cache) from error
    _mark_used(store)
    return imported, store


def without_tilde(path: str | Path, where: str) -> Path:
    """Return a path with the home folder that ``~`` stands for.

    Raises
    ------
    DataError
        Beginning with `where`, if there is no such user.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        user = Path(path).parts[0]
        raise DataError(
            f"{where} begins with {user}, and there is no such user. Write the path out."
        ) from error


def _refused(error: OSError, cache: Path) -> DataError:
    """Return the error for a file that could not be read or, in the cache, not be written."""
    path = error.filename
    if isinstance(path, str) and not Path(path).is_relative_to(cache):
        return cannot_read(path, error)
    return cannot_write(cache, error.strerror or str(error))


def _imported(folder: Path, config: Config, cache: Path, *, again: bool) -> tuple[dict[str, Any], Path]:
    """Return the record and the folder of the import, made where there is none of the present content."""
    sql_files = _sql_files(folder)
    root = (folder / Path(config.root).expanduser()).resolve()
    _drop_damaged(cache / "sources", [name for name, source in config.sources.items() if source.url])
    files = {
        source: find_files(source, settings, root, store=cache / "sources", again=again)
        for source, settings in config.sources.items()
    }
    digests = _digests(cache, [file for source_files in files.values() for file in source_files])
    store = cache / f"import-{_key(folder, config, sql_files, files, digests)}"
    imported = _record(store)
    if imported is None:
        imported = _import(config, sql_files, files, digests, cache, store)
    return imported, store


def _record(store: Path) -> dict[str, Any] | None:
    """Return the record of an import, or None where one of its files is absent or damaged."""
    try:
        imported = json.loads((store / "imported.json").read_text(encoding="utf-8"))
        for table in {"touchpoints", *imported["tables"]}:
            pq.read_metadata(store / "tables" / f"{table}.parquet")
    except (OSError, ValueError, LookupError, TypeError, pa.ArrowException):
        return None
    return imported


def _drop_damaged(kept: Path, sources: list[str]) -> None:
    """Delete the rows of databases whose file is damaged, so that they are read again."""
    for path in [path for source in sources for path in kept.glob(f"{source}-*.parquet")]:
        try:
            pq.read_metadata(path)
        except (OSError, pa.ArrowException):
            path.unlink(missing_ok=True)


def _sql_files(folder: Path) -> dict[str, Path]:
    files = {path.stem: path for path in sorted(folder.iterdir()) if path.suffix == ".sql"}
    for stem, path in files.items():
        if stem not in TABLES:
            raise DataError(f"{path} is named like no canonical table.{nearest(stem, TABLES)}")
        if path.is_dir():
            raise DataError(f"{path} is a folder; expected a file with the SELECT of {stem}.")
    if not files:
        raise DataError(f"{folder} holds no SQL file; one per canonical table is needed, e.g. customers.sql.")
    return files


def _import(
    config: Config,
    sql_files: dict[str, Path],
    files: dict[str, list[Path]],
    digests: dict[Path, str],
    cache: Path,
    store: Path,
) -> dict[str, Any]:
    """Import into a folder of a temporary name, then rename it; return the record."""
    sources = _prepared(config, files, digests, cache / "sources")
    draft = cache / f".import-{uuid.uuid4().hex}"
    try:
        imported = import_tables(Intake(config, sources, sql_files, draft))
        if _record(draft) is None:
            raise cannot_write(cache, "what was written is not whole")
        _publish_rejected(draft / "rejected", cache)
        _put(draft, store)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _forget_old(cache, store, {path for source in sources.values() for path in source.files})
    return imported


def _put(draft: Path, store: Path) -> None:
    """Rename a finished import; a damaged one gives way, a whole one that another run has put stays."""
    if store.exists() and _record(store) is None:
        damaged = draft.with_name(f".import-{uuid.uuid4().hex}")
        store.rename(damaged)
        shutil.rmtree(damaged, ignore_errors=True)
    try:
        draft.rename(store)
    except OSError:
        if _record(store) is None:
            raise


def _prepared(
    config: Config, files: dict[str, list[Path]], digests: dict[Path, str], store: Path
) -> dict[str, Prepared]:
    """Read the sources, several at a time; of errors the first source's is raised."""
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        reading = {
            source: pool.submit(prepare, source, settings, files[source], digests=digests, store=store)
            for source, settings in config.sources.items()
        }
    return {source: read.result() for source, read in reading.items()}


def _publish_rejected(rejected: Path, cache: Path) -> None:
    """Put the rows set aside where people look for them."""
    target = cache / "rejected"
    target.mkdir(exist_ok=True)
    for old in target.glob("*.parquet"):
        if not (rejected / old.name).exists():
            old.unlink()
    for file in rejected.glob("*.parquet"):
        draft = target / f".{uuid.uuid4().hex}"
        try:
            shutil.copyfile(file, draft)
            os.replace(draft, target / file.name)
        finally:
            draft.unlink(missing_ok=True)


def _mark_used(store: Path) -> None:
    """Note that an import was opened now; a folder that cannot be written needs no note."""
    with contextlib.suppress(OSError):
        os.utime(store)


def _forget_old(cache: Path, store: Path, read: set[Path]) -> None:
    """Delete imports before the last ones, source files no longer `read`, and what a stopped run left."""
    imports = sorted(cache.glob("import-*"), key=lambda path: path.stat().st_mtime, reverse=True)
    left_behind, in_use = time.time() - 24 * 60 * 60, time.time() - SECONDS_IN_USE
    old = [path for path in imports[KEPT_IMPORTS:] if path != store and path.stat().st_mtime < in_use]
    old += [path for path in cache.glob(".import-*") if path.stat().st_mtime < left_behind]
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)
    for path in (cache / "sources").glob("*.*"):
        if path.with_suffix(".parquet") not in read:
            path.unlink(missing_ok=True)


def _key(
    folder: Path,
    config: Config,
    sql_files: dict[str, Path],
    files: dict[str, list[Path]],
    digests: dict[Path, str],
) -> str:
    """Return a hash of all that the import depends on."""
    content = blake2b(digest_size=12)
    content.update((folder / "dataset.yaml").read_bytes())
    content.update(config.model_dump_json().encode())
    for path in sql_files.values():
        content.update(path.name.encode() + path.read_bytes())
    for source, source_files in sorted(files.items()):
        content.update(json.dumps([source, [[str(file), digests[file]] for file in source_files]]).encode())
    content.update(IMPORTING.encode())
    return content.hexdigest()


def _digests(cache: Path, files: list[Path]) -> dict[Path, str]:
    """Return a hash of each file's content; unchanged files (size and time) are not read again."""
    noted_before = _known_digests(cache / "digests.json")
    stamps = {}
    for file in files:
        status = file.stat()
        stamps[file] = f"{file}|{status.st_size}|{status.st_mtime_ns}"
    digests = {file: noted_before.get(stamp) or _digest(file) for file, stamp in stamps.items()}
    noted = {stamps[file]: digest for file, digest in digests.items()}
    if noted != noted_before:
        _note(cache / "digests.json", noted)
    return digests


def _known_digests(notes: Path) -> dict[str, str]:
    """Return the hashes noted by an earlier run; none where the notes are absent or damaged."""
    try:
        noted = json.loads(notes.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def _note(notes: Path, digests: dict[str, str]) -> None:
    """Note hashes for the next run, which finds them again where they cannot be written now."""
    draft = notes.with_name(f".{uuid.uuid4().hex}")
    with contextlib.suppress(OSError):
        draft.write_text(json.dumps(digests), encoding="utf-8")
        os.replace(draft, notes)
    with contextlib.suppress(OSError):
        draft.unlink(missing_ok=True)


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise cannot_read(file, error) from error


def _cache(folder: Path, config: Config) -> Path:
    """Return the folder of everything derived from a dataset."""
    elsewhere = os.environ.get("CX_CACHE")
    if not elsewhere:
        cache = folder / ".cx"
    else:
        folder_hash = blake2b(str(folder).encode(), digest_size=6).hexdigest()
        cache = without_tilde(elsewhere, f"CX_CACHE={elsewhere}") / f"{config.name}-{folder_hash}"
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(Path(shortened(cache)), error.strerror or str(error)) from error
    return cache
