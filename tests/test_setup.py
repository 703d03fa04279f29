"""One list of packages and one range of Pythons: pyproject.toml; everything else follows from it."""

import re
import tomllib

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.environment import ROOT, environment

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PINS = re.findall(r"^([a-z0-9._-]+)==(\S+?)(?: ; (.*?))? \\$", LOCK, flags=re.MULTILINE)
MINORS = ("3.11.5", "3.12.0", "3.13.0", "3.14.0")


def declared():
    extras = PROJECT["optional-dependencies"]
    return [Requirement(text) for text in PROJECT["dependencies"] + [r for e in extras.values() for r in e]]


def test_every_declared_package_is_locked_within_its_range():
    locked = {}
    for name, version, _ in PINS:
        locked.setdefault(canonicalize_name(name), []).append(Version(version))
    for requirement in declared():
        versions = locked.get(canonicalize_name(requirement.name), [])
        assert versions, f"{requirement.name} is not in requirements.lock; run `make lock`"
        assert all(v in requirement.specifier for v in versions), f"{requirement} against {versions}"


@pytest.mark.parametrize("python", MINORS)
def test_every_declared_package_is_locked_once_for_each_python(python):
    here = {
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
    }
    names = [canonicalize_name(n) for n, _, marker in PINS if not marker or Marker(marker).evaluate(here)]
    twice = {name for name in names if names.count(name) > 1}
    assert not twice
    assert {canonicalize_name(requirement.name) for requirement in declared()} <= set(names)


def test_makefile_and_readme_name_the_pythons_of_pyproject():
    pythons = SpecifierSet(PROJECT["requires-python"])
    assert all(python in pythons for python in (*MINORS, "3.14.99"))
    assert not any(python in pythons for python in ("3.11.4", "3.15.0"))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "(3, 11, 5) <= v < (3, 15)" in makefile
    assert "The kit needs Python 3.11.5 to 3.14;" in makefile
    assert "With Python 3.11.5 to 3.14 and make" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_setting_up_compiles_what_it_installs():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    installs = [line for line in makefile.splitlines() if "$(UV) pip install" in line]
    assert len(installs) == 2
    assert all("--compile-bytecode" in line for line in installs)


def test_the_lock_has_a_hash_for_every_package_and_no_address():
    blocks = re.split(r"^(?=[a-z0-9._-]+==)", LOCK, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(PINS) > 100
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in LOCK
    assert "index-url" not in LOCK


def test_environment_yml_is_the_one_made_from_pyproject():
    assert (ROOT / "environment.yml").read_text(encoding="utf-8") == environment()
