//! Files stay small enough to be read in one sitting, and a `mod.rs` is a table of contents.
//!
//! Owns the two rules of docs/architecture.md about files; knows nothing of what the files do.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// From here on a file is named as one to split.
const LONG: usize = 300;
/// Beyond this a file is refused.
const TOO_LONG: usize = 500;
/// The folders with our sources, below the top of the repository.
const SOURCES: [&str; 4] = ["app/src", "crates", "server/src", "tests/src"];

#[test]
fn files_stay_small() {
    let mut long: Vec<(usize, PathBuf)> = rust_files()
        .into_iter()
        .map(|path| (lines_before_tests(&read(&path)), path))
        .filter(|(lines, _)| *lines > LONG)
        .collect();
    long.sort();
    let list = |over: usize| -> String {
        long.iter()
            .rev()
            .filter(|(lines, path)| *lines > over && !(over == TOO_LONG && is_test(path)))
            .map(|(lines, path)| format!("  {lines:4} {}\n", shown(path)))
            .collect()
    };
    if !long.is_empty() {
        println!(
            "files over {LONG} lines before their tests, to be split:\n{}",
            list(LONG)
        );
    }
    let refused = list(TOO_LONG);
    assert!(
        refused.is_empty(),
        "files over {TOO_LONG} lines before their tests:\n{refused}"
    );
}

#[test]
fn a_mod_file_only_names_its_modules() {
    let wrong: String = rust_files()
        .into_iter()
        .filter(|path| path.ends_with("mod.rs"))
        .filter_map(|path| {
            first_foreign_item(&read(&path)).map(|item| format!("  {}: {item}\n", shown(&path)))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "a mod.rs holds `mod`, `use` and a `//!`; move the rest to a file with a name:\n{wrong}"
    );
}

/// The first item that is neither a module nor an import, as its first line.
fn first_foreign_item(source: &str) -> Option<String> {
    let code: String = source
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//") && !line.starts_with("#[") && !line.starts_with("#!["))
        .collect::<Vec<_>>()
        .join("\n");
    code.split_inclusive(';')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .find(|item| !is_module_or_import(item))
        .map(|item| item.lines().next().unwrap_or_default().to_owned())
}

fn is_module_or_import(item: &str) -> bool {
    let item = match item.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(')').map_or("", |(_, rest)| rest),
        Some(rest) => rest,
        None => item,
    };
    let item = item.trim_start();
    item.ends_with(';') && (item.starts_with("mod ") || item.starts_with("use "))
}

/// A file of nothing but tests has no line before them; it is listed when it is long and never refused.
fn is_test(path: &Path) -> bool {
    path.strip_prefix(top())
        .unwrap_or(path)
        .components()
        .any(|part| part.as_os_str() == "tests")
}

fn lines_before_tests(source: &str) -> usize {
    source
        .lines()
        .take_while(|line| line.trim() != "#[cfg(test)]")
        .count()
}

fn rust_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in SOURCES {
        collect(&top().join(folder), &mut files);
    }
    assert!(!files.is_empty(), "no sources below {}", top().display());
    files
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|problem| panic!("{}: {problem}", folder.display()));
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()))
}

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn shown(path: &Path) -> String {
    path.strip_prefix(top()).unwrap_or(path).display().to_string()
}
