# `make run` starts everything with a demo, `make test` checks everything; both set up what they need first.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup run test test-all lint format doctor

help:
	@echo "make run       start the platform and show a demo (Ctrl-C stops it)"
	@echo "make test      lint and run the suite"
	@echo "make test-all  the long suites too"
	@echo "make doctor    what is wrong with this machine, and what to do"

setup:
	@$(PYTHON) bootstrap.py

run: setup
	@$(BIN)/workshop up --demo

doctor: setup
	@$(BIN)/workshop doctor

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test: lint
	$(BIN)/python -m pytest -m "not long"

test-all: lint
	$(BIN)/python -m pytest -m "long or not long"
