"""The simulated company whose truth is known.

``simulate`` draws one, ``write_dataset`` writes it as the exports of a company with their dataset
folder, ``truth`` says what a report on it should find. The causal story stands in
:mod:`cxlib.company.life`, all planted values in :mod:`cxlib.company.parameters`.
"""

from cxlib.company.folder import write_dataset
from cxlib.company.simulated import Company, simulate
from cxlib.company.truth import truth, write_truth

__all__ = ["Company", "simulate", "truth", "write_dataset", "write_truth"]
