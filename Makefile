# `make run` and `make test` set up everything they need; see README.md.
.PHONY: run demo test check schema bench screenshots docs clean

ARGS ?=

run: ## start Gatehouse (ARGS="--headless" and so on)
	@packaging/set_up.sh run
	@.venv/bin/gatehouse $(ARGS)

demo: ## run the README's script with the official SDK against a running gateway (PORT=11111)
	@packaging/set_up.sh sdk
	@.venv-sdk/bin/python resources/samples/quotes.py $(or $(PORT),11111)

test: ## contracts, style, types and all tests
	@packaging/set_up.sh test
	@$(MAKE) --no-print-directory check
	.venv/bin/python -m pytest

check: ## contracts, style and types only
	.venv/bin/lint-imports
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy --strict core gui

schema: ## compile the schema anew from the pinned official package
	rm -rf core/api_messages/generated
	@packaging/set_up.sh run

bench: ## the benchmarks, one after the other (each is also a command of its own)
	@packaging/set_up.sh test
	.venv/bin/python tests/bench/bench_loop.py
	.venv/bin/python tests/bench/bench_requests.py
	.venv/bin/python tests/bench/bench_fanout.py
	.venv/bin/python tests/bench/bench_start.py
	.venv/bin/python tests/bench/bench_practice.py
	.venv/bin/python tests/bench/bench_orders.py

screenshots: ## PNGs of every screen
	@packaging/set_up.sh test
	.venv/bin/python tests/screenshots/take_screenshots.py

clean:
	rm -rf .venv .venv-sdk build dist core/api_messages/generated
