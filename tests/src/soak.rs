//! Where tests that take many minutes leave what they found: a section of docs/soak.md each, between its marks.

use std::fs;

use chrono::Utc;

/// Writes the figures of a section, when `make soak` runs this: it names the file and the version. A test that fails
/// writes nothing, so a section always is of a run that was well.
pub fn note(section: &str, rows: &[(&str, String)]) {
    let mut figures = String::from("| fact | figure |\n|---|---:|\n");
    for (fact, figure) in rows {
        figures.push_str(&format!("| {fact} | {figure} |\n"));
    }
    println!("{figures}");
    let Some(file) = std::env::var_os("FAIRWAY_SOAK_RESULT") else {
        return;
    };
    let version = std::env::var("FAIRWAY_SOAK_VERSION").unwrap_or_else(|_| "unknown".into());
    let build = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    let said = format!(
        "Last run: {}, version {version}, {build} build.\n\n{figures}",
        Utc::now().format("%Y-%m-%d")
    );
    let text = fs::read_to_string(&file).unwrap();
    fs::write(file, replaced(&text, section, &said)).unwrap();
}

/// The text with what stands between a section's marks replaced.
fn replaced(text: &str, section: &str, said: &str) -> String {
    let (begin, end) = (format!("<!-- {section} -->\n"), format!("<!-- /{section} -->\n"));
    let (before, rest) = text.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    format!("{before}{begin}{said}{end}{after}")
}

#[test]
fn a_section_takes_the_place_of_the_one_before() {
    let text = "# Soak\n<!-- one -->\nold\n<!-- /one -->\n<!-- two -->\n<!-- /two -->\nend\n";
    assert_eq!(
        replaced(text, "one", "new\n"),
        "# Soak\n<!-- one -->\nnew\n<!-- /one -->\n<!-- two -->\n<!-- /two -->\nend\n"
    );
    let file = format!("{}/../docs/soak.md", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(file).unwrap();
    for section in ["deliveries", "backfill", "backfill-killed", "derivation"] {
        assert_ne!(replaced(&text, section, "x\n"), text, "{section} has its marks");
    }
}
