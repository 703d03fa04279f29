"""How far a report has come, for the person who waits for it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cxlib.dataset.dataset import Dataset
    from cxlib.report.runner import Outcome

__all__ = ["Progress"]


class Progress:
    """A bar on a terminal, else one plain line per chapter, both on stderr."""

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent
        self._bar: Any = None
        self._count = self._finished = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def begun(self, data: Dataset, count: int) -> None:
        """Say what is being made."""
        self._count = count
        if self._silent:
            return
        if sys.stderr.isatty():
            self._start_bar(data)
        else:
            chapters = "1 chapter" if count == 1 else f"{count} chapters"
            print(f"{data.title.text('en')}, {data.month}: {chapters}", file=sys.stderr)

    def _start_bar(self, data: Dataset) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = [
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        ]
        self._bar = Progress(*columns, console=Console(stderr=True))
        self._task = self._bar.add_task(f"{data.title.text('en')}, {data.month}", total=self._count)
        self._bar.start()

    def done(self, outcome: Outcome) -> None:
        """Say how one chapter went."""
        self._finished += 1
        state = "failed" if outcome.error else "unchanged" if outcome.reused else "made"
        if self._silent:
            return
        line = f"{outcome.chapter.name} {state} {outcome.seconds:.1f} s"
        if self._bar is not None:
            self._bar.console.print(line, highlight=False, markup=False)
            self._bar.advance(self._task)
        else:
            print(f"[{self._finished}/{self._count}] {line}", file=sys.stderr, flush=True)
