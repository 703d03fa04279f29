"""Put a finished edition in its place so that readers never meet half of one.

Files are built in ``.building-<edition>``. When all of them are there, a file ``ready`` with their
names and hashes is written, and each is moved by :func:`os.replace`: pages first, the manifest
last. A run that was killed leaves either no ``ready`` (the next run deletes the build) or one (the
next run finishes the publication). The edition that stood before stays readable all the time.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cxlib.errors import ReportError, is_refusal, shortened

__all__ = [
    "BUILDING",
    "MANIFEST",
    "digest",
    "is_sealed",
    "locked",
    "publish",
    "recover",
    "seal",
    "write_whole",
    "writing",
]

BUILDING = ".building-"
MANIFEST = "manifest.json"
READY = "ready"


def digest(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def writing(reports: Path) -> Iterator[None]:
    """Say in one sentence why files could not be written.

    Parameters
    ----------
    reports : Path
        Folder of all reports, named where the machine does not say which file it refused.

    Raises
    ------
    ReportError
        If there is no room, no right to write, or a file where a folder is needed.
    """
    try:
        yield
    except OSError as error:
        if not is_refusal(error):
            raise
        raise ReportError(
            f"{shortened(error.filename or reports)} cannot be written ({error.strerror}). Free some space, "
            "or choose another folder with --out."
        ) from error


@contextmanager
def locked(folder: Path, edition: str) -> Iterator[None]:
    """Hold the edition's lock; it goes with the process that holds it, however that ends.

    Raises
    ------
    ReportError
        If another run holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f".lock-{edition}").open("a+b") as file:
        if not _lock(file.fileno()):
            raise ReportError(f"Another run is making {folder / edition} now; wait until it is done.")
        yield


def _lock(descriptor: int) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that readers see the old content or the new one, never a part."""
    half = path.with_name(f".{path.name}.half")
    try:
        half.write_text(text, encoding="utf-8")
        _sync(half)
        os.replace(half, path)
    except OSError:
        half.unlink(missing_ok=True)
        raise


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _order(name: str) -> tuple[int, str]:
    """Pages first, the manifest last."""
    return (0 if name.endswith(".html") else 2 if name == MANIFEST else 1, name)


def seal(building: Path) -> None:
    """Declare a build complete: sync its files, then write their names and hashes to ``ready``."""
    files = sorted(path for path in building.rglob("*") if path.is_file() and path.name != READY)
    for path in files:
        _sync(path)
    names = {path.relative_to(building).as_posix(): digest(path) for path in files}
    write_whole(building / READY, json.dumps(names, indent=1))


def is_sealed(building: Path) -> bool:
    """Whether a build is complete and its publication may have begun."""
    return (building / READY).exists()


def publish(building: Path, edition: Path) -> None:
    """Move the files of a sealed build to the edition's folder; may be called again after a kill.

    Files of an earlier run that this one does not have are deleted at the end.

    Raises
    ------
    ReportError
        If a file that ``ready`` names is in neither place with the hash it had.
    """
    names = json.loads((building / READY).read_text(encoding="utf-8"))
    lost = [name for name, hash in names.items() if not _is_somewhere(name, hash, building, edition)]
    if lost:
        raise ReportError(f"{building} has lost {', '.join(lost)}; run the report again.")
    for name in names:
        (edition / name).parent.mkdir(parents=True, exist_ok=True)
    for name in sorted(names, key=_order):
        if (building / name).exists():
            os.replace(building / name, edition / name)
    for path in [path for path in edition.rglob("*") if path.is_file()]:
        if path.relative_to(edition).as_posix() not in names:
            path.unlink()
    shutil.rmtree(building)


def _is_somewhere(name: str, hash: str, building: Path, edition: Path) -> bool:
    file = building / name if (building / name).exists() else edition / name
    return file.exists() and digest(file) == hash


def recover(folder: Path, edition: str) -> str | None:
    """Finish or clear away what a killed run of this edition left; call it with the lock held.

    Returns
    -------
    str or None
        ``finished`` or ``deleted``; None if nothing was left.
    """
    building = folder / f"{BUILDING}{edition}"
    if not building.exists():
        return None
    if is_sealed(building):
        try:
            publish(building, folder / edition)
        except ReportError:
            shutil.rmtree(building)
            return "deleted"
        return "finished"
    shutil.rmtree(building)
    return "deleted"
