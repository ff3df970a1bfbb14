//! Tables as CSV (RFC 4180), safe to open in a spreadsheet.

use std::future::Future;

use axum::response::Response;
use chrono::{DateTime, Utc};
use commands::CommandError;
use domain::page::{Page, Position};
use store::StoreError;

use crate::download;

/// What a formula begins with, also as full-width signs.
const FORMULA_SIGNS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// A table in the making.
#[derive(Debug, Default)]
pub struct Csv {
    text: String,
}

impl Csv {
    /// A table with its head.
    pub fn new(columns: &[&str]) -> Self {
        let mut csv = Self::default();
        csv.row(columns);
        csv
    }

    /// Adds a row.
    pub fn row<T: AsRef<str>>(&mut self, cells: &[T]) {
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            self.cell(cell.as_ref());
        }
        self.text.push_str("\r\n");
    }

    /// A cell that a spreadsheet would take for a formula is prefixed with an apostrophe: also behind white space, which
    /// some cut away, and with the full-width signs, which some read as the others.
    fn cell(&mut self, cell: &str) {
        let begins = cell.starts_with(['\t', '\r']) || cell.trim_start().starts_with(FORMULA_SIGNS);
        let formula = begins && cell.parse::<f64>().is_err();
        let guarded = if formula {
            format!("'{cell}")
        } else {
            cell.to_owned()
        };
        if guarded.contains(['"', ',', '\n', '\r']) {
            self.text.push('"');
            self.text.push_str(&guarded.replace('"', "\"\""));
            self.text.push('"');
        } else {
            self.text.push_str(&guarded);
        }
    }

    /// What was written since the last call, for tables that are sent while they are made.
    pub fn drained(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    /// The answer that a browser saves under a name.
    pub fn into_download(self, name: &str) -> Response {
        download::saved_as(name, "text/csv; charset=utf-8", self.text)
    }
}

/// A table of the rows of a list, as far as a download holds them.
pub async fn of_list<T, F, const N: usize>(
    head: [&str; N],
    read: impl Fn(Position) -> F,
    cells: impl Fn(&T) -> [String; N],
) -> Result<Csv, CommandError>
where
    F: Future<Output = Result<Page<T>, StoreError>>,
{
    let mut csv = Csv::new(&head);
    for row in download::rows(read).await? {
        csv.row(&cells(&row));
    }
    Ok(csv)
}

/// A moment as cells hold it.
pub fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339()
}

/// What may not be known as cells hold it: nothing then.
pub fn known<T>(value: Option<T>, text: impl Fn(T) -> String) -> String {
    value.map(text).unwrap_or_default()
}

/// A table as a download, or why there is none.
pub async fn answer(name: &str, table: impl Future<Output = Result<Csv, CommandError>>) -> Response {
    match table.await {
        Ok(csv) => csv.into_download(name),
        Err(problem) => download::refused(name, &problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_disarmed() {
        let mut csv = Csv::new(&["name", "note"]);
        csv.row(&["a,b", "say \"hi\""]);
        csv.row(&["=1+1", "-4.5"]);
        csv.row(&["@cmd", "-rm"]);
        assert_eq!(
            csv.text,
            "name,note\r\n\"a,b\",\"say \"\"hi\"\"\"\r\n'=1+1,-4.5\r\n'@cmd,'-rm\r\n"
        );
    }

    #[test]
    fn formulas_are_disarmed_behind_white_space_and_in_full_width() {
        for cell in [" =1+1", "\u{a0}@cmd", "＝1+1", "＋1+1", "－rm", "＠cmd", "\tx"] {
            let mut csv = Csv::default();
            csv.row(&[cell]);
            assert_eq!(csv.text, format!("'{cell}\r\n"));
        }
        let mut csv = Csv::default();
        csv.row(&[" plain", "a=b"]);
        assert_eq!(csv.text, " plain,a=b\r\n");
    }
}
