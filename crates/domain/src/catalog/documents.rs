//! Cuts a file into its YAML documents, before any of them is read.

/// Documents in one file; more than any hand-written file, fewer than a file of separators only.
pub(super) const MAX_DOCUMENTS: usize = 1_000;

/// One document of a file, still text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chunk<'a> {
    /// The document with its `---` line.
    pub(super) text: &'a str,
    /// Number of lines before it in the file.
    pub(super) lines_before: u32,
}

/// Cuts a file into its documents, so that a broken one hides none of the others.
///
/// A line that starts with `---` or `...` ends a document everywhere in YAML, even inside a quoted or block scalar
/// (YAML 1.2.2, 9.1.2). Documents of nothing but comments are left out.
pub(super) fn documents(text: &str) -> Vec<Chunk<'_>> {
    let mut chunks = Vec::new();
    let (mut start, mut start_line, mut offset, mut has_content) = (0, 0, 0, false);
    for (line_number, line) in (0_u32..).zip(text.split_inclusive('\n')) {
        let begins = is_marker(line, "---");
        if begins && has_content {
            chunks.push(Chunk {
                text: &text[start..offset],
                lines_before: start_line,
            });
            (start, start_line, has_content) = (offset, line_number, false);
        }
        offset += line.len();
        if is_marker(line, "...") {
            if has_content {
                chunks.push(Chunk {
                    text: &text[start..offset],
                    lines_before: start_line,
                });
            }
            (start, start_line, has_content) = (offset, line_number + 1, false);
        } else {
            has_content |= is_content(if begins { &line[3..] } else { line });
        }
    }
    if has_content {
        chunks.push(Chunk {
            text: &text[start..],
            lines_before: start_line,
        });
    }
    chunks
}

fn is_marker(line: &str, marker: &str) -> bool {
    line.strip_prefix(marker)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

/// Whether a line says something: not blank, not a comment, not a directive such as `%YAML 1.2`.
fn is_content(line: &str) -> bool {
    let trimmed = line.trim_start();
    !(trimmed.is_empty() || trimmed.starts_with('#') || line.starts_with('%'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<(u32, &str)> {
        documents(text)
            .into_iter()
            .map(|chunk| (chunk.lines_before, chunk.text))
            .collect()
    }

    #[test]
    fn files_are_cut_at_markers_only() {
        assert_eq!(cut(""), vec![]);
        assert_eq!(cut("# nothing\n---\n# here\n...\n"), vec![]);
        assert_eq!(cut("a: 1"), vec![(0, "a: 1")]);
        assert_eq!(
            cut("---\na: 1\n---\r\nb: 2\n"),
            vec![(0, "---\na: 1\n"), (2, "---\r\nb: 2\n")]
        );
        assert_eq!(cut("a: 1\n...\nb: 2\n"), vec![(0, "a: 1\n...\n"), (2, "b: 2\n")]);
        assert_eq!(cut("%YAML 1.2\n---\na: 1\n"), vec![(0, "%YAML 1.2\n---\na: 1\n")]);
        assert_eq!(cut("a: |\n  ---\n----\n"), vec![(0, "a: |\n  ---\n----\n")]);
        assert_eq!(cut("--- {a: 1}\n--- # note\nb: 2\n").len(), 2);
    }
}
