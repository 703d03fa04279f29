"""One list of packages: pyproject.toml; the lock and environment.yml follow from it."""

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.environment import ROOT, environment

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PINS = re.findall(r"^([a-z0-9._-]+)==(\S+?)(?: ;.*)? \\$", LOCK, flags=re.MULTILINE)


def declared():
    extras = PROJECT["optional-dependencies"]
    return [Requirement(text) for text in PROJECT["dependencies"] + [r for e in extras.values() for r in e]]


def test_every_declared_package_is_locked_within_its_range():
    locked = {}
    for name, version in PINS:
        locked.setdefault(canonicalize_name(name), []).append(Version(version))
    for requirement in declared():
        versions = locked.get(canonicalize_name(requirement.name), [])
        assert versions, f"{requirement.name} is not in requirements.lock; run `make lock`"
        assert all(v in requirement.specifier for v in versions), f"{requirement} against {versions}"


def test_the_lock_has_a_hash_for_every_package_and_no_address():
    blocks = re.split(r"^(?=[a-z0-9._-]+==)", LOCK, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(PINS) > 100
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in LOCK
    assert "index-url" not in LOCK


def test_environment_yml_is_the_one_made_from_pyproject():
    assert (ROOT / "environment.yml").read_text(encoding="utf-8") == environment()
