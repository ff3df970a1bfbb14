# Rust, Node and the Debian packages. Sourced by setup.

check_rust() {
  have cargo && have rustc || fail "Rust is not installed." "Install Rust $rust_minimum or newer with rustup (https://rustup.rs), then run this again."
  local version
  version=$(rustc --version | awk '{ print $2 }')
  at_least "$rust_minimum" "${version%%-*}" || fail "rustc $version is too old; Fairway needs $rust_minimum." "rustup update stable"
  local part
  for part in $([ -n "$only_build" ] || echo fmt clippy); do
    cargo "$part" --version >/dev/null 2>&1 && continue
    have rustup || fail "cargo $part is missing and there is no rustup to add it." "Install the package of your Rust that holds it (Debian: rustfmt, rust-clippy)."
    rustup component add "$([ "$part" = fmt ] && echo rustfmt || echo clippy)"
  done
  done_already rust "$version"
}

check_node() {
  have node || fail "Node is not installed." "Install Node $node_minimum or newer with npm (https://nodejs.org)."
  have npm || fail "npm is not installed." "Install the npm that belongs to your Node $(node --version)."
  local version
  version=$(node --version)
  at_least "$node_minimum" "${version#v}" || fail "Node $version is too old; Fairway needs $node_minimum." "See https://nodejs.org."
  done_already node "$version"
}

# Names the packages that are missing, one a line. A tool that is there from elsewhere counts.
missing_packages() {
  have cc || echo build-essential
  have curl || echo curl
  have git || echo git
  have xz || echo xz-utils
  [ -z "$only_build" ] || return 0
  python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
  have setpriv || echo util-linux
  have chromium || printf '%s\n' chromium fonts-liberation
  postgres_bin >/dev/null || echo postgresql-15
  have psql || postgres_bin >/dev/null || echo postgresql-client-15
  return 0
}

# Runs as root: directly, by sudo, or not at all (and then says what to type).
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif have sudo && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    sudo "$@"
  else
    return 77
  fi
}

# Another apt may hold the lock of the lists (unattended upgrades on a fresh machine): wait for it rather than give up.
apt_update() {
  local try
  for try in 1 2 3 4 5 6; do
    as_root apt-get -o DPkg::Lock::Timeout=300 -qq update && return 0
    say "   apt-get update did not succeed (try $try of 6); again in 10 s"
    sleep 10
  done
  fail "apt-get update does not succeed." "Look at the messages above; a proxy or a mirror may be down."
}

install_system_packages() {
  local packages
  mapfile -t packages < <(missing_packages)
  if [ "${#packages[@]}" -eq 0 ]; then
    if [ -n "$only_build" ]; then
      done_already packages "as many as a build needs"
    else
      done_already packages "chromium $(chromium --version 2>/dev/null | awk '{ print $2 }'), PostgreSQL $("$(postgres_bin)/postgres" --version | awk '{ print $3 }')"
    fi
    return 0
  fi
  step "Debian packages: ${packages[*]}"
  have apt-get || fail "These are missing and this is no Debian: ${packages[*]}" "Install them in your system's way, then run this again."
  if ! as_root true; then
    fail "Root is needed to install packages, and sudo is not at hand." "Run this as root, then 'make setup' again:" \
      "apt-get update && apt-get install -y --no-install-recommends ${packages[*]}"
  fi
  apt_update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 -y -q install --no-install-recommends "${packages[@]}" ||
    fail "apt-get could not install ${packages[*]}." "Look at the messages above."
}
