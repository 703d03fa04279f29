"""All that a reader of one result reads, message by message, and its picture's description."""

from cxlib import language
from cxlib.chapters.profit import charts
from cxlib.chapters.profit import results as profit

CHAPTER = [getattr(profit, name) for name in profit.__all__]
ENGLISH = {"the", "of", "is", "are", "and", "with", "that", "not", "which", "from", "needs", "months"}


def messages(result):
    yield from result.sentences
    yield from result.method
    yield from result.warnings
    yield from result.absent.values()
    yield from (column.label for column in result.columns.values())
    for heading, text in result.lines:
        yield heading
        yield text
    for figure in result.figures:
        yield from (words for words in (figure.label, figure.note, figure.method) if words is not None)
    if "reading" in result.table:
        yield from result.table["reading"]


def drawn(result, spoken):
    """The words on a result's chart, its alternative text last."""
    name = result.name.removeprefix("profit.")
    if name not in charts.__all__ or not result.available:
        return []
    with language.speaking(spoken):
        axes = getattr(charts, name)(result)
        axes.figure.canvas.draw()
        ticks = [tick.get_text() for tick in (*axes.get_xticklabels(), *axes.get_yticklabels())]
        return [
            axes.get_xlabel(),
            axes.get_ylabel(),
            *ticks,
            *(text.get_text() for text in axes.texts),
            axes.get_label(),
        ]


def is_german(message):
    german, english = message.text("de"), message.text("en")
    words = set(german.lower().replace(",", " ").replace(".", " ").replace(";", " ").split())
    return german != english and not words & ENGLISH
