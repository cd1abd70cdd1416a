# `make check` is what CI runs. Every target sets .venv up first, in a few milliseconds when it is.
PYTHON = .venv/bin/python
# kill_and_resume.py wants folders of yours, and time: it is run by hand.
# The sight_* ones make a model of random weights, 1.9 GB, and take half an hour on two cores.
BENCHMARKS = $(addprefix benchmarks/,embedding_rate.py search_latency.py rescan.py index_memory.py ocr.py \
	extraction_rates.py keyframes.py cold_start.py \
	sight_texts.py sight_pictures.py sight_queries.py sight_reranking.py sight_memory.py)

.PHONY: test check bench clean setup

test: setup
	$(PYTHON) -m pytest

check: setup
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(PYTHON) -m pytest

# One after the other: two at once would measure each other.
bench: setup
	for script in $(BENCHMARKS); do echo "== $$script"; $(PYTHON) "$$script" || exit 1; done

# .venv and the weights stay: they take minutes to get back.
clean:
	rm -rf .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

setup:
	@LAUNCHER_REQUIREMENTS=requirements-dev.txt LAUNCHER_SETUP_ONLY=1 ./launcher
