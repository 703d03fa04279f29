"""Run a command as a process of its own and say what it cost, its children included."""

import os
import subprocess
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Spent:
    """Output of a process, elapsed and CPU seconds, and peak memory in megabytes."""

    output: str
    seconds: float
    cpu: float
    megabytes: float


def run(command):
    """Return what a command spent; an error where it failed."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, spent = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    seconds = time.perf_counter() - began
    return Spent(output, seconds, spent.ru_utime + spent.ru_stime, spent.ru_maxrss / 1024)
