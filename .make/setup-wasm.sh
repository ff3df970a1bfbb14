# The standard library for wasm32. rustup brings it; where rustup cannot download, it is built from Debian's source of the same rustc.
# Sourced by setup.

# rustc version, path in the Debian pool, SHA-256.
debian_rust_sources() {
  cat <<'END'
1.95.0 pool/main/r/rustc/rust-src_1.95.0+dfsg1-2~bpo13+1_all.deb 7b76db5b880a77f9e52975d2baa6209d2f76d2c9c2789515c3088cb960e2c83b
END
}

install_wasm_std() {
  if wasm_std_works; then
    done_already wasm32 "standard library of $(rustc --version | awk '{ print $1, $2 }')"
    return 0
  fi
  step "wasm32 standard library"
  if have rustup; then
    say "   first way: rustup target add"
    if timeout 300 rustup target add wasm32-unknown-unknown && wasm_std_works; then
      say "   wasm32: rustup brought it"
      return 0
    fi
    say "   rustup could not bring it"
  fi
  say "   second way: build it from Debian's rust-src"
  wasm_std_from_debian
  wasm_std_works || fail "The wasm32 standard library was built but rustc does not find it." "Look into $(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib."
  say "   wasm32: built from Debian's rust-src"
}

# The mirror is the one that apt itself uses for Debian.
debian_mirror() {
  apt-get indextargets --format '$(REPO_URI) $(LABEL)' 'Created-By: Packages' 2>/dev/null | awk '$2 == "Debian" { print $1; exit }'
}

wasm_std_from_debian() {
  local version path sum mirror work sysroot
  version=$(rustc --version | awk '{ print $2 }')
  read -r path sum < <(debian_rust_sources | awk -v v="$version" '$1 == v { print $2, $3 }') || true
  [ -n "${path:-}" ] || fail "No Debian source is known for rustc $version." "Use rustc $rust_minimum, or: rustup target add wasm32-unknown-unknown"
  mirror=$(debian_mirror)
  if [ -z "$mirror" ]; then
    as_root true || fail "apt has no package lists and root is needed to fetch them." "As root: apt-get update"
    apt_update
    mirror=$(debian_mirror)
  fi
  [ -n "$mirror" ] || fail "apt knows no Debian mirror, so rust-src cannot be found." "rustup target add wasm32-unknown-unknown"
  sysroot=$(rustc --print sysroot)
  [ -w "$sysroot/lib/rustlib" ] || fail "$sysroot/lib/rustlib cannot be written by $(id -un)." "Run 'make setup' once as its owner."
  work=$(mktemp -d)
  /usr/lib/apt/apt-helper -o APT::Sandbox::User=root download-file "$mirror$path" "$work/rust-src.deb" "SHA256:$sum" ||
    fail "rust-src could not be fetched whole from ${mirror}." "The file may have left the pool; rustup target add wasm32-unknown-unknown is the other way."
  dpkg-deb -x "$work/rust-src.deb" "$work/src"
  build_wasm_std "$work" "$sysroot"
  rm -rf "$work"
}

# Cargo's build-std makes the library beside any crate; its rlibs are what rustup would have brought.
build_wasm_std() {
  local work=$1 sysroot=$2 library source target
  library=$(echo "$work"/src/usr/src/rustc-*/library)
  [ -e "$library/Cargo.lock" ] || fail "The rust-src package does not hold usr/src/rustc-*/library/Cargo.lock."
  source=$sysroot/lib/rustlib/src/rust/library
  if [ ! -e "$source/Cargo.lock" ]; then
    rm -rf "$source"
    mkdir -p "${source%/*}"
    cp -rL "$library" "$source.partial"
    mv "$source.partial" "$source"
  fi
  mkdir -p "$work/empty/src"
  printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n' >"$work/empty/Cargo.toml"
  : >"$work/empty/src/lib.rs"
  with_heartbeat "std for wasm32" "$work/build.log" env -u RUSTFLAGS RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$work/target" \
    cargo build --manifest-path "$work/empty/Cargo.toml" --release -Z build-std=std,panic_abort,panic_unwind,proc_macro --target wasm32-unknown-unknown ||
    fail "The standard library could not be built for wasm32." "The log is $work/build.log."
  target=$sysroot/lib/rustlib/wasm32-unknown-unknown/lib
  mkdir -p "$target"
  find "$work/target/wasm32-unknown-unknown/release/deps" -name '*.rlib' ! -name 'libempty-*' -exec cp -t "$target" {} +
}
