# Everything here works from a fresh clone: `make demo`, then `make test`.

PYTHON ?= python3
VENV := .venv
GPU_VENV := .venv-gpu
BIN := $(VENV)/bin
# What the tests need: both ways of conversion, both loaders, pictures, the store, the service, Polars.
TEST_EXTRAS := cpu,dev,polars,render,serve,store,tf
# What the longer suites need besides: the service's schema and its page (in the system's Chromium), PyTorch.
LONG_EXTRAS := container,docs,e2e,notebook,ray,spark,train
CHECKED := mkdocs_hooks.py src tests benchmarks evaluation notebooks training

.PHONY: help demo demo-classic install test test-all nightly test-lowest test-lock lock lint types fix docs docs-serve bench bench-gpu clean

help:
	@echo "make demo      set up a virtual environment, annotate examples/sample.tsv with the models that come along"
	@echo "make demo-classic  the same with VNLP's models, fetched and converted at first use"
	@echo "make test      install what the tests need, then run them"
	@echo "make test-all  the longer suites on top, those with PyTorch among them;  make nightly: those that take minutes each"
	@echo "make lint      ruff;  make types: mypy;  make fix: format and mend what can be mended"
	@echo "make docs      the pages of docs/ as a site, in site/;  make docs-serve: at http://127.0.0.1:8000"
	@echo "make bench     measure (docs/performance.md; two to three hours, half of it 100,000 rows; BENCH=--resume goes on);  make bench-gpu: the same on a GPU"
	@echo "make clean     remove the virtual environments and caches of this folder"

$(BIN)/python $(GPU_VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3.12"; exit 2; }
	@$(PYTHON) -m venv $(patsubst %/bin/python,%,$@) \
	  || { echo "python3 -m venv failed; on Debian and Ubuntu: apt install python3-venv"; exit 2; }

# Stamps: an extra is installed again when pyproject.toml changes.
$(VENV)/.demo: $(BIN)/python pyproject.toml
	@echo "Installing (a minute or two) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[cpu]'
	@touch $@

$(VENV)/.test: $(BIN)/python pyproject.toml
	@echo "Installing what the tests need (a few minutes) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$(TEST_EXTRAS)]'
	@touch $@ $(VENV)/.demo

install: $(VENV)/.test

# The models come with the package: nothing is fetched.
demo: $(VENV)/.demo
	@mkdir -p out
	@$(BIN)/vnlp-colab run examples/sample.tsv -o out/sample.parquet --models pos,ner,dep,lemma --show 5

demo-classic: $(VENV)/.demo
	@$(BIN)/vnlp-colab models pull StemmerAnalyzer TreeStackPoS TreeStackDP CharNER GRUSentimentAnalyzer
	@mkdir -p out
	@$(BIN)/vnlp-colab run examples/sample.tsv -o out/classic.parquet --models classic --show 5

test: $(VENV)/.test
	@$(BIN)/python -m pytest -m "not slow and not nightly"

$(VENV)/.long: $(VENV)/.test
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$(TEST_EXTRAS),$(LONG_EXTRAS)]'
	@touch $@

test-all: $(VENV)/.long
	@$(BIN)/python -m pytest -m "(slow or train) and not nightly"

# Seconds that each target of the fuzzing gets; what it finds worth keeping stays in tests/faults/corpus.
FUZZ_SECONDS ?= 600

nightly: $(VENV)/.long
	@VNLP_COLAB_FUZZ_SECONDS=$(FUZZ_SECONDS) $(BIN)/python -m pytest -m nightly
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pip-audit>=2.7,<3'
	@$(BIN)/python benchmarks/audit.py
	@$(MAKE) test-lowest

