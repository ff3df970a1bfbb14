//! The tables of docs/security name tests; here is whether there are such tests, and whether a line says anything at all.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

/// Lines of level 1 and 2 in version 5.0.0 of the standard.
const LINES: usize = 253;

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Names of test functions in Rust and titles of browser tests, of which a document may quote the whole or the beginning.
fn known() -> (HashSet<String>, Vec<String>) {
    let (mut functions, mut titles) = (HashSet::new(), Vec::new());
    for folder in ["app/src", "crates", "server", "tests/src", "end2end/tests"] {
        collect(&top().join(folder), &mut functions, &mut titles);
    }
    (functions, titles)
}

fn collect(folder: &Path, functions: &mut HashSet<String>, titles: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, functions, titles);
            continue;
        }
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("rs") => tests_of(&fs::read_to_string(&path).unwrap(), functions),
            Some("ts") => titles.extend(titles_of(&fs::read_to_string(&path).unwrap())),
            _ => {}
        }
    }
}

/// Functions that stand directly below an attribute of a test.
fn tests_of(source: &str, functions: &mut HashSet<String>) {
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[test]")
            || line.starts_with("#[tokio::test")
            || line.starts_with("#[sqlx::test")
        {
            is_test = true;
        } else if let Some(rest) = line
            .strip_prefix("async fn ")
            .or_else(|| line.strip_prefix("fn "))
        {
            if is_test {
                functions.insert(rest.split('(').next().unwrap().to_owned());
            }
            is_test = false;
        }
    }
}

fn titles_of(source: &str) -> Vec<String> {
    source
        .split("test(")
        .skip(1)
        .filter_map(|call| {
            let quote = call.chars().next().filter(|quote| matches!(quote, '\'' | '`'))?;
            call[1..].split(quote).next().map(ToOwned::to_owned)
        })
        .collect()
}

/// The cells of a row of a table.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(str::trim).collect())
}

/// What stands between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_test_that_the_documents_name_exists() {
    let (functions, titles) = known();
    assert!(functions.len() > 300 && titles.len() > 50, "the tests are found");
    let mut missing = Vec::new();
    for document in ["asvs.md", "threat-model.md"] {
        let text = fs::read_to_string(top().join("docs/security").join(document)).unwrap();
        let mut column = None;
        for line in text.lines() {
            let Some(cells) = cells(line) else {
                column = None;
                continue;
            };
            if column.is_none() {
                column = Some(cells.iter().position(|cell| *cell == "test"));
            }
            let tests = column.flatten().and_then(|column| cells.get(column));
            for name in tests.map(|tests| quoted(tests)).unwrap_or_default() {
                let exists = functions.contains(name) || titles.iter().any(|title| title.starts_with(name));
                if !exists {
                    missing.push(format!("{document}: {name}"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "no such tests:\n{}", missing.join("\n"));
}

#[test]
fn every_line_of_the_standard_has_an_honest_answer() {
    let text = fs::read_to_string(top().join("docs/security/asvs.md")).unwrap();
    let mut seen = HashSet::new();
    for cells in text.lines().filter_map(cells) {
        let [line, _, state, place, test] = cells.as_slice() else {
            continue;
        };
        let is_line = line.split('.').count() == 3 && line.split('.').all(|part| part.parse::<u32>().is_ok());
        if !is_line {
            continue;
        }
        assert!(seen.insert((*line).to_owned()), "{line} stands there twice");
        assert!(["yes", "partly", "no", "–"].contains(state), "{line}: {state}");
        assert!(!place.is_empty(), "{line} says where, or why not");
        assert!(!test.is_empty(), "{line} names a test, or – for none");
        assert!(
            *state == "yes" || *state == "partly" || *test == "–",
            "{line}: a test of what is not done"
        );
    }
    assert_eq!(seen.len(), LINES, "lines of level 1 and 2");
}
