"""Tiny chapter notebooks for tests of the report."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

PARAMETERS = 'dataset: str = ""\nmonth: str = ""\nscope: str = ""\nlanguage: str = "en"'
OPEN = "%matplotlib inline\nimport cxlib as cx\n\ncx.use_language(language)"
RESULT = """
from cxlib.language import number, percent, say
from cxlib.estimate import Estimate
from cxlib.figures import Declared
from cxlib.result import Column, Figure, Result
import pandas as pd
declared = Declared("{id}", "{name}", say("Churn"), "%", "Share of all customers who left.")
figure = Figure.of(declared, Estimate({value}, 0.1, 0.3), n=40)
table = pd.DataFrame({{"group": ["a", "b"], "share": [0.25, 0.5]}})
columns = {{"group": Column(say("Table")), "share": Column(say("Method and limits"), percent)}}
sentence = say("Of all customers {{share}} left.", share=percent(0.25))
result = Result("{name}", (sentence,), table, columns, (figure,), method=(say("Counted."),))
"""
DRAW = """
from cxlib import style
def draw(result):
    ax = style.axes()
    ax.plot([0, 1], [0, 1])
    return style.finish(ax, alt=say("A line that rises from 0 to 1."))
cx.show(result, draw)
"""


def write_chapter(
    folder,
    number="12",
    slug="effect",
    *,
    cells=(),
    id="churn.rate",
    value="0.2",
    figures=None,
    tables=(("customers",),),
    parameters=PARAMETERS,
    title="# What an experience costs\n\nA question.",
):
    """Write a chapter with one result that is shown with a picture; `cells` follow it."""
    name = slug.replace("-", "_")
    notebook = new_notebook(
        cells=[
            new_markdown_cell(title),
            new_code_cell(parameters, metadata={"tags": ["parameters"]}),
            new_code_cell(OPEN),
            new_markdown_cell("## How many leave"),
            new_code_cell(RESULT.format(id=id, value=value, name=name)),
            new_code_cell(DRAW),
            *(new_code_cell(cell) for cell in cells),
        ],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "cx": {
                "chapter": number,
                "slug": slug,
                "tables": [list(t) for t in tables],
                "figures": list([id] if figures is None else figures),
            },
        },
    )
    path = folder / f"{number}-{slug}.ipynb"
    nbformat.write(notebook, path)
    return path
