//! Whole files: a corpus of good and broken ones, and properties that hold for any bytes.

use std::{fs, path::PathBuf};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn corpus(folder: &str) -> Vec<(PathBuf, Descriptor)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/data/catalog")
        .join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
        .into_iter()
        .map(|path| (path.clone(), Descriptor::parse(&fs::read(path).unwrap())))
        .collect()
}

fn good(name: &str) -> Vec<Entity> {
    let (_, descriptor) = corpus("good")
        .into_iter()
        .find(|(path, _)| path.ends_with(name))
        .unwrap();
    descriptor.entities
}

fn relations(entity: &Entity) -> Vec<String> {
    entity
        .relations
        .iter()
        .map(|relation| format!("{} {}", relation.kind.as_str(), relation.target))
        .collect()
}

#[test]
fn good_files_are_good() {
    for (path, descriptor) in corpus("good") {
        assert!(
            descriptor.is_good(),
            "{}: {:#?}",
            path.display(),
            descriptor.problems
        );
        assert!(!descriptor.entities.is_empty());
    }
}

/// Each broken file has the expected report beside it; `UPDATE=1` writes it anew.
#[test]
fn broken_files_are_reported_with_places() {
    for (path, descriptor) in corpus("broken") {
        assert!(!descriptor.is_good(), "{}", path.display());
        let lines: Vec<String> = descriptor.problems.iter().map(ToString::to_string).collect();
        let report = lines.join("\n") + "\n";
        let expected = path.with_extension("problems");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&expected, &report).unwrap();
        }
        assert_eq!(
            report,
            fs::read_to_string(&expected).unwrap_or_default(),
            "{}",
            path.display()
        );
    }
}

#[test]
fn a_component_is_read_whole() {
    let entities = good("artist-lookup.yaml");
    let entity = &entities[0];
    assert_eq!(entity.reference().to_string(), "component:default/artist-lookup");
    assert_eq!(entity.display_name(), "Artist Lookup");
    assert_eq!(entity.owner().unwrap().to_string(), "group:default/discovery");
    assert_eq!(entity.honoured.tier.map(Tier::number), Some(1));
    assert_eq!(
        entity.honoured.project.as_ref().unwrap().full_name(),
        "acme-music/artist-lookup"
    );
    assert_eq!(entity.honoured.techdocs_ref.as_deref(), Some("dir:."));
    assert_eq!(entity.annotations["fairway.dev/slo"], "availability=99.9");
    assert_eq!(entity.links.len(), 2);
    assert_eq!(
        entity.document["spec"]["x-deploy"]["steps"],
        json!([5, 25, 50, 100])
    );
    assert_eq!(
        relations(entity),
        [
            "ownedBy group:default/discovery",
            "partOf component:default/artist-web",
            "partOf system:default/artist-engagement-portal",
            "providesApi api:default/artist-api",
            "consumesApi api:default/identity-api",
            "consumesApi api:payments/billing-api",
            "dependsOn component:default/www-artist",
            "dependsOn resource:default/artists-db",
            "dependencyOf component:default/playlist",
        ]
    );
}

#[test]
fn many_documents_keep_their_places_and_relations() {
    let entities = good("organisation.yaml");
    let lines: Vec<(u32, &str)> = entities.iter().map(|e| (e.place.line, e.name.as_str())).collect();
    assert_eq!(
        lines,
        [
            (3, "engineering"),
            (12, "discovery"),
            (29, "Payments-Team"),
            (38, "jdoe"),
            (48, "ana.silva")
        ]
    );
    assert_eq!(
        relations(&entities[0]),
        [
            "parentOf group:default/discovery",
            "parentOf group:default/payments-team"
        ]
    );
    assert_eq!(
        relations(&entities[1]),
        [
            "childOf group:default/engineering",
            "hasMember user:default/ana.silva",
            "hasMember user:default/jdoe"
        ]
    );
    let billing = good("monorepo.yaml");
    assert_eq!(
        billing[0].honoured.paths,
        ["services/invoices/**", "libs/money/**"]
    );
    assert_eq!(billing[0].reference().slug(), "billing~invoices");
    assert_eq!(
        billing[1].honoured.project.as_ref().unwrap().full_name(),
        "acme-music/mono"
    );
    assert_eq!(
        relations(&billing[1]),
        [
            "ownedBy user:default/jdoe",
            "dependsOn component:billing/invoices"
        ]
    );
}

