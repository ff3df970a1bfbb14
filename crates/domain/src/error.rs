//! What is wrong with an input, field by field.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One thing wrong with one field of an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// Path of the field as the sender wrote it, for example `spec.owner` or `phases[2].at`.
    pub field: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

/// Everything wrong with an input, reported at once. Never empty when returned as an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldErrors(pub Vec<FieldError>);

impl FieldErrors {
    /// No error yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A single error.
    pub fn one(field: impl Into<String>, message: impl Into<String>) -> Self {
        let mut errors = Self::new();
        errors.add(field, message);
        errors
    }

    /// Notes one more error.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldError {
            field: field.into(),
            message: message.into(),
        });
    }

    /// The result, unless something is wrong already: then everything, where of a field that is named already nothing more
    /// is said.
    pub fn with<T>(mut self, result: Result<T, Self>) -> Result<T, Self> {
        match result {
            Ok(value) => self.or(value),
            Err(more) => {
                let more: Vec<FieldError> = more
                    .0
                    .into_iter()
                    .filter(|error| !self.names(&error.field))
                    .collect();
                self.0.extend(more);
                Err(self)
            }
        }
    }

    /// Both values, or everything that is wrong with either.
    pub fn both<A, B>(one: Result<A, Self>, other: Result<B, Self>) -> Result<(A, B), Self> {
        match (one, other) {
            (Ok(one), Ok(other)) => Ok((one, other)),
            (Err(wrong), Ok(_)) | (Ok(_), Err(wrong)) => Err(wrong),
            (Err(wrong), Err(more)) => wrong.with(Err(more)),
        }
    }

    /// Whether a field, or one that it is part of, is named.
    pub fn names(&self, field: &str) -> bool {
        self.0.iter().any(|known| {
            field
                .strip_prefix(&*known.field)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    }

    /// `Ok(value)` when nothing was noted, else everything that was.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl fmt::Display for FieldErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{}: {}", error.field, error.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for FieldErrors {}

#[cfg(test)]
mod tests {
    use super::FieldErrors;

    #[test]
    fn what_is_wrong_is_joined_and_a_field_is_named_once() {
        let wrong = || FieldErrors::one("phases[0]", "send an object");
        let fields = |errors: FieldErrors| errors.0.into_iter().map(|error| error.field).collect::<Vec<_>>();
        let mut more = FieldErrors::one("phases[0].at", "write a time");
        more.add("phases[1].at", "write a time");
        more.add("phases[0]", "is wrong");
        let joined = wrong().with::<()>(Err(more.clone())).unwrap_err();
        assert_eq!(fields(joined), ["phases[0]", "phases[1].at"]);
        assert_eq!(wrong().with(Ok(1)), Err(wrong()));
        assert_eq!(FieldErrors::new().with(Ok(1)), Ok(1));
        assert_eq!(FieldErrors::both(Ok(1), Ok(2)), Ok((1, 2)));
        assert_eq!(FieldErrors::both::<i32, i32>(Ok(1), Err(wrong())), Err(wrong()));
        let both = FieldErrors::both::<(), ()>(Err(wrong()), Err(more)).unwrap_err();
        assert_eq!(fields(both), ["phases[0]", "phases[1].at"]);
    }
}
