# `make help` lists what there is. Every target sets up what it needs first (scripts/setup.sh).
.DEFAULT_GOAL := help
.PHONY: help setup run test test-python test-some test-rooms test-browsers test-viewer lint ruff mypy types docs bench clean ready-run ready-test
BIN := .venv/bin
BROWSERS := tests/browsers tests/e2e

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 22

setup: ready-run ## set up only; then the program is .venv/bin/samescreen

run: ready-run ## share this machine's screen; options: make run ARGS="--port 9001 testcard"
	@exec $(BIN)/samescreen $(ARGS)

test: test-python test-viewer types ## every test; some of them: make test-python ARGS="tests/wire -x"

# All of them: rooms three at a time, because they often wait, then two at a time those that look at a
# browser. Limits in time are doubled there, as two browsers share the machine.
test-python: $(if $(filter-out --%,$(ARGS)),test-some,test-rooms $(if $(filter Linux,$(shell uname -s)),test-browsers))

test-some: ready-test
	$(BIN)/python -m pytest $(ARGS)

test-rooms: ready-test
	$(BIN)/python -m pytest -n 3 --dist loadfile $(BROWSERS:%=--ignore=%) $(ARGS)

test-browsers: ready-test
	SAMESCREEN_TEST_SLOW=$${SAMESCREEN_TEST_SLOW:-2} \
		$(BIN)/python -m pytest -n 2 --dist loadfile $(BROWSERS) $(ARGS)

test-viewer: ready-test
	npm --silent test

lint: ruff mypy types ## ruff, mypy --strict, tsc

ruff: ready-test
	$(BIN)/ruff check .

mypy: ready-test
	$(BIN)/mypy -n 2

types: ready-test
	npm --silent run types

docs: ready-test ## write what the documents take from the code: options, metrics, the status' schema
	$(BIN)/python scripts/options_table.py
	$(BIN)/python scripts/operations_page.py

bench: ready-test ## says how to measure
	@echo "bench/README.md says what is measured and how; run it with $(BIN)/python"

clean: ## remove what set-up and tests made
	rm -rf .venv node_modules dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

ready-run ready-test: ready-%:
	@scripts/setup.sh $*
