# The front door. `make help` says what there is; the build itself is CMake's (CMakePresets.json).
PRESET ?= release
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
BUILD := build/$(PRESET)

.DEFAULT_GOAL := build
.PHONY: help deps configure build demo test test-long test-thirdparty bench lint format clean install

help: ## this list
	@grep -hE '^[a-z%-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z%-]+):.*## (.*)$$/\1\t\2/' \
	  | sed 's/^bench-%/bench-NAME/' | awk -F'\t' '{ printf "  make %-16s %s\n", $$1, $$2 }'
	@echo "  PRESET=debug, asan or tsan chooses another build; MUJOCO_DIR names another MuJoCo"

deps: ## install Debian packages and fetch MuJoCo, where something is missing
	@tools/deps.sh

configure: deps
	@test -f $(BUILD)/build.ninja || cmake --preset $(PRESET) > /dev/null

build: configure ## compile; ./drydock is the program
	@cmake --build $(BUILD) -j $(JOBS) -- --quiet
	@ln -sfn $(BUILD)/drydock drydock

demo: build ## run three scenarios with their experts and say what to look at
	@tools/demo.sh

test: build ## every test but the long ones
	@tools/test.sh $(BUILD) $(JOBS)

test-long: build ## the tests that take long: hundreds of kills, thousands of formulas
	@tools/test.sh $(BUILD) $(JOBS) long

test-thirdparty: build ## robots and recording readers of other projects, from PyPI
	@tests/thirdparty/run

bench: build ## all benchmarks; docs/benchmarks.md explains the figures
	@tests/bench/run

bench-%: build ## one benchmark
	@tests/bench/run $*

lint: configure ## formatting, clang-tidy, luacheck, who includes whom
	@tools/lint.sh $(BUILD)

format: ## format the C files in place
	@tools/format.sh

install: build ## install below PREFIX (default /usr/local)
	@cmake --install $(BUILD) --prefix $(PREFIX)

clean: ## remove what was built; .deps stays
	@rm -rf build drydock
