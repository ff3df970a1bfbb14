//! Names and titles that people read: characters that show nothing, or that move the others, make one name look like
//! another. Where we are told a name they are refused; where another system already uses one they are written out.

use std::fmt::Write;

/// Beginning of a character that is written out, as in `⟨U+202E⟩`. A name of another system that holds the bracket itself
/// has it written out too, so that two names never become one.
const OPEN: char = '⟨';

/// The first character of a name that cannot be seen: controls, line breaks, marks of direction, joiners, fillers, and
/// spaces that are not the usual one, or not alone.
pub fn unseen(name: &str) -> Option<char> {
    let mut after_space = false;
    name.chars().find(|c| {
        let odd_space = *c == ' ' && after_space;
        after_space = *c == ' ';
        odd_space || is_unseen(*c)
    })
}

/// The same for a title, in which emoji and some scripts need joiners and variation selectors.
pub fn unseen_in_title(title: &str) -> Option<char> {
    title.chars().find(|c| is_unseen(*c) && !joins(*c))
}

/// Whether a character turns the text after it around: in a sentence of somebody it makes one thing read as another.
pub fn turns_around(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What to do about a character that cannot be seen.
pub fn leave_out(c: char) -> String {
    format!(
        "leave out the character U+{:04X}: it cannot be seen, and makes one name look like another",
        u32::from(c)
    )
}

/// A name of another system with everything that cannot be seen written out, also spaces at its ends and spaces in a row.
/// Two different names stay different, and look different.
pub fn written_out(name: &str) -> String {
    let last = name.chars().count().saturating_sub(1);
    let mut out = String::with_capacity(name.len());
    let mut after_space = true;
    for (place, c) in name.chars().enumerate() {
        let odd_space = c == ' ' && (after_space || place == last);
        push(&mut out, c, is_unseen(c) || odd_space || c == OPEN);
        after_space = c == ' ';
    }
    out
}

/// The same for a name that may have been written out already: only what cannot be seen is.
pub fn written_out_again(name: &str) -> String {
    if unseen(name).is_none() && name.trim() == name {
        return name.to_owned();
    }
    written_out(name)
}

/// A title of another system with everything written out that cannot be seen.
pub fn title_written_out(title: &str) -> String {
    let mut out = String::with_capacity(title.len());
    for c in title.chars() {
        push(&mut out, c, is_unseen(c) && !joins(c));
    }
    out
}

/// Whether something in a name was written out.
pub fn is_written_out(name: &str) -> bool {
    name.contains(OPEN)
}

fn push(out: &mut String, c: char, written_out: bool) {
    if written_out {
        // Writing to a text cannot fail.
        let _ = write!(out, "{OPEN}U+{:04X}⟩", u32::from(c));
    } else {
        out.push(c);
    }
}

/// Unicode's controls, format characters, fillers and variation selectors, and every space but U+0020.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

fn joins(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_found() {
        for name in [
            "prod\u{202e}",
            "pro\u{200b}d",
            "prod\n",
            "\u{2066}prod",
            "a\u{a0}b",
            "a\tb",
            "a  b",
            "\u{3164}",
            "\u{e0041}",
        ] {
            assert!(unseen(name).is_some(), "{name:?}");
        }
        for name in ["prod", "eu west 1", "prüfung", "本番", "v1.2.3+build"] {
            assert_eq!(unseen(name), None, "{name:?}");
        }
        assert_eq!(unseen_in_title("⚙\u{fe0f} 👩\u{200d}💻 Payments"), None);
        assert_eq!(unseen_in_title("Pay\u{202e}ments"), Some('\u{202e}'));
    }

    #[test]
    fn names_of_others_are_written_out_and_never_become_one() {
        assert_eq!(written_out("prod eu"), "prod eu");
        assert_eq!(written_out("prod\u{202e}"), "prod⟨U+202E⟩");
        let names = [
            "prod",
            " prod",
            "prod ",
            "prod\u{200b}",
            "prod⟨U+200B⟩",
            "prod\u{a0}",
            "prod  x",
            "prod x",
        ];
        let shown: std::collections::BTreeSet<String> = names.map(written_out).into();
        assert_eq!(shown.len(), names.len(), "{shown:?}");
        assert!(shown.iter().all(|name| unseen(name).is_none()));
        assert_eq!(
            title_written_out("Pay\u{202e} ⚙\u{fe0f}"),
            "Pay⟨U+202E⟩ ⚙\u{fe0f}"
        );
    }
}
