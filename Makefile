# Every command of this repository. `make` alone lists them.

STACK ?= dev
PYTHON ?= python3
# Without the variables and the locale by which a user changes other programs in Python.
RUN := .venv/bin/python -E -X utf8
# Each command starts seconds faster with compiled modules beside the sources.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help policy up preview live shell drift down outputs kubeconfig render plan fields schema schema-diff test programs oldest tests coverage test-kubeadm test-package test-charts test-live test-upgrade test-upgrade-faults test-rotation ci test-upstream bench bench-live lint types format lock

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'
	@echo
	@echo "  STACK=dev|staging|prod chooses the stack; dev by default."

.venv/.ready: requirements-dev.txt requirements-uv.txt
	@PYTHON=$(PYTHON) sh rehearsal/environment.sh

up: .venv/.ready ## Bring a stack up on this machine: the real engine, a stand-in for AWS; REPLACE=prod-control-plane-1 replaces a machine
	@$(RUN) -m rehearsal up $(STACK) $(if $(REPLACE),--replace $(REPLACE))

preview: .venv/.ready ## Show what `up` would change; MACHINES=1 shows what `live` would
	@$(RUN) -m rehearsal preview $(STACK) $(if $(MACHINES),--machines)

live: .venv/.ready ## Bring a stack up with machines: a running cluster on this host (Linux, root)
	@$(RUN) -m rehearsal live $(STACK) $(if $(REPLACE),--replace $(REPLACE))

down: .venv/.ready ## Take a stack down, and its machines
	@$(RUN) -m rehearsal down $(STACK)

shell: .venv/.ready ## Open a shell in which plain `pulumi` works on this machine; COMMAND='pulumi preview' runs one command there
	@$(RUN) -m rehearsal enter $(STACK) $(if $(COMMAND),--run '$(subst ','\'',$(COMMAND))')

drift: .venv/.ready ## Fail if the AWS of a stack is not as its state says
	@$(RUN) -m rehearsal enter $(STACK) --run 'pulumi refresh --preview-only --expect-no-changes'

outputs: .venv/.ready ## Show a stack's outputs
	@$(RUN) -m rehearsal outputs $(STACK)

kubeconfig: .venv/.ready ## Print a stack's kubeconfig, which is a secret
	@$(RUN) -m rehearsal kubeconfig $(STACK)

render: .venv/.ready ## Write what each machine would get; KUBERNETES=1.23 for another version, TO=folder for another folder
	@$(RUN) -m rehearsal render $(STACK) $(if $(KUBERNETES),--kubernetes $(KUBERNETES)) $(if $(TO),--to $(TO))

FORMAT ?= text
plan: .venv/.ready ## Show the plan of a stack from its file alone; FORMAT=markdown, json or html
	@$(RUN) -m components plan stacks/Pulumi.$(STACK).yaml --format $(FORMAT)

fields: .venv/.ready ## Write the arguments and the pages of configuration and outputs from the code
	@$(RUN) -m docs.fields
	@$(RUN) -m docs.outputs

schema: fields ## Write the schema of which Pulumi makes the SDKs of other languages, after what `make fields` writes
	@$(RUN) -m docs.schema

BASE ?= main
schema-diff: .venv/.ready ## Class what changed in the schema since BASE=main, a commit, branch or tag: broken, added, changed
	@$(RUN) -m docs.schema_changes $(BASE)

policy: policy/.venv/.ready ## Install the policy pack: pulumi preview --policy-pack ./policy/run

policy/.venv/.ready: .venv/.ready policy/requirements.txt
	@.venv/bin/uv venv -q --allow-existing --python .venv/bin/python policy/.venv
	@.venv/bin/uv pip sync -q --python policy/.venv/bin/python --require-hashes policy/requirements.txt
	@touch $@

lint: .venv/.ready ## Check style and types
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m pyright

test: .venv/.ready ## Test everything that a laptop can: rules, documents, components, the engine, three real kubeadms
	@$(MAKE) --no-print-directory --jobs lint programs oldest tests

# Two builds run beside the tests: while one compiles, the other may fetch or link. The second has a low priority. Tests that need
# no program come first, then those of the engine. Progress is plain lines, because several commands print at once.
programs oldest: export TTY_COMPATIBLE = 0
programs: .venv/.ready
	@$(RUN) -m rehearsal.builds pulumi kubeadm@1.23 kubeadm@newest > /dev/null

