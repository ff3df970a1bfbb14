//! Prometheus's JSON as it comes.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Every answer, good or bad.
#[derive(Debug, Deserialize)]
pub(super) struct AnswerWire {
    pub status: String,
    pub data: Option<DataWire>,
    pub error: Option<String>,
    #[serde(default)]
    pub warnings: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
pub(super) enum DataWire {
    Vector(Vec<InstantWire>),
    Matrix(Vec<SeriesWire>),
    Scalar(PointWire),
    /// A text, whatever it says: no query of ours wants one.
    String(serde::de::IgnoredAny),
}

/// Unix seconds with a fraction, and a number as text: JSON has no NaN.
#[derive(Debug, Deserialize)]
pub(super) struct PointWire(pub f64, pub String);

#[derive(Debug, Deserialize)]
pub(super) struct InstantWire {
    /// Missing for a native histogram, which is no number.
    pub value: Option<PointWire>,
}

#[derive(Debug, Deserialize)]
pub(super) struct SeriesWire {
    #[serde(default)]
    pub metric: BTreeMap<String, String>,
    #[serde(default)]
    pub values: Vec<PointWire>,
}
