//! The demo's catalog files: real descriptors, read by the same import as anybody's.

use commands::catalog::{CatalogFile, CatalogImport};

const FILES: [(&str, &str); 7] = [
    ("demo/teams.yaml", include_str!("catalog/teams.yaml")),
    ("demo/payments.yaml", include_str!("catalog/payments.yaml")),
    ("demo/checkout.yaml", include_str!("catalog/checkout.yaml")),
    ("demo/discovery.yaml", include_str!("catalog/discovery.yaml")),
    ("demo/logistics.yaml", include_str!("catalog/logistics.yaml")),
    ("demo/identity.yaml", include_str!("catalog/identity.yaml")),
    ("demo/platform.yaml", include_str!("catalog/platform.yaml")),
];

/// Everything that the demo's catalog holds.
pub(super) fn import() -> CatalogImport {
    let file = |(location, text): (&str, &str)| CatalogFile {
        location: location.into(),
        content: text.as_bytes().to_vec(),
        problems: Vec::new(),
    };
    CatalogImport {
        files: FILES.into_iter().map(file).collect(),
        directory: None,
    }
}
