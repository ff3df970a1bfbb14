//! Queries with places: `{service}`, `{environment}` and `{version}` as values of label matchers, `{window}` as a range.
//!
//! A name that somebody chose never becomes part of a query: it is written as one string literal, whatever is in it. Where
//! a place stands decides how it is written, so places elsewhere are refused when the query is saved.

use chrono::TimeDelta;

use super::{
    literal::{push_duration, push_escaped},
    refused::{MOST_BYTES, TemplateError},
};

/// What a query is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Labels<'a> {
    /// Slug of the service.
    pub service: &'a str,
    /// Name of the environment.
    pub environment: &'a str,
    /// The version that is asked about.
    pub version: &'a str,
}

/// A query with places, read and found good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Window,
    Label {
        label: Label,
        quote: char,
        in_regex: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Label {
    Service,
    Environment,
    Version,
}

#[derive(Clone, Copy)]
enum Place {
    Window,
    Label(Label),
}

impl Label {
    const ALL: [Self; 3] = [Self::Service, Self::Environment, Self::Version];

    fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Environment => "environment",
            Self::Version => "version",
        }
    }
}

impl Template {
    /// Reads a query.
    ///
    /// # Errors
    /// What is wrong with it. Whether the rest is PromQL, only Prometheus knows.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TemplateError::Empty);
        }
        if text.len() > MOST_BYTES {
            return Err(TemplateError::TooLong);
        }
        Reader {
            rest: text,
            plain: String::new(),
            parts: Vec::new(),
            ranges: 0,
            has_subquery: false,
        }
        .read()
        .map(Self)
    }

    /// Whether it asks about this version alone: by its label, or by a window that begins with it.
    pub fn keeps_to_the_version(&self) -> bool {
        self.0.iter().any(|part| match part {
            Part::Window => true,
            Part::Label { label, .. } => *label == Label::Version,
            Part::Text(_) => false,
        })
    }

    /// The query about something, over a window.
    pub fn render(&self, labels: &Labels<'_>, window: TimeDelta) -> String {
        let mut query = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => query.push_str(text),
                Part::Window => push_duration(&mut query, window),
                Part::Label {
                    label,
                    quote,
                    in_regex,
                } => {
                    let value = match label {
                        Label::Service => labels.service,
                        Label::Environment => labels.environment,
                        Label::Version => labels.version,
                    };
                    push_escaped(&mut query, value, (*quote, *in_regex));
                }
            }
        }
        query
    }
}

struct Reader<'a> {
    rest: &'a str,
    plain: String,
    parts: Vec<Part>,
    ranges: u32,
    has_subquery: bool,
}

