"""Is it believable? What is strange about a dataset, for the analyst.

Where to look for what is wrong:

- a row that breaks the contract, and is set aside: ``intake.casts`` says when, ``intake.rejections``
  sets it aside, ``dataset.arrivals`` counts it;
- a way of writing (zones, currencies, forms of ids): ``intake.oddities`` notices it on import;
- what the import wrote down of these two, in words: ``checks.remarks``;
- records that do not agree with each other (spellings, scales, doubles, bills): ``checks.consistency``;
- an unlikely tale of who left: ``checks.plausibility``, by the counts of ``checks.predictors``.

Each of the last three gives ``checks.finding``; ``checks.findings`` puts them together.
"""
