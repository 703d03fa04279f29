"""A PostgreSQL server of its own for the tests: own folder and port, loopback only, stopped by its id."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import adbc_driver_manager
import adbc_driver_postgresql.dbapi

# What must be quoted in an address, so that a test sees whether it is.
PASSWORD = "so secret: @/%"


def programs() -> Path | None:
    """Return the folder of Debian's newest PostgreSQL programs, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[-3]))
    return found[-1].parent if found else None


class Server:
    """A running server with the account ``reader``.

    Attributes
    ----------
    port : int
    """

    def __init__(self, place: Path, port: int, process: subprocess.Popen[bytes]) -> None:
        self.place, self.port, self._process = place, port, process

    @property
    def url(self) -> str:
        """Address without a password."""
        return f"postgresql://reader@127.0.0.1:{self.port}/postgres"

    def run(self, *statements: str) -> None:
        """Run statements as the owner, who comes in by the socket."""
        url = f"postgresql:///postgres?host={self.place}&port={self.port}&user=owner"
        with adbc_driver_postgresql.dbapi.connect(url, autocommit=True) as connection:
            for statement in statements:
                with connection.cursor() as cursor:
                    cursor.executescript(statement) if ";" in statement else cursor.execute(statement)

    def stop(self) -> None:
        """Stop at once, whoever is connected."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=20)


def _as_other_user() -> dict[str, object]:
    """Return arguments that make root's children run as another user; the server refuses root."""
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """Give a server whose data lie in a new folder."""
    place = Path(tempfile.mkdtemp(prefix="pg-"))
    other = _as_other_user()
    if other:
        shutil.chown(place, "nobody", "nogroup")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (folder / "server.log").open("wb")
    secret = place / "password"
    secret.write_text("owner")
    secret.chmod(0o644)
    subprocess.run(
        [programs() / "initdb", "-D", place / "data", "-U", "owner", "--auth-local=trust"]
        + ["--auth-host=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync", f"--pwfile={secret}"],
        check=True, stdout=log, stderr=log, cwd=place, **other,
    )  # fmt: skip
    process = subprocess.Popen(
        [programs() / "postgres", "-D", place / "data", "-p", str(port), "-k", place, "-c", "fsync=off"]
        + ["-c", "listen_addresses=127.0.0.1"],
        stdout=log, stderr=log, cwd=place, **other,
    )  # fmt: skip
    server = Server(place, port, process)
    try:
        _wait_for(server)
        server.run(
            f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'", "GRANT CREATE ON SCHEMA public TO reader"
        )
        yield server
    finally:
        server.stop()
        log.close()
        shutil.rmtree(place)


def _wait_for(server: Server) -> None:
    for _ in range(100):
        try:
            return server.run("SELECT 1")
        except adbc_driver_manager.Error:
            time.sleep(0.1)
    raise TimeoutError(f"the server on port {server.port} does not answer")