impl Reader<'_> {
    fn read(mut self) -> Result<Vec<Part>, TemplateError> {
        while let Some(c) = self.rest.chars().next() {
            match c {
                '"' | '\'' => self.string(c)?,
                '`' => self.raw_string()?,
                '#' => return Err(TemplateError::Comment),
                '@' => return Err(TemplateError::Moved),
                'o' | 'O' if self.is_offset() => return Err(TemplateError::Moved),
                '[' => self.range()?,
                '{' => match place(self.rest)? {
                    Some((Place::Window, length)) => self.window(length)?,
                    Some((Place::Label(label), _)) => return Err(TemplateError::NoMatcher(label.name())),
                    None => self.take(c),
                },
                c => self.take(c),
            }
        }
        if self.has_subquery && self.ranges > 1 {
            return Err(TemplateError::Nested);
        }
        self.flush();
        Ok(self.parts)
    }

    /// The beginning of a range, which the window is.
    fn range(&mut self) -> Result<(), TemplateError> {
        if !self.rest[1..].trim_start().starts_with("{window}") {
            return Err(TemplateError::FixedRange);
        }
        self.ranges += 1;
        self.take('[');
        Ok(())
    }

    /// Whether the word `offset` stands here as itself, and is no part of a name, nor a label's.
    fn is_offset(&self) -> bool {
        let of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
        let Some((word, after)) = self.rest.split_at_checked("offset".len()) else {
            return false;
        };
        word.eq_ignore_ascii_case("offset")
            && !self.plain.ends_with(of_name)
            && !after.starts_with(of_name)
            && !after.trim_start().starts_with(['=', '!', ',', ')'])
    }

    /// A character as it stands.
    fn take(&mut self, c: char) {
        self.plain.push(c);
        self.rest = &self.rest[c.len_utf8()..];
    }

    fn flush(&mut self) {
        if !self.plain.is_empty() {
            self.parts.push(Part::Text(std::mem::take(&mut self.plain)));
        }
    }

    fn put(&mut self, part: Part, length: usize) {
        self.flush();
        self.parts.push(part);
        self.rest = &self.rest[length..];
    }

    fn window(&mut self, length: usize) -> Result<(), TemplateError> {
        let is_range = self.plain.trim_end().ends_with('[');
        // A subquery has a step behind it: [{window}:15s].
        let closes = self.rest[length..].trim_start().starts_with([']', ':']);
        if !(is_range && closes) {
            return Err(TemplateError::NoRange);
        }
        self.has_subquery |= self.rest[length..].trim_start().starts_with(':');
        self.put(Part::Window, length);
        Ok(())
    }

    fn string(&mut self, quote: char) -> Result<(), TemplateError> {
        // What stands before a value of a label matcher; nothing else ends in it.
        let before = self.plain.trim_end();
        let in_regex = before.ends_with("=~") || before.ends_with("!~");
        let is_matcher = in_regex || before.ends_with('=');
        self.take(quote);
        while let Some(c) = self.rest.chars().next() {
            match c {
                '\\' => {
                    self.take(c);
                    let next = self.rest.chars().next().ok_or(TemplateError::Unclosed)?;
                    self.take(next);
                }
                '{' => match place(self.rest)? {
                    Some((Place::Window, _)) => return Err(TemplateError::NoRange),
                    Some((Place::Label(label), _)) if !is_matcher => {
                        return Err(TemplateError::NoMatcher(label.name()));
                    }
                    Some((Place::Label(label), length)) => {
                        let part = Part::Label {
                            label,
                            quote,
                            in_regex,
                        };
                        self.put(part, length);
                    }
                    None => self.take(c),
                },
                c => {
                    self.take(c);
                    if c == quote {
                        return Ok(());
                    }
                }
            }
        }
        Err(TemplateError::Unclosed)
    }

    /// Nothing can be escaped between backticks, so no place may stand there.
    fn raw_string(&mut self) -> Result<(), TemplateError> {
        self.take('`');
        while let Some(c) = self.rest.chars().next() {
            if c == '{' {
                match place(self.rest)? {
                    Some((Place::Window, _)) => return Err(TemplateError::NoRange),
                    Some((Place::Label(label), _)) => return Err(TemplateError::NoMatcher(label.name())),
                    None => {}
                }
            }
            self.take(c);
            if c == '`' {
                return Ok(());
            }
        }
        Err(TemplateError::Unclosed)
    }
}

