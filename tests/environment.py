"""Print environment.yml: Python and pip from conda, everything else from requirements.lock."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def environment() -> str:
    """Return the text of environment.yml that belongs to pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return (
        "# Made by `make lock` from pyproject.toml; then: pip install --no-deps -e .\n"
        "name: cx\n"
        "channels:\n"
        "  - conda-forge\n"
        "dependencies:\n"
        f'  - "python{project["requires-python"]}"\n'
        "  - pip\n"
        "  - pip:\n"
        "      - -r requirements.lock\n"
    )


if __name__ == "__main__":
    print(environment(), end="")
