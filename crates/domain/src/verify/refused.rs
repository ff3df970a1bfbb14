//! Why a query cannot be saved.

/// More than any query that people can read.
pub(super) const MOST_BYTES: usize = 4000;

/// Why a query cannot be saved, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// There is nothing in it.
    #[error("write a query of PromQL")]
    Empty,
    /// It is too long.
    #[error("write at most {MOST_BYTES} bytes")]
    TooLong,
    /// A name in braces that is no place.
    #[error("`{{{0}}}` is no place; there are {{service}}, {{environment}}, {{version}} and {{window}}")]
    Unknown(String),
    /// A label's place that is no value of a label matcher.
    #[error("write `{{{0}}}` as the value of a label, between quotes: name=\"{{{0}}}\"")]
    NoMatcher(&'static str),
    /// The window's place outside of a range.
    #[error("write `{{window}}` as a range: [{{window}}]")]
    NoRange,
    /// A range that may begin before the exposure.
    #[error("write ranges as [{{window}}]: another one may look at what ran before the exposure")]
    FixedRange,
    /// A range over what has one itself.
    #[error("write one range in a query with a subquery: together they look back further than [{{window}}]")]
    Nested,
    /// `offset` or `@`.
    #[error("leave `offset` and `@` out: they look at another time than since the exposure")]
    Moved,
    /// A string without its end.
    #[error("a quote is not closed")]
    Unclosed,
    /// A comment may hide a quote.
    #[error("leave comments out")]
    Comment,
}
