# make run    set up and start everything    make run ARGS="--data-dir DIR --port N"
# make test   set up and check everything
# make demo   start everything, stream a sample session, stop

PYTHON ?= $(shell command -v python3.11 || command -v python3)
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
SOURCES := session_core stream_server chunk_workers hearken tests bench

export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: run demo test lint format bench setup clean

run: $(VENV)/runtime
	@exec hearken up $(ARGS)

demo: $(VENV)/runtime $(VENV)/voices
	@exec hearken demo $(ARGS)

test: lint
	pytest $(ARGS)

lint: $(VENV)/development
	ruff check $(SOURCES)
	ruff format --check $(SOURCES)
	mypy $(SOURCES)
	lint-imports

format: $(VENV)/development
	ruff check --fix $(SOURCES)
	ruff format $(SOURCES)

bench: $(VENV)/development
	python -m bench $(ARGS)

setup: $(VENV)/development

$(VENV)/runtime: requirements.lock scripts/setup.sh
	@scripts/setup.sh runtime "$(PYTHON)" $(VENV)

$(VENV)/voices: $(VENV)/runtime
	scripts/setup.sh voices "$(PYTHON)" $(VENV)

$(VENV)/development: $(VENV)/voices requirements-dev.lock
	@scripts/setup.sh development "$(PYTHON)" $(VENV)

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +
