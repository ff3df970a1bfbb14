# Cargo's and npm's tools. Sourced by setup.

# Tools run for seconds and compile for minutes, so they are built without optimisation.
export_quick_profile() {
  export CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256
  export CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_PROFILE_RELEASE_STRIP=true CARGO_NET_RETRY=5
}

# cargo_tool NAME VERSION CRATE [cargo install options…]: into a folder of its own that appears only when it is whole.
cargo_tool() {
  local name=$1 version=$2 crate=$3 dir
  shift 3
  dir=$tools_dir/$name-$version
  if [ -x "$dir/bin/$name" ] && "$dir/bin/$name" --version >/dev/null 2>&1; then
    done_already "$name" "$version"
    return 0
  fi
  step "$name $version (compiles once; the result is kept in $dir)"
  rm -rf "$dir" "$dir.partial"
  mkdir -p "$dir.partial"
  (
    export_quick_profile
    export CARGO_TARGET_DIR=$tools_dir/build
    unset RUSTFLAGS DATABASE_URL
    cd "$tools_dir" # outside the workspace, so that its settings do not apply
    with_heartbeat "$name" "$dir.partial/build.log" cargo install "$crate" --version "$version" --root "$dir.partial" "$@"
  ) || fail "$name $version could not be built." "The log is $dir.partial/build.log."
  rm -f "$dir.partial/build.log"
  mv "$dir.partial" "$dir"
}

install_cargo_tools() {
  cargo_tool cargo-leptos "$cargo_leptos_version" cargo-leptos --features no_downloads --locked --ignore-rust-version
  # Its own lock file lacks a crate, hence no --locked; the resolver keeps to what this rustc can build.
  CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS=fallback cargo_tool wasm-bindgen "$wasm_bindgen_version" wasm-bindgen-cli
  if [ -n "$only_build" ]; then
    rm -rf "$tools_dir/build"
    return 0
  fi
  install_nextest
  cargo_tool cargo-deny "$cargo_deny_version" cargo-deny --locked
  rm -rf "$tools_dir/build"
}

install_nextest() {
  local version
  version=$(cargo-nextest --version 2>/dev/null | awk 'NR == 1 { print $2 }') || true
  if [ -n "$version" ] && at_least "$cargo_nextest_minimum" "$version"; then
    done_already cargo-nextest "$version"
  else
    cargo_tool cargo-nextest "$cargo_nextest_version" cargo-nextest --locked --no-default-features --features default-no-update
  fi
}

# npm ci starts from nothing, so it runs only when the lock file is not the one that was installed last.
install_npm_packages() {
  local dir=$top/end2end mark
  mark=$dir/node_modules/.fairway-lock
  if ! cmp -s "$dir/package-lock.json" "$mark"; then
    step "npm packages of end2end"
    # No package needs its install script: the tools are plain files or come as optional packages by platform.
    (cd "$dir" && npm ci --ignore-scripts --no-audit --no-fund --fetch-retries 5 2>&1 | { grep -v 'npm warn' || true; }) ||
      fail "npm ci failed in end2end." "Look at the messages above."
    "$dir/node_modules/.bin/wasm-opt" --version >/dev/null || fail "wasm-opt of the npm package binaryen does not run."
    "$dir/node_modules/.bin/squawk" --version >/dev/null || fail "squawk of the npm package squawk-cli does not run on this platform."
    cp "$dir/package-lock.json" "$mark"
  fi
  done_already npm "playwright $(playwright --version | awk '{ print $2 }'), $(wasm-opt --version), $(squawk --version)"
}

# GitHub's own descriptions and Prism, by which the tests compare Fairway's client with GitHub. Of 480 MB the tests need 50: the rest are
# the descriptions of other products of GitHub, and what Prism makes examples with.
install_contract() {
  local dir
  dir=$(contract_dir)
  if [ ! -d "$dir" ]; then
    step "GitHub's descriptions and Prism (kept in $dir)"
    rm -rf "$dir.partial"
    mkdir -p "$dir.partial"
    cp "$top"/tests/contract/{package.json,package-lock.json,.npmrc} "$dir.partial"
    (cd "$dir.partial" && with_heartbeat "npm packages" npm.log npm ci --ignore-scripts --no-audit --no-fund --fetch-retries 5) ||
      fail "npm ci failed for tests/contract." "Look at the messages above."
    (
      cd "$dir.partial/node_modules"
      find @octokit/openapi/generated -name '*.json' ! -name api.github.com.json -delete
      rm -rf @octokit/graphql-schema/{lib,schema.json,schema.d.ts} @faker-js postman-collection @types fp-ts/es6
    )
    node "$top/tests/contract/prism.mjs" "$dir.partial" http://localhost "GET /app" </dev/null >/dev/null || fail "Prism does not run on what is left of its packages."
    rm -f "$dir.partial/npm.log"
    mv "$dir.partial" "$dir"
  fi
  done_already contract "$(du -sm "$dir" | cut -f 1) MB: Prism, and GitHub's OpenAPI and GraphQL"
}

# python_tools NAME VERSION PACKAGE…: into an environment of their own. Its scripts name their place, so it is made where it stays; a mark
# says that it is whole.
python_tools() {
  local name=$1 version=$2 dir=$tools_dir/$1-$2
  shift 2
  if [ ! -e "$dir/whole" ]; then
    step "$name $version (kept in $dir)"
    rm -rf "$dir"
    { python3 -m venv "$dir" && "$dir/bin/pip" install -q --disable-pip-version-check --retries 5 "$@" && touch "$dir/whole"; } ||
      { rm -rf "$dir"; fail "$name $version could not be installed." "Look at the messages above; it needs Python 3.10 or newer."; }
  fi
  done_already "$name" "$version"
}

install_schemathesis() { python_tools schemathesis "$schemathesis_version" "schemathesis==$schemathesis_version"; }
install_deploy_linters() { python_tools deploy-linters "$deploy_linters_version" "${deploy_linters[@]}"; }

# promtool checks the alert rules, and tests watch releases on a real Prometheus. The package is unpacked rather than installed: installing it would start a Prometheus on this machine.
install_prometheus() {
  local dir=$tools_dir/prometheus
  if ! have promtool; then
    step "Prometheus (kept in $dir)"
    have apt-get && have dpkg || fail "promtool is missing and this is no Debian." "Install Prometheus 2.42 or newer so that promtool is on PATH."
    rm -rf "$dir.partial"
    mkdir -p "$dir.partial"
    [ "$(apt-cache policy prometheus 2>/dev/null | awk '$1 == "Candidate:" { print $2 }')" ] || apt_update
    (cd "$dir.partial" && apt-get -q -o Acquire::Retries=3 -o APT::Sandbox::User=root download prometheus && dpkg -x prometheus_*.deb . && rm prometheus_*.deb) ||
      fail "The Debian package prometheus could not be had." "Look at the messages above."
    rm -rf "$dir"
    mv "$dir.partial" "$dir"
    hash -r
  fi
  done_already promtool "$(promtool --version 2>&1 | awk 'NR == 1 { print $3 }')"
}