# This build takes as long as the others together.
oldest: .venv/.ready
	@nice $(RUN) -m rehearsal.builds kubeadm@oldest > /dev/null

# Tests of one file stay together: they share a stack, or a program. The file order is kept.
tests: .venv/.ready
	@$(RUN) -m pytest -n auto --dist loadfile --no-loadscope-reorder $(PYTEST)

coverage: .venv/.ready ## Show which lines of components/ and rehearsal/ no test in this process runs; PYTEST=tests/unit for a part
	@$(RUN) -m pytest -n auto --dist loadfile --no-loadscope-reorder --cov --cov-report=term $(PYTEST)

KUBEADM ?= all
test-kubeadm: .venv/.ready ## Test the documents with the real kubeadm of every minor; KUBEADM=border for the borders alone
	@$(RUN) -m pytest tests/kubeadm -n auto --kubeadm $(KUBEADM) $(PYTEST)

test-package: .venv/.ready ## Test what takes long of the package: as programs in all languages use it, and its page in a browser
	@DUALSTACK_PACKAGE=all $(RUN) -m pytest tests/consumers tests/package -n auto --dist loadfile $(PYTEST)

CHARTS ?= makers
test-charts: .venv/.ready ## Test the add-ons' charts with the real Helm; CHARTS=folder for one that holds their archives
	@DUALSTACK_CHARTS=$(CHARTS) $(RUN) -m pytest tests/charts $(PYTEST)

LIVE ?= all
test-live: .venv/.ready ## Test whole clusters on this host (Linux, root): all, or LIVE=ipv4first, LIVE=ipv6first
	@DUALSTACK_LIVE=$(LIVE) $(RUN) -m pytest tests/live --ignore=tests/live/test_upgrade.py --ignore=tests/live/test_upgrade_faults.py --ignore=tests/live/test_rotation.py -vv --capture=no --durations=12 $(PYTEST)

test-upgrade: .venv/.ready ## Test upgrades of whole clusters on this host (Linux, root): 1.36 to 1.37, and 1.35 to 1.37 with three control planes; LIVE as above
	@DUALSTACK_LIVE=$(LIVE) $(RUN) -m pytest tests/live/test_upgrade.py -vv --capture=no $(PYTEST)

test-upgrade-faults: .venv/.ready ## Test what goes wrong in an upgrade, with three control planes on this host (Linux, root)
	@DUALSTACK_LIVE=ipv6first $(RUN) -m pytest tests/live/test_upgrade_faults.py -vv --capture=no $(PYTEST)

test-rotation: .venv/.ready ## Test what a cluster that runs gets and keeps, with three control planes on this host (Linux, root): another key of Secrets, another of tokens
	@DUALSTACK_LIVE=ipv6first $(RUN) -m pytest tests/live/test_rotation.py -vv --capture=no $(PYTEST)

ci: .venv/.ready policy/.venv/.ready ## Run the workflows of GitHub and GitLab on this host, with S3, KMS and tokens for jobs; builds the whole engine first
	@$(RUN) -m rehearsal.builds pulumi-whole act actionlint > /dev/null
	@DUALSTACK_WORKFLOWS=1 $(RUN) -m pytest tests/workflows -vv -n 2 --dist loadfile $(PYTEST)

test-upstream: .venv/.ready ## Run Kubernetes' own tests of dual-stack against those clusters; LIVE as above
	@$(RUN) -m rehearsal.conformance $(LIVE)

bench: .venv/.ready ## Measure the program against a floor in the same run
	@$(RUN) -m bench

bench-live: .venv/.ready ## Measure a cluster with machines against kubeadm by hand (Linux, root)
	@$(RUN) -m bench.live

format: .venv/.ready ## Format the code
	@$(RUN) -m ruff check --fix -q .
	@$(RUN) -m ruff format -q .

LOCK := .venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-find-links
lock: .venv/.ready ## Choose the newest versions that fit, and lock them by hash
	@$(LOCK) --upgrade pyproject.toml -o requirements.txt
	@$(LOCK) --upgrade pyproject.toml --group dev --extra status --extra verify -o requirements-dev.txt
	@echo uv | $(LOCK) --upgrade - -o requirements-uv.txt
	@$(LOCK) --upgrade --group policy -o policy/requirements.txt
