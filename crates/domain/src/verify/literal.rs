//! Durations and string literals as PromQL writes them.

use std::fmt::Write as _;

use chrono::TimeDelta;

/// A duration as PromQL writes it.
pub(super) fn push_duration(query: &mut String, window: TimeDelta) {
    let milliseconds = window.num_milliseconds().max(1);
    // Writing to a text cannot fail.
    let _ = if milliseconds % 1000 == 0 {
        write!(query, "{}s", milliseconds / 1000)
    } else {
        write!(query, "{milliseconds}ms")
    };
}

/// A value within a string literal of PromQL, which has the escapes of Go; in a regular expression it stands for itself.
pub(super) fn push_escaped(query: &mut String, value: &str, (quote, in_regex): (char, bool)) {
    for c in value.chars() {
        if in_regex && r"\.+*?()|[]{}^$".contains(c) {
            query.push_str(r"\\");
        }
        match c {
            '\\' => query.push_str(r"\\"),
            '\n' => query.push_str(r"\n"),
            '\r' => query.push_str(r"\r"),
            '\t' => query.push_str(r"\t"),
            c if c == quote => {
                query.push('\\');
                query.push(c);
            }
            c if c.is_control() => {
                let _ = write!(query, "\\u{:04x}", u32::from(c));
            }
            c => query.push(c),
        }
    }
}