#[test]
fn what_is_not_fetched_is_noticed_and_kept() {
    let files = corpus("good");
    let notices: Vec<String> = files
        .iter()
        .flat_map(|(_, d)| &d.problems)
        .map(ToString::to_string)
        .collect();
    assert_eq!(notices.len(), 2, "{notices:#?}");
    assert!(notices[0].contains("is not fetched; import that file from its own repository"));
    assert!(notices[1].contains("spec.definition: `$text` is kept as it is and not fetched"));
    let location = &good("all.yaml")[0];
    let targets: Vec<_> = location
        .targets
        .iter()
        .map(|placed| (&placed.target, placed.place.line))
        .collect();
    let file = |path: &str| LocationTarget::File(path.to_owned());
    assert_eq!(
        targets,
        [(&file("./portal.yaml"), 8), (&file("./organisation.yaml"), 9)]
    );
}

#[test]
fn a_broken_document_hides_no_other() {
    let (_, descriptor) = corpus("broken")
        .into_iter()
        .find(|(path, _)| path.ends_with("tab.yaml"))
        .unwrap();
    assert_eq!(descriptor.entities.len(), 1);
    assert_eq!(descriptor.entities[0].name, "still-read");
    assert_eq!(descriptor.problems.len(), 1);
}

#[test]
fn too_large_is_refused_before_reading() {
    let descriptor = Descriptor::parse(&vec![b'#'; MAX_FILE_BYTES + 1]);
    assert!(descriptor.problems[0].message.contains("1048577 bytes"));
    let many = "---\na: 1\n".repeat(1_100);
    assert!(
        Descriptor::parse(many.as_bytes())
            .problems
            .iter()
            .any(|p| p.message.contains("more than 1000"))
    );
}

prop_compose! {
    fn name()(text in "[a-zA-Z0-9]{1,8}([-_.][a-zA-Z0-9]{1,8}){0,3}") -> String { text }
}

prop_compose! {
    fn document()(
        name in name(), namespace in name(), owner in name(), depends in prop::collection::vec(name(), 0..5),
        title in "[^\0]{0,40}", description in "\\PC{0,200}", key in "[a-z]{1,8}\\.[a-z]{2,3}/[a-z]{1,8}", value in "\\PC{0,40}",
        extra in any::<i64>(), flag in any::<bool>(),
    ) -> Value {
        json!({
            "apiVersion": "backstage.io/v1alpha1",
            "kind": "Component",
            "metadata": {
                "name": name, "namespace": namespace, "title": title, "description": description,
                "annotations": { key: value }, "x-extra": extra,
            },
            "spec": { "type": "service", "lifecycle": "production", "owner": owner, "dependsOn": depends, "x-flag": flag },
        })
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        Descriptor::parse(&bytes);
    }

    #[test]
    fn any_text_like_yaml_is_read_without_panic(text in "([a-z&*!|>%@`'\"{}\\[\\],#?:\\- \t\r\n.0-9~<]|---\n){0,200}") {
        let descriptor = Descriptor::parse(text.as_bytes());
        for problem in &descriptor.problems {
            prop_assert!(problem.place.line >= 1 && problem.place.column >= 1);
            prop_assert!(!problem.message.is_empty());
        }
    }

    #[test]
    fn references_survive_display(kind in name(), namespace in name(), name in name()) {
        let reference = EntityRef::parse(&format!("{kind}:{namespace}/{name}"), EntityKind::User, "x").unwrap();
        prop_assert_eq!(EntityRef::parse_full(&reference.to_string()), Some(reference));
    }

    #[test]
    fn documents_survive_yaml(documents in prop::collection::vec(document(), 1..4)) {
        let texts: Vec<String> =
            documents.iter().map(|document| serde_saphyr::to_string(document).unwrap()).collect();
        let text = texts.join("\n---\n");
        let descriptor = Descriptor::parse(text.as_bytes());
        let read: Vec<&Value> = descriptor.entities.iter().map(|entity| &entity.document).collect();
        prop_assert_eq!(read, documents.iter().collect::<Vec<_>>(), "{}", text);
        for (entity, document) in descriptor.entities.iter().zip(&documents) {
            prop_assert_eq!(&entity.name, document["metadata"]["name"].as_str().unwrap());
            prop_assert_eq!(entity.owner().unwrap().namespace(), entity.namespace.to_ascii_lowercase());
        }
    }
}
