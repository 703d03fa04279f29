"""Run every notebook on the sample and store the text of its checked cells, and nothing else."""

import subprocess
import sys
from pathlib import Path

sys.modules.setdefault("rfc3987_syntax", None)

import nbformat  # noqa: E402
from nbclient import NotebookClient  # noqa: E402

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
MARK = "# NBVAL_CHECK_OUTPUT"


def text_alone(output):
    """Return an output without its pictures, HTML and figures; None if no text is left."""
    if output.output_type == "stream":
        return output if output.name == "stdout" else None
    if output.output_type not in ("execute_result", "display_data"):
        return None
    output.data = {"text/plain": output.data["text/plain"]}
    output.metadata = {}
    return output


def strip(notebook):
    """Leave outputs and counts in checked cells only, and no traces of the run anywhere."""
    notebook.metadata.pop("language_info", None)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            continue
        if MARK in cell.source:
            cell.outputs = [kept for kept in map(text_alone, cell.outputs) if kept is not None]
        else:
            cell.outputs, cell.execution_count = [], None


def main():
    """Refresh the notebooks named on the command line, or all."""
    for path in [Path(name) for name in sys.argv[1:]] or sorted(NOTEBOOKS.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        client = NotebookClient(
            notebook, kernel_name="python3", resources={"metadata": {"path": path.parent}}
        )
        client.execute(stderr=subprocess.DEVNULL)
        strip(notebook)
        nbformat.write(notebook, path)
        print(path.name)


if __name__ == "__main__":
    main()