/// The place at the beginning of a text, with its length in bytes. PromQL itself has no word alone in braces.
fn place(text: &str) -> Result<Option<(Place, usize)>, TemplateError> {
    let Some((name, _)) = text.strip_prefix('{').and_then(|rest| rest.split_once('}')) else {
        return Ok(None);
    };
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
        return Ok(None);
    }
    let length = name.len() + 2;
    if name == "window" {
        return Ok(Some((Place::Window, length)));
    }
    let label = Label::ALL.into_iter().find(|label| label.name() == name);
    label.map_or_else(
        || Err(TemplateError::Unknown(name.to_owned())),
        |label| Ok(Some((Place::Label(label), length))),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LABELS: Labels<'static> = Labels {
        service: "shop",
        environment: "production",
        version: "1.4.0",
    };

    fn rendered(text: &str, service: &str) -> String {
        let labels = Labels { service, ..LABELS };
        Template::parse(text)
            .unwrap()
            .render(&labels, TimeDelta::seconds(90))
    }

    #[test]
    fn places_are_filled_as_what_they_are() {
        assert_eq!(
            rendered(
                r#"sum(rate(x{a="{service}",b=~'v{version}|{environment}.{2}'}[{window}]))"#,
                "shop"
            ),
            r#"sum(rate(x{a="shop",b=~'v1\\.4\\.0|production.{2}'}[90s]))"#
        );
        let template = Template::parse("rate(x[{window}])").unwrap();
        assert_eq!(
            template.render(&LABELS, TimeDelta::milliseconds(1500)),
            "rate(x[1500ms])"
        );
    }

    #[test]
    fn a_name_stays_one_literal_whatever_is_in_it() {
        let evil = r#"a"} or up{x=""#;
        assert_eq!(
            rendered(r#"up{s="{service}"}"#, evil),
            r#"up{s="a\"} or up{x=\""}"#
        );
        assert_eq!(
            rendered(r#"up{s=~"{service}"}"#, evil),
            r#"up{s=~"a\"\\} or up\\{x=\""}"#
        );
        assert_eq!(rendered("up{s='{service}'}", "a'b\"\\"), r#"up{s='a\'b"\\'}"#);
        assert_eq!(
            rendered(r#"up{s=~"{service}"}"#, "a\\.*"),
            r#"up{s=~"a\\\\\\.\\*"}"#
        );
        assert_eq!(
            rendered(r#"up{s="{service}"}"#, "a\n\0{version}"),
            r#"up{s="a\n\u0000{version}"}"#
        );
    }

    #[test]
    fn what_cannot_be_filled_safely_is_refused() {
        for (text, error) in [
            ("  ", TemplateError::Empty),
            (r#"up{a="{servce}"}"#, TemplateError::Unknown("servce".into())),
            ("up{a={service}}", TemplateError::NoMatcher("service")),
            ("{service}", TemplateError::NoMatcher("service")),
            ("up{a=`{version}`}", TemplateError::NoMatcher("version")),
            (
                r#"label_replace(up, "a", "{service}", "", "")"#,
                TemplateError::NoMatcher("service"),
            ),
            (r#"up{a="[{window}]"}"#, TemplateError::NoRange),
            ("rate(x{window})", TemplateError::NoRange),
            (r#"up{a="x}"#, TemplateError::Unclosed),
            (r#"up{a="x\"#, TemplateError::Unclosed),
            ("up # \"", TemplateError::Comment),
            (r#"rate(x{v="{version}"}[5m])"#, TemplateError::FixedRange),
            ("max_over_time(up[1h:{window}])", TemplateError::FixedRange),
            (
                "max_over_time(rate(x[{window}])[{window}:15s])",
                TemplateError::Nested,
            ),
            (
                "max_over_time(up[{window}:15s]) > 1 or x[5m]",
                TemplateError::FixedRange,
            ),
            (r#"up{v="{version}"} offset 1h"#, TemplateError::Moved),
            ("rate(x[{window}] OFFSET -5m)", TemplateError::Moved),
            (r#"up{v="{version}"} @ start()"#, TemplateError::Moved),
            ("x@1", TemplateError::Moved),
        ] {
            assert_eq!(Template::parse(text), Err(error), "{text}");
        }
        assert_eq!(Template::parse(&"x".repeat(4001)), Err(TemplateError::TooLong));
        for text in [
            "up{}",
            r#"up{a=~"x{2,3}[0-9]{4}"}"#,
            "max_over_time(up[ {window} :15s])",
            r#"sum by (offset, a) (kafka_offset_lag{offset="1 offset 2 @ 3[5m]",offset!="x"})"#,
            "offsets:sum + my_offset",
            "rate(x[{window}]) / rate(y[{window}])",
        ] {
            assert!(Template::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_query_of_every_version_is_known() {
        let keeps = |text: &str| Template::parse(text).unwrap().keeps_to_the_version();
        assert!(!keeps(r#"max(up{s="{service}"})"#));
        assert!(keeps(r#"rate(x{s="{service}"}[{window}])"#));
        assert!(keeps(r#"max(up{v="{version}"})"#));
    }

    /// Reads a string literal as Prometheus does, up to its end; gives what it means and what follows.
    fn unquoted(text: &str) -> (String, &str) {
        let (mut meant, mut chars) = (String::new(), text.char_indices());
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => return (meant, &text[at + 1..]),
                '\\' => match chars.next().unwrap().1 {
                    'n' => meant.push('\n'),
                    'r' => meant.push('\r'),
                    't' => meant.push('\t'),
                    'u' => {
                        let digits: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                        let code = u32::from_str_radix(&digits, 16).unwrap();
                        meant.push(char::from_u32(code).unwrap());
                    }
                    other => meant.push(other),
                },
                '\n' => panic!("a line break ends the literal"),
                c => meant.push(c),
            }
        }
        panic!("the literal has no end");
    }

    proptest! {
        #[test]
        fn every_name_is_read_back_as_it_was(name in any::<String>()) {
            let query = rendered(r#"up{s="{service}"}"#, &name);
            let (meant, rest) = unquoted(query.strip_prefix("up{s=\"").unwrap());
            prop_assert_eq!(meant, name.clone());
            prop_assert_eq!(rest, "}");
            let query = rendered(r#"up{s=~"{service}"}"#, &name);
            let (pattern, rest) = unquoted(query.strip_prefix("up{s=~\"").unwrap());
            prop_assert_eq!(rest, "}");
            let mut chars = pattern.chars();
            let mut meant = String::new();
            while let Some(c) = chars.next() {
                meant.push(if c == '\\' { chars.next().unwrap() } else { c });
            }
            prop_assert_eq!(meant, name);
        }
    }
}
