//! Why there is no verdict, or no number: one word for tables, one sentence for people.

use serde::{Deserialize, Serialize};

/// What is missing. None of these ever rolls anything back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Lack {
    /// The watch goes on, and nothing is wrong so far.
    NotOver,
    /// Fewer samples came than the verdict needs.
    TooFewSamples,
    /// The last sample is beyond its threshold, and the next ones decide.
    Unsettled,
    /// The previous version was beyond the threshold too, so that going back mends nothing.
    AlreadyBroken,
    /// Too few requests say anything.
    TooLittleTraffic,
    /// The query gives no series.
    NoSeries,
    /// The query gives several series, of which none is the answer.
    SeveralSeries,
    /// The query gives NaN or an infinity.
    NotANumber,
    /// The metrics server does not answer.
    Unanswered,
    /// The metrics server does not take the query, or does not let Fairway ask.
    Refused,
    /// No metrics server is configured.
    NotConfigured,
}

impl Lack {
    /// All.
    pub const ALL: [Self; 11] = [
        Self::NotOver,
        Self::TooFewSamples,
        Self::Unsettled,
        Self::AlreadyBroken,
        Self::TooLittleTraffic,
        Self::NoSeries,
        Self::SeveralSeries,
        Self::NotANumber,
        Self::Unanswered,
        Self::Refused,
        Self::NotConfigured,
    ];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotOver => "not_over",
            Self::TooFewSamples => "too_few_samples",
            Self::Unsettled => "unsettled",
            Self::AlreadyBroken => "already_broken",
            Self::TooLittleTraffic => "too_little_traffic",
            Self::NoSeries => "no_series",
            Self::SeveralSeries => "several_series",
            Self::NotANumber => "not_a_number",
            Self::Unanswered => "unanswered",
            Self::Refused => "refused",
            Self::NotConfigured => "not_configured",
        }
    }

    /// The reason that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lack| lack.as_str() == text)
    }

    /// What is missing and what to do, as the end of a sentence that began with what is measured.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotOver => "is watched and shows nothing wrong so far",
            Self::TooFewSamples => "has too few samples; wait for more, or decide",
            Self::Unsettled => "was beyond its threshold at the end; the next samples decide",
            Self::AlreadyBroken => {
                "was beyond its threshold before this release too, so going back would mend nothing; decide"
            }
            Self::TooLittleTraffic => "has too little traffic to judge by; send some, wait, or decide",
            Self::NoSeries => {
                "has no series; check the labels that the query asks for, or switch the check off"
            }
            Self::SeveralSeries => {
                "gives several series; make the query give one, for example with sum or max"
            }
            Self::NotANumber => "is no number; there is nothing to divide by, or no observation",
            Self::Unanswered => "is not known, because Prometheus does not answer; it is asked again",
            Self::Refused => {
                "is not known, because Prometheus refuses the query; correct it, or let Fairway ask"
            }
            Self::NotConfigured => {
                "is not known, because no Prometheus is set; set FAIRWAY_PROMETHEUS_URL, or decide"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lack;

    #[test]
    fn every_word_is_read_back() {
        for lack in Lack::ALL {
            assert_eq!(Lack::parse(lack.as_str()), Some(lack));
        }
        assert_eq!(Lack::parse("nothing"), None);
    }
}
