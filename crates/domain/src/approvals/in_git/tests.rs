//! Which files are read, what of a file is refused and where, and which of two files has a name.

use super::*;

fn policy(name: &str) -> String {
    format!(
        "apiVersion: fairway.dev/v1\nkind: Policy\nmetadata: {{name: {name}}}\nspec: {{minApprovals: 1}}\n"
    )
}

fn place(path: &str) -> PolicyPlace {
    let repository = ProjectSlug::parse("acme/policies").unwrap();
    PolicyPlace::at(repository, path).unwrap()
}

#[test]
fn the_yaml_below_a_folder_or_one_file_is_read() {
    let folder = place("/ops/policies/");
    assert!(folder.names("ops/policies/a.yaml") && folder.names("ops/policies/deep/b.yml"));
    for other in [
        "ops/policies.yaml",
        "ops/policies-old/a.yaml",
        "a.yaml",
        "ops/policies/README.md",
        "ops/policies/yaml",
    ] {
        assert!(!folder.names(other), "{other}");
    }
    let file = place("policies.yaml");
    assert!(file.names("policies.yaml") && !file.names("a/policies.yaml"));
    for whole in ["", ".", "/"] {
        assert!(
            place(whole).names("a.yaml") && place(whole).names("b/c.yml"),
            "{whole}"
        );
    }
    let repository = || ProjectSlug::parse("acme/policies").unwrap();
    for wrong in ["a//b", "../a", "a/./b", "a\nb"] {
        assert!(PolicyPlace::at(repository(), wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_file_holds_several_policies() {
    let text = format!("# ours\n---\n{}---\n{}", policy("One"), policy("Two"));
    let read = PolicyDocuments::parse(text.as_bytes());
    assert!(read.is_good(), "{:?}", read.problems);
    let names: Vec<&str> = read
        .policies
        .iter()
        .map(|(policy, _)| policy.name.as_str())
        .collect();
    assert_eq!(names, ["One", "Two"]);
    assert_eq!(read.policies[1].1.line, 10);
}

#[test]
fn what_is_wrong_is_said_with_line_and_column() {
    let said = |text: &str| {
        let read = PolicyDocuments::parse(text.as_bytes());
        assert!(!read.is_good(), "{text}");
        let problem = &read.problems[0];
        (problem.place.line, problem.place.column, problem.field.clone())
    };
    let field = |field: &str| field.to_owned();
    let many = policy("Ok").replace("minApprovals: 1", "minApprovals: 99");
    assert_eq!(said(&many), (4, 22, field("spec.minApprovals")));
    let second = format!("{}---\n{many}", policy("First"));
    assert_eq!(said(&second), (9, 22, field("spec.minApprovals")));
    let twice = format!("{}---\n{}", policy("Same"), policy("same"));
    assert_eq!(said(&twice), (8, 18, field("metadata.name")));
    assert_eq!(said(&policy("X").replace("Policy", "Rule")).0, 2);
    assert_eq!(said("kind: [\n").2, "");
    assert_eq!(said("").0, 1);
    assert_eq!(said("# nothing\n").0, 1);
    assert!(
        PolicyDocuments::parse(&[0xff, 0xfe]).problems[0]
            .message
            .contains("UTF-8")
    );
    let long = "#".repeat(MAX_BYTES + 1);
    assert!(
        PolicyDocuments::parse(long.as_bytes()).problems[0]
            .message
            .contains("longer")
    );
}

fn claim(path: &str, has: &[&str], wants: Option<&[&str]>) -> FileClaim {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    FileClaim {
        path: path.to_owned(),
        has: set(has),
        wants: wants.map(set),
    }
}

fn refused(claims: &[FileClaim]) -> Vec<(String, String, String)> {
    let twins = twins(claims.to_vec()).into_iter();
    twins.map(|twin| (twin.path, twin.name, twin.other)).collect()
}

#[test]
fn a_name_is_taken_once_and_moves_where_its_file_lets_go() {
    let said = |path: &str, name: &str, other: &str| (path.to_owned(), name.to_owned(), other.to_owned());
    assert_eq!(
        refused(&[claim("a", &["x"], None), claim("b", &[], Some(&["x"]))]),
        [said("b", "x", "a")]
    );
    assert_eq!(
        refused(&[claim("b", &[], Some(&["x"])), claim("a", &[], Some(&["x"]))]),
        [said("b", "x", "a")],
        "the earlier path has it"
    );
    let moved = [
        claim("a", &["x", "y"], Some(&["y"])),
        claim("b", &[], Some(&["x"])),
    ];
    assert!(refused(&moved).is_empty());
    // What is refused keeps what it has, and that stands in the way of what counted on it.
    let chain = [
        claim("a", &["x"], Some(&["z"])),
        claim("b", &[], Some(&["x"])),
        claim("c", &["z"], None),
    ];
    assert_eq!(refused(&chain), [said("a", "z", "c"), said("b", "x", "a")]);
}
