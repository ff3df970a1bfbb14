//! A catalog file as a whole: its documents read one by one, everything wrong with it reported at once.
//!
//! Format: Backstage "Descriptor Format of Catalog Entities". Owns what holds between documents; each
//! document is read by its sibling modules.

use std::collections::HashMap;

use super::{
    documents::{MAX_DOCUMENTS, documents},
    entity::{self, Entity},
    problem::{Level, Place, Problem, Problems},
    reference::EntityRef,
    yaml::{self, MAX_FILE_BYTES},
};

/// What a catalog file says: its entities and its problems.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Descriptor {
    /// The entities that could be read, in the order of the file. Incomplete when there are errors.
    pub entities: Vec<Entity>,
    /// Everything wrong, in the order of the file.
    pub problems: Vec<Problem>,
}

impl Descriptor {
    /// Reads a catalog file. Never fails: what is wrong is among the problems.
    pub fn parse(bytes: &[u8]) -> Self {
        match file_text(bytes) {
            Ok(text) => Self::of_text(text),
            Err(problem) => Self {
                entities: Vec::new(),
                problems: vec![problem],
            },
        }
    }

    /// Whether the file may replace the last good version: nothing in it is an error.
    pub fn is_good(&self) -> bool {
        self.problems.iter().all(|problem| problem.level != Level::Error)
    }

    fn of_text(text: &str) -> Self {
        let chunks = documents(text);
        let mut problems = Problems::default();
        let mut entities = Vec::new();
        if chunks.is_empty() {
            problems.error(Place::START, "", "the file describes nothing; write at least one document with apiVersion, kind, metadata and spec");
        }
        if let Some(first_too_many) = chunks.get(MAX_DOCUMENTS) {
            let place = Place {
                line: first_too_many.lines_before + 1,
                column: 1,
            };
            problems.error(
                place,
                "",
                format!("more than {MAX_DOCUMENTS} documents; split the file"),
            );
        }
        for chunk in chunks.iter().take(MAX_DOCUMENTS) {
            match yaml::read(chunk) {
                Ok(node) if node.is_null() => {}
                Ok(node) => entities.extend(entity::read(&node, &mut problems)),
                Err(error) => problems.error(
                    error.place,
                    "",
                    format!("not valid YAML: {}; correct the text here", error.message),
                ),
            }
        }
        report_duplicates(&entities, &mut problems);
        let mut problems = problems.0;
        problems.sort_by_key(|problem| problem.place);
        Self { entities, problems }
    }
}

fn file_text(bytes: &[u8]) -> Result<&str, Problem> {
    let problem = |place, message| Problem {
        level: Level::Error,
        place,
        field: String::new(),
        message,
    };
    if bytes.len() > MAX_FILE_BYTES {
        let message = format!(
            "the file has {} bytes, at most {MAX_FILE_BYTES} are read; split it",
            bytes.len()
        );
        return Err(problem(Place::START, message));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let line = u32::try_from(good.matches('\n').count()).unwrap_or(u32::MAX);
        let column = good.rsplit('\n').next().unwrap_or_default().chars().count();
        let place = Place {
            line: line.saturating_add(1),
            column: u32::try_from(column).unwrap_or(0).saturating_add(1),
        };
        problem(place, "the file is not UTF-8 here; save it as UTF-8".to_owned())
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn report_duplicates(entities: &[Entity], problems: &mut Problems) {
    let mut first_lines: HashMap<EntityRef, u32> = HashMap::new();
    for entity in entities {
        let reference = entity.reference();
        if let Some(line) = first_lines.get(&reference) {
            let message = format!("{reference} is already described at line {line}; remove one or rename it");
            problems.error(entity.place, "metadata.name", message);
        } else {
            first_lines.insert(reference, entity.place.line);
        }
    }
}
