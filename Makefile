# Needs Python 3.11 or newer and make; everything else is installed below .venv, node_modules and .workbench.
PYTHON ?= python3
ENV ?= local
BIN := .venv/bin
TOOLCHAIN := .venv/.toolchain
CDK := node_modules/.bin/cdk
export PATH := $(CURDIR)/$(BIN):$(PATH)
export UV_COMPILE_BYTECODE := 1
export JSII_NODE := $(CURDIR)/$(BIN)/node
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo up test check synth diff deploy bench docs lock clean toolchain

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(TOOLCHAIN) ## Synthesize and check every environment, deploy the local one, hold the demonstration conversations
	@$(BIN)/agentcore-workbench demo

up: $(TOOLCHAIN) ## Synthesize and deploy the local environment, open the chat front end, and stay; or talk by `agentcore-workbench chat`
	@$(BIN)/agentcore-workbench up

test: toolchain tests/inspector/node_modules/.toolchain tests/checkov/.venv/.toolchain ## Every test, the local cloud included
	@# In the order of the files, as those with few and long tests would come last otherwise, one after the other.
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

check: toolchain ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

synth: toolchain ## Synthesize ENV with every check (ENV=local, dev, staging, prod or all)
	$(CDK) synth --strict --quiet --context environment=$(ENV) '**'

diff: toolchain ## Compare ENV with what is deployed on AWS
	$(CDK) diff --context environment=$(ENV) '**'

deploy: toolchain ## Deploy ENV onto AWS with your credentials
	$(CDK) deploy --context environment=$(ENV) '**'

bench: toolchain ## Measure, and write docs/benchmarks/
	$(BIN)/python -m benchmarks

docs: toolchain ## Build the documentation strictly into site/
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/docs.lock.txt
	$(BIN)/mkdocs build --strict

LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11
# Agents run on Python 3.13 in AgentCore Runtime, whatever runs the toolchain.
AGENT_LOCK := $(subst --python-version 3.11,--python-version 3.13,$(LOCK))
lock: ## Compile every lock again (add UPGRADE=--upgrade to move versions)
	$(LOCK) $(UPGRADE) -o requirements/dev.lock.txt pyproject.toml --extra workbench --extra load --group dev
	$(LOCK) $(UPGRADE) -c requirements/dev.lock.txt -o requirements/docs.lock.txt pyproject.toml --extra workbench --extra load --group dev --group docs
	$(LOCK) $(UPGRADE) -o workbench/local_cloud/emulator/requirements.lock.txt workbench/local_cloud/emulator/requirements.in
	for agent in agents/*/pyproject.toml; do $(AGENT_LOCK) $(UPGRADE) -o $$(dirname $$agent)/requirements.lock.txt $$agent; done
	$(LOCK) $(UPGRADE) -o tests/checkov/requirements.lock.txt tests/checkov/requirements.in
	$(AGENT_LOCK) $(UPGRADE) -o constructs_lib/frontend/app/requirements.lock.txt constructs_lib/frontend/app/requirements.in
	for example in examples/*/agent; do $(AGENT_LOCK) $(UPGRADE) -o $$example/requirements.lock.txt $$example/requirements.in; done

clean: ## Remove everything `make` has created
	rm -rf .venv node_modules tests/inspector/node_modules tests/checkov/.venv .workbench .cache cdk.out dist site .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

toolchain: $(TOOLCHAIN) node_modules/.toolchain

$(TOOLCHAIN): requirements/uv.lock.txt requirements/dev.lock.txt
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else f"make needs Python 3.11 or newer as PYTHON, {sys.executable} is {sys.version.split()[0]}")'
	@echo "Installing the toolchain into .venv (once)"
	@test -x $(BIN)/uv || { $(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.lock.txt; }
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.lock.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

node_modules/.toolchain: package-lock.json $(TOOLCHAIN)
	@echo "Installing the CDK CLI into node_modules (once)"
	@$(BIN)/npm ci --loglevel=error --no-audit --no-fund
	@touch $@

tests/inspector/node_modules/.toolchain: tests/inspector/package-lock.json $(TOOLCHAIN)
	@echo "Installing the MCP Inspector into tests/inspector (once)"
	@$(BIN)/npm ci --prefix tests/inspector --loglevel=error --no-audit --no-fund
	@touch $@

tests/checkov/.venv/.toolchain: tests/checkov/requirements.lock.txt $(TOOLCHAIN)
	@echo "Installing checkov into tests/checkov (once)"
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python tests/checkov/.venv
	@$(BIN)/uv pip sync --quiet --python tests/checkov/.venv/bin/python --require-hashes tests/checkov/requirements.lock.txt
	@touch $@
