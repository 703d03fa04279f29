# Two commands: `make report` and `make test`. Everything else is for people who change the kit.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
UV := $(BIN)/uv
EXTRAS := --extra lab --extra databases --extra dev

.PHONY: report test explore notebooks figures words format lock setup help

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

report: $(READY) ## the monthly report of the sample, German and English
	$(BIN)/cx report

test: $(READY) ## style, all tests, and every notebook
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pytest -q -n 2 --dist loadscope --nbval-lax tests notebooks

explore: $(READY) ## JupyterLab on the notebooks
	$(BIN)/cx explore

notebooks: $(READY) ## refresh the stored text of the checked notebook cells
	$(BIN)/python tests/refresh_notebooks.py

figures: $(READY) ## write the table of figures in data/README.md and the notebooks' promises
	$(BIN)/python -m tests.figures

words: $(READY) ## collect the sentences of code and notebooks, say which lack a German one
	$(BIN)/python -m tests.words

format: $(READY) ## put code and notebooks into the house style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: $(READY) ## resolve pyproject.toml anew into requirements.lock and environment.yml
	$(UV) pip compile -q --upgrade --universal --generate-hashes --no-emit-index-url --no-header \
		$(EXTRAS) pyproject.toml -o requirements.lock
	$(BIN)/python tests/environment.py > environment.yml

setup: $(READY) ## the virtual environment alone

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:3]; sys.exit(None if (3, 11, 5) <= v < (3, 15) else \
		"The kit needs Python 3.11.5 to 3.14; %s is %d.%d.%d. Try: make PYTHON=python3.12 ..." \
		% ((sys.executable,) + v))'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements.lock
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps --editable .
	@touch $@
