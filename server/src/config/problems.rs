//! Wrong settings, gathered so that all are said at once.
//!
//! A value is repeated in a message only when the setting is no secret.

use std::fmt;

/// One setting that is missing or wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The environment variable, with its option where it has one.
    pub setting: String,
    /// What is wrong.
    pub wrong: String,
    /// What to do.
    pub next: String,
}

/// Everything wrong with the settings. Never empty when returned as an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        let (noun, verb) = if count == 1 {
            ("setting", "needs")
        } else {
            ("settings", "need")
        };
        writeln!(f, "Fairway cannot start: {count} {noun} {verb} attention.")?;
        for problem in &self.0 {
            writeln!(f, "\n  {}: {}", problem.setting, problem.wrong)?;
            writeln!(f, "    → {}", problem.next)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Names of one setting.
#[derive(Clone, Copy)]
pub(super) struct Name {
    pub env: &'static str,
    pub flag: &'static str,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.env, self.flag)
    }
}

/// Reads settings one after the other and remembers what was wrong.
#[derive(Default)]
pub(super) struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    /// The parsed value, or the default when it is unset; a wrong value is remembered and the default stands in.
    pub fn value<T>(
        &mut self,
        name: Name,
        raw: Option<&str>,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, (String, String)>,
    ) -> T {
        let Some(text) = given(raw) else { return default };
        match parse(text) {
            Ok(value) => value,
            Err((wrong, next)) => {
                self.wrong(name, format!("{text:?} {wrong}"), next);
                default
            }
        }
    }

    /// Remembers a problem. `wrong` must not contain a secret.
    pub fn wrong(&mut self, name: Name, wrong: impl Into<String>, next: impl Into<String>) {
        self.problems.push(Problem {
            setting: name.to_string(),
            wrong: wrong.into(),
            next: next.into(),
        });
    }

    /// The value when nothing was wrong.
    pub fn finish<T>(self, value: T) -> Result<T, Problems> {
        if self.problems.is_empty() {
            Ok(value)
        } else {
            Err(Problems(self.problems))
        }
    }
}

/// A setting that was given: surrounding space does not count, and an empty variable means unset (compose files
/// pass empty variables on).
pub(super) fn given(raw: Option<&str>) -> Option<&str> {
    raw.map(str::trim).filter(|text| !text.is_empty())
}