# Exact versions and hashes of what the package needs, for every system; no address of any index gets into it.
# Those under container/ are the image's: what builds the package, what runs it on CPUs, and on GPUs with CUDA's libraries.
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-header --no-annotate
lock: $(VENV)/.test
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.5,<1'
	@$(COMPILE) pyproject.toml --extra cpu --extra store --output-file requirements.lock
	@$(COMPILE) pyproject.toml --extra cpu --extra serve --output-file container/cpu.lock
	@echo 'onnxruntime-gpu[cuda,cudnn]' | $(COMPILE) pyproject.toml - --extra gpu --extra serve \
	  --output-file container/gpu.lock
	@echo 'hatchling>=1.24,<2' | $(COMPILE) - --output-file container/build.lock

# requirements.lock as SECURITY.md says that it is installed, by hashes alone, and the package on top of it.
test-lock:
	@$(PYTHON) -m venv --clear .venv-lock
	@.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes \
	  --requirement requirements.lock --requirement container/build.lock
	@.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation .
	@.venv-lock/bin/python -m pip check
	@.venv-lock/bin/vnlp-colab doctor
	@.venv-lock/bin/vnlp-colab text "Ali dün Ankara'ya gitti." --models pos,ner,dep,lemma

# The oldest direct dependencies that pyproject.toml allows, in an environment of their own. .ci/run has time for a part
# of these tests only, `make nightly` runs them all. HTTPX is what the test client of the oldest FastAPI takes.
LOWEST ?= tests/pipeline tests/cli tests/text tests/encoding tests/runtime tests/faults tests/store tests/service \
  tests/spacy_component
LOWEST_EXTRAS := cpu polars serve spacy store
test-lowest:
	@if $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 13))'; then \
	  echo "test-lowest: SKIPPED, the oldest numpy has no wheels for this Python: make test-lowest PYTHON=python3.12"; \
	else \
	  set -e; \
	  $(PYTHON) -m venv .venv-lowest; \
	  $(PYTHON) benchmarks/lowest.py $(LOWEST_EXTRAS) --with pytest pytest-timeout hypothesis httpx2 moto pyyaml \
	    > .venv-lowest/lowest.txt; \
	  .venv-lowest/bin/python -m pip install --quiet --disable-pip-version-check --editable . \
	    --requirement .venv-lowest/lowest.txt 'httpx>=0.27,<1'; \
	  .venv-lowest/bin/python -m pytest $(LOWEST) -m "not slow and not nightly and not models"; \
	fi

lint: $(VENV)/.test
	@$(BIN)/ruff check $(CHECKED)
	@$(BIN)/ruff format --check $(CHECKED)

types: $(VENV)/.test
	@$(BIN)/mypy

fix: $(VENV)/.test
	@$(BIN)/ruff check --fix $(CHECKED)
	@$(BIN)/ruff format $(CHECKED)

$(VENV)/.docs: $(VENV)/.demo
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	@touch $@

# Strictly: a link, an anchor or a page of the menu that leads nowhere ends it.
docs: $(VENV)/.docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@echo "The site is in site/; to read it, with its search: make docs-serve"

docs-serve: $(VENV)/.docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve

$(VENV)/.bench: $(VENV)/.test
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@

bench: $(VENV)/.bench
	@$(BIN)/python -m benchmarks $(BENCH)

# In an environment of its own: the two runtimes overwrite each other's files. The runtime brings CUDA's libraries, of
# the version that it was built for; for a driver of CUDA 12: make bench-gpu GPU_RUNTIME='onnxruntime-gpu[cuda,cudnn]<1.27'
GPU_RUNTIME ?= onnxruntime-gpu[cuda,cudnn]
$(GPU_VENV)/.bench: $(GPU_VENV)/bin/python pyproject.toml
	@echo "Installing what the benchmarks need on a GPU (some minutes: CUDA's libraries are large) ..."
	@$(GPU_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[gpu,bench]' '$(GPU_RUNTIME)'
	@touch $@

bench-gpu: $(GPU_VENV)/.bench
	@$(GPU_VENV)/bin/python -m benchmarks gpu $(BENCH)

clean:
	rm -rf $(VENV) $(GPU_VENV) .venv-lowest .venv-lock .pytest_cache .mypy_cache .ruff_cache .hypothesis out site
