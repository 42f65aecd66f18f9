# Assay from its source. `make` alone lists what there is to make.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup build demo soak download test contracts bench-peers model lint clean

# The policy of the demo: spark (made on the spot) or smollm2 (SmolLM2-135M-Instruct, downloaded).
MODEL ?= spark
# The run's seed; the recipe's own when empty.
SEED ?=
known := spark smollm2
ifeq ($(filter $(MODEL),$(known)),)
$(error There is no demo of “$(MODEL)”. Use MODEL=$(firstword $(known)) or MODEL=$(lastword $(known)))
endif

help: ## This list.
	@sed -n 's/^\([a-z]*\):[^#]*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: ## Installs the Debian packages that are missing; asks before it uses sudo.
	@tools/setup.sh

build: setup ## Release build: .build/release/assay, and the sandbox's runner beside it.
	swift build --configuration release

demo: build $(if $(filter smollm2,$(MODEL)),download) ## The whole chain, small. MODEL=smollm2: with a real language model. SEED=2: with another seed.
	.build/release/assay plugin build plugins/concise-answer
	.build/release/assay pipeline recipes/$(MODEL).yaml $(if $(SEED),--set seed=$(SEED))

soak: build ## A million programs through the sandbox, one in ten hostile: leaks, rate, verdicts.
	.build/release/assay sandbox soak

test: setup model ## Debug build of everything, and all tests.
	swift build --build-tests
	.build/debug/assay plugin build plugins/concise-answer
	swift test --skip-build --disable-xctest
	python3 -m unittest discover --start-directory python/tests

bench-peers: build ## The policy engine beside PyTorch, transformers, TRL and llama.cpp, in one run (half an hour, 3 GB).
	@Benchmarks/policy/run.sh

contracts: build ## Drives the trainers' own client code against `assay serve`; installs it from PyPI (1.8 GB).
	@tools/contracts.sh

download:
	@tools/setup.sh --model
	tools/smollm2.sh

# Without it (no network, say) the tests that need it are skipped, by name.
model:
	@timeout --foreground 600 $(MAKE) --no-print-directory download \
	  || echo "make: SmolLM2 could not be had (above); the tests that need it will be skipped." >&2

lint: setup ## Format of the sources, small faults of scripts and documentation.
	@tools/lint.sh

clean: ## Removes what was built; runs/ and models/ stay.
	rm -rf .build plugins/*/build
