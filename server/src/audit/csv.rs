//! CSV (RFC 4180) that loses nothing: no value and an empty one are two things, and what a spreadsheet would take for a
//! formula is disarmed so that it can be armed again.

/// What a formula begins with, also as full-width signs.
const FORMULA_SIGNS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// Adds a cell: nothing at all for no value, quotes for an empty one.
pub(super) fn push_cell(line: &mut String, cell: Option<&str>) {
    let Some(cell) = cell else { return };
    let guard = if is_formula(cell) { "'" } else { "" };
    if cell.is_empty() || cell.contains(['"', ',', '\n', '\r']) {
        line.push('"');
        line.push_str(guard);
        line.push_str(&cell.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(guard);
        line.push_str(cell);
    }
}

/// What a spreadsheet takes for a formula: behind white space and in full width too, as in the tables of pages, and behind
/// apostrophes, so that taking one away is always right.
fn is_formula(cell: &str) -> bool {
    let bare = cell.trim_start_matches('\'');
    bare.starts_with(['\t', '\r']) || bare.trim_start().starts_with(FORMULA_SIGNS)
}

fn armed(cell: String) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest.to_owned(),
        _ => cell,
    }
}

/// The cells of a record, and what follows it; `None` when the text ends inside of the record.
pub(super) fn record(text: &str) -> Option<(Vec<Option<String>>, &str)> {
    let mut cells = Vec::new();
    let mut rest = text;
    loop {
        let (cell, after) = cell(rest)?;
        cells.push(cell.map(armed));
        if let Some(next) = after.strip_prefix(',') {
            rest = next;
            continue;
        }
        let after = after.strip_prefix("\r\n").or_else(|| after.strip_prefix('\n'))?;
        return Some((cells, after));
    }
}

fn cell(text: &str) -> Option<(Option<String>, &str)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find([',', '\r', '\n'])?;
        let plain = &text[..end];
        return Some(((!plain.is_empty()).then(|| plain.to_owned()), &text[end..]));
    };
    let mut value = String::new();
    loop {
        let quote = rest.find('"')?;
        value.push_str(&rest[..quote]);
        rest = &rest[quote + 1..];
        match rest.strip_prefix('"') {
            Some(next) => {
                value.push('"');
                rest = next;
            }
            None => return Some((Some(value), rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let cells = [
            None,
            Some(""),
            Some("plain"),
            Some("a,\"b\"\r\nc"),
            Some("=1+1"),
            Some("'=1+1"),
            Some("'plain"),
            Some("@\"x\""),
            Some("\r"),
            Some(" =1+1"),
            Some("＝1+1"),
            Some("' @x"),
            Some(" '=1"),
        ];
        let mut line = String::new();
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                line.push(',');
            }
            push_cell(&mut line, *cell);
        }
        line.push_str("\r\nnext");
        let (read, rest) = record(&line).unwrap();
        assert_eq!(read.iter().map(Option::as_deref).collect::<Vec<_>>(), cells);
        assert_eq!(rest, "next");
        assert!(
            [",=1", ",@", ", =1", ",＝"]
                .iter()
                .all(|formula| !line.contains(formula)),
            "{line}"
        );
        for open in ["", "a", "a,b", "\"a", "\"a\"\"\n"] {
            assert_eq!(record(open), None, "{open:?}");
        }
    }
}
