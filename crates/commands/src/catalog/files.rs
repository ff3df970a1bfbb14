//! What an import is given and what it tells.

use domain::catalog::{EntityChange, EntityRef, Problem};

/// A catalog file as somebody read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatalogFile {
    /// Its path or address, unique among files.
    pub location: String,
    /// Its bytes.
    pub content: Vec<u8>,
    /// What the reader found wrong beside the content, for example a `Location` target that does not exist.
    pub problems: Vec<Problem>,
}

/// The files of one import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatalogImport {
    /// The files, each location once.
    pub files: Vec<CatalogFile>,
    /// The directory that they are all of: files imported from it earlier that are not among them are gone.
    pub directory: Option<String>,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// File by file, in the order of the import; files that are gone come last.
    pub files: Vec<FileReport>,
}

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReport {
    /// Its path or address.
    pub location: String,
    /// Whether this version is the one shown now; otherwise the last good one stays.
    pub taken_over: bool,
    /// Everything wrong with it.
    pub problems: Vec<Problem>,
    /// What happened to each entity that it describes, or described before.
    pub changes: Vec<(EntityRef, EntityChange)>,
}

impl ImportReport {
    /// Whether every file was taken over.
    pub fn is_clean(&self) -> bool {
        self.files.iter().all(|file| file.taken_over)
    }

    /// How many entities met a change.
    pub fn count(&self, change: EntityChange) -> usize {
        self.files
            .iter()
            .flat_map(|file| &file.changes)
            .filter(|(_, met)| *met == change)
            .count()
    }
}
