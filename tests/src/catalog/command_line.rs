//! `fairway catalog import`: what the person at the terminal is told.

use std::fs;

use sqlx::{ConnectOptions, PgPool};

use super::{commands, component, corpus};
use crate::process::{Folder, run};

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_command_line_says_what_it_made_and_what_is_wrong(pool: PgPool) {
    commands(&pool).await;
    let folder = Folder::new("catalog").with_site();
    let url = pool.connect_options().to_url_lossy().to_string();
    let run = |path: &str| {
        run(
            &folder,
            &["catalog", "import", path],
            &[("DATABASE_URL", url.as_str())],
        )
    };
    let write = |path: &str, content: String| {
        let path = folder.0.join("tree").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    let location = |target: &str| {
        format!(
            "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {{name: all}}\nspec:\n  targets:\n    - {target}\n"
        )
    };
    write("orders/catalog-info.yaml", component("orders", "team-a"));
    write(
        "k8s/deployment.yaml",
        "apiVersion: apps/v1\nkind: Deployment\n".to_owned(),
    );
    write("node_modules/x/catalog-info.yaml", component("no", "team-a"));
    write("all.yaml", location("./more/services.txt"));
    write("more/services.txt", component("payments", "team-a"));
    fs::write(folder.0.join("outside.yaml"), component("outside", "team-a")).unwrap();

    let (well, said) = run("tree");
    assert!(well, "{said}");
    assert!(
        said.contains("created   component:default/orders  (tree/orders/catalog-info.yaml)"),
        "{said}"
    );
    assert!(said.contains(
        "3 files: 3 entities created, 0 changed, 0 back, 0 removed, 0 as they were; 0 files refused."
    ));

    write("all.yaml", location("../outside.yaml"));
    write("orders/catalog-info.yaml", component("or ders", "team-a"));
    let (well, said) = run("tree");
    assert!(!well);
    assert!(
        said.contains("tree/all.yaml:6:7: error: spec.targets: the path leaves the imported directory"),
        "{said}"
    );
    assert!(
        said.contains("tree/orders/catalog-info.yaml:4:18: error: metadata.name: `or ders` is not a name"),
        "{said}"
    );
    assert!(said.contains("removed   component:default/payments"), "{said}");
    assert!(!said.contains("outside\n"), "{said}");

    let (well, said) = run("tree/more");
    assert!(!well && said.contains("no catalog file in tree/more"), "{said}");
    let (well, said) = run("nowhere");
    assert!(!well && said.contains("nowhere cannot be read"), "{said}");
    let (well, said) = run(&corpus().join("broken").to_string_lossy());
    assert!(
        !well
            && said
                .contains("duplicates.yaml:18:1: error: metadata.name: group:default/discovery is already"),
        "{said}"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_command_line_says_what_it_passed_over_and_why(pool: PgPool) {
    commands(&pool).await;
    let folder = Folder::new("catalog").with_site();
    let url = pool.connect_options().to_url_lossy().to_string();
    let write = |path: &str, content: &str| {
        let path = folder.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    write("tree/catalog-info.yaml", &component("orders", "team-a"));
    write(
        "tree/all.yaml",
        "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: all}\nspec: {target: ./named.yml}\n",
    );
    // Read after all, since a Location names it.
    write("tree/named.yml", "kind: Component\n");
    write("tree/README.md", "apiVersion: backstage.io/v1alpha1\n");
    write("tree/.git/catalog-info.yaml", &component("hidden", "team-a"));
    write("tree/vendor/catalog-info.yaml", &component("made", "team-a"));
    write(
        &format!("tree/{}catalog-info.yaml", "d/".repeat(40)),
        &component("deep", "team-a"),
    );
    for number in 1..=12 {
        write(&format!("tree/k8s/{number:02}.yaml"), "apiVersion: apps/v1\n");
    }
    std::os::unix::fs::symlink("../all.yaml", folder.0.join("tree/k8s/link.yaml")).unwrap();
    let (_, said) = run(
        &folder,
        &["catalog", "import", "tree"],
        &[("DATABASE_URL", url.as_str())],
    );
    let passed: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("passed over") || line.starts_with("  "))
        .map(|line| line.split(':').next().unwrap())
        .collect();
    let deep = format!("  tree/{}d", "d/".repeat(32));
    let yaml: Vec<_> = (1..=10)
        .map(|number| format!("  tree/k8s/{number:02}.yaml"))
        .collect();
    let mut expected = vec!["passed over 12"];
    expected.extend(yaml.iter().map(String::as_str));
    expected.extend(["  … and 2 more", "passed over 1", "  tree/k8s/link.yaml"]);
    expected.extend(["passed over 1", "  tree/.git", "passed over 1", "  tree/vendor"]);
    expected.extend(["passed over 1", deep.as_str()]);
    assert_eq!(passed, expected, "{said}");

    let (well, said) = run(
        &folder,
        &["catalog", "import", "tree/k8s"],
        &[("DATABASE_URL", url.as_str())],
    );
    assert!(
        !well && said.contains("no catalog file in tree/k8s") && said.contains("passed over 12: YAML"),
        "{said}"
    );
}
