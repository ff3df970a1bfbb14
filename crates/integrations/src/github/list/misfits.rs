//! Answers of GraphQL whose shape is another than GitHub documents: REST tells the same row by row, so nothing is lost, but
//! somebody has to know why a page takes a hundred requests.

use crate::github::client::GithubClient;

/// The rows of a page that did not fit, and where the first of them did not.
#[derive(Debug, Default)]
pub(super) struct Misfits {
    first: Option<&'static str>,
    rows: u64,
}

impl Misfits {
    /// Notes a row that does not fit at a path of the answer.
    pub fn add(&mut self, path: &'static str) {
        self.first.get_or_insert(path);
        self.rows += 1;
    }

    /// A sentence for people; `None` where every row fitted.
    fn words(&self) -> Option<String> {
        let path = self.first?;
        let rows = self.rows;
        Some(format!(
            "GitHub's GraphQL answer does not fit at `{path}` ({rows} rows), so each row is asked for by itself, which takes \
             more requests; nothing is missing. A newer Fairway may know the new shape"
        ))
    }
}

impl GithubClient {
    /// Counts and logs the rows that did not fit; gives the sentence that says so.
    pub(super) fn note_misfits(&self, (owner, repo): (&str, &str), misfits: &Misfits) -> Option<String> {
        let path = misfits.first?;
        self.transport.note_misfits(misfits.rows);
        tracing::warn!(
            repository = %format_args!("{owner}/{repo}"),
            path,
            rows = misfits.rows,
            "GitHub's GraphQL answer does not have the documented shape; each row is asked for by itself"
        );
        misfits.words()
    }
}

#[cfg(test)]
mod tests {
    use super::Misfits;

    #[test]
    fn the_first_place_is_named_and_all_rows_are_counted() {
        let mut misfits = Misfits::default();
        assert_eq!(misfits.words(), None);
        misfits.add("nodes.statuses.nodes.id");
        misfits.add("nodes.databaseId");
        let words = misfits.words().unwrap();
        assert!(words.contains("`nodes.statuses.nodes.id` (2 rows)"), "{words}");
    }
}
