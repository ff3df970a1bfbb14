# Fairway's commands. `make` alone lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help setup run dev build test unit browser screenshots fuzz lint fmt sqlx bench lighthouse soak sbom release

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

setup: ## Install what is missing (all other commands call it)
	@.make/setup

run: setup ## Build and open Fairway with its demo at http://localhost:3000 (DEMO=0: an empty organisation)
	@.make/build
	@.make/run

dev: setup ## Build for development, serve, and build again on every change
	@.make/dev

build: setup ## The release build: target/release/fairway and target/site
	@.make/build

test: ## Everything: setup, lint, tests, release build, wasm budget, browser tests
	@.make/test

unit: setup ## Unit, store, migration and server tests only (ARGS="-p domain" narrows them)
	@.make/unit target/test-results $(ARGS)

browser: build ## Browser tests only (ARGS="smoke --project js"; FAIRWAY_URL=… tests a running server)
	@.make/browser target/test-results $(ARGS)

screenshots: build ## Take the README's pictures of the demo again
	@.make/screenshots $(ARGS)

fuzz: build ## Drive the API by its own document (FAIRWAY_FUZZ_EXAMPLES=400 looks harder)
	@.make/fuzz

lint: setup ## Format, clippy, dependencies, licences, migrations, .sqlx
	@.make/lint

fmt: ## Format the code
	@cargo fmt --all

sqlx: setup ## Describe the SQL of crates/store again in .sqlx
	@.make/sqlx

bench: build ## The speed lines of the promises, each with its ratio to a limit measured in the same run
	@.make/bench

lighthouse: build ## Lighthouse's scores of the demo's catalog, service and DORA pages
	@.make/lighthouse

soak: setup ## Tests that take many minutes, their results in docs/soak.md: 10,000 deliveries and 20 kills, a backfill of 20,000 deployments
	@.make/soak

sbom: setup ## What Fairway is made of, and under which licences: target/sbom
	@.make/sbom

release: ## Note what this version does with the database: the next one is tested against it (COMMIT=… another commit)
	@.make/release-point $(COMMIT)
