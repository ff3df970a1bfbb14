//! The binary answers on the command line. Being a test of the package that owns it, this also makes cargo build
//! `target/debug/fairway`, which the tests with real processes start.

use std::process::{Command, Output};

fn fairway(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fairway"))
        .args(arguments)
        .output()
        .unwrap_or_else(|problem| panic!("fairway does not start: {problem}"))
}

#[test]
fn it_says_its_version() {
    let output = fairway(&["--version"]);
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        concat!("fairway ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn without_a_command_it_lists_them_and_fails() {
    let output = fairway(&[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    for command in ["serve", "worker", "migrate", "doctor"] {
        assert!(said.contains(command), "{command} is not named in:\n{said}");
    }
}

#[test]
fn an_unknown_option_is_named() {
    let output = fairway(&["serve", "--no-such-option"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--no-such-option"));
}
