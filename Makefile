# Every target makes what it needs; `make` alone lists them. Linux and macOS; on Windows run the
# commands by hand (CONTRIBUTING.md). PYTHON=python3.13 picks another interpreter, JOBS another number
# of test processes, UV the tool that resolves the pins.

NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	if $$each -c '$(NEW_ENOUGH)' 2>/dev/null; then echo $$each; exit; fi; done; echo python3)
JOBS ?= 2
FOR ?= 600
UV ?= uv
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DOCS_READY := $(VENV)/.docs-ready
SPARK := .venv-spark
FUZZ := .venv-fuzz
PIN := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make pins"

.DEFAULT_GOAL := help
.PHONY: help demo test test-faults test-spark fuzz lint types cover wheel bench bench-live docs pins clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## see a payment compared, offline
	$(BIN)/python docs/demo.py

test: $(READY) ## run the tests, the examples in docstrings and those of the README
	$(BIN)/python -m pytest -n $(JOBS) $(if $(COVER),--cov --cov-report=term)

test-faults: $(READY) ## make a thousand comparisons over twenty providers that misbehave (about five minutes)
	FAULT_COMPARISONS=1000 $(BIN)/python -m pytest -n 0 -s -q tests/test_live_faults.py

test-spark: $(SPARK)/.ready ## run the tests that need Apache Spark, in an environment of their own (needs Java 17)
	$(SPARK)/bin/python -m pytest -n 0 tests/spark

fuzz: $(FUZZ)/.ready ## feed every adapter what a coverage-guided fuzzer draws (Linux; FOR=600 is its seconds)
	$(FUZZ)/bin/python scripts/fuzz.py -max_total_time=$(FOR)

lint: $(READY) ## check style and formatting
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(READY) ## check types: mypy over everything, pyright over the public face
	$(BIN)/mypy
	$(BIN)/pyright

cover: ## run the tests and require every branch of the core
	$(MAKE) test COVER=1
	$(BIN)/coverage report --fail-under=0 --include='src/paycompare/*'

wheel: $(READY) ## build sdist and wheel, install the wheel alone and try it
	$(BIN)/python scripts/check_wheel.py

bench: $(READY) ## measure speed
	$(BIN)/python benchmarks/bulk.py
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/survey.py

bench-live: $(READY) ## measure what asking fifty providers costs, beside bare httpx
	$(BIN)/python benchmarks/live.py

docs: $(DOCS_READY) ## build the documentation into build/docs
	$(BIN)/python -m sphinx -W --keep-going -b html docs build/docs

pins: ## choose the newest versions again (needs uv)
	$(PIN) --upgrade --extra cards --extra excel --extra survey pyproject.toml requirements/dev.in -o requirements/dev.txt
	$(PIN) --upgrade requirements/docs.in -o requirements/docs.txt
	$(PIN) --upgrade requirements/spark.in -o requirements/spark.txt
	$(PIN) --upgrade requirements/fuzz.in -o requirements/fuzz.txt

clean: ## remove everything that was made
	rm -rf $(VENV) $(SPARK) $(FUZZ) build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml requirements/dev.txt
	@$(PYTHON) -c '$(NEW_ENOUGH)' || { \
	echo 'paycompare needs Python 3.11 or newer; $(PYTHON) is not. Try make PYTHON=python3.13' >&2; exit 1; }
	@rm -f $@ $(DOCS_READY)
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(SPARK)/.ready: pyproject.toml requirements/dev.txt requirements/spark.txt
	@rm -f $@
	$(PYTHON) -m venv --clear $(SPARK)
	$(SPARK)/bin/python -m pip install --quiet --require-hashes -r requirements/dev.txt -r requirements/spark.txt
	$(SPARK)/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(FUZZ)/.ready: pyproject.toml requirements/dev.txt requirements/fuzz.txt
	@rm -f $@
	$(PYTHON) -m venv --clear $(FUZZ)
	$(FUZZ)/bin/python -m pip install --quiet --require-hashes -r requirements/dev.txt -r requirements/fuzz.txt
	$(FUZZ)/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(DOCS_READY): $(READY) requirements/docs.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/docs.txt
	@touch $@
