//! From Prometheus's JSON to numbers.

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::verify::{Lack, Reading, real};

use super::{
    error::PrometheusError,
    wire::{AnswerWire, DataWire, PointWire, SeriesWire},
};
use crate::json;

/// As much of what Prometheus says as a page shows.
const MOST_WORDS: usize = 500;

/// What a query gives for one time.
#[derive(Clone, Debug, PartialEq)]
pub struct InstantAnswer {
    /// The one number, or why there is none: an empty vector is no series and not zero, and several are no answer.
    pub reading: Reading,
    /// What Prometheus adds, for example that a part of its data could not be read.
    pub warnings: Vec<String>,
}

/// What a query gives over a range of times.
#[derive(Clone, Debug, PartialEq)]
pub struct RangeAnswer {
    /// Each series.
    pub series: Vec<Series>,
    /// What Prometheus adds.
    pub warnings: Vec<String>,
}

/// One series. Its values may be NaN or infinite, which a chart leaves out.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its values by time.
    pub points: Vec<(DateTime<Utc>, f64)>,
}

/// The data of an answer with this status, and its warnings.
fn data(status: u16, body: &Bytes) -> Result<(DataWire, Vec<String>), PrometheusError> {
    let said = parsed(body);
    match status {
        200..=299 => {}
        400 | 422 => {
            let why = said.ok().and_then(|wire| wire.error);
            let why = why.unwrap_or_else(|| format!("status {status}"));
            return Err(refused(&why));
        }
        401 | 403 => return Err(PrometheusError::Unauthorized { status }),
        429 | 500.. => {
            let words = said.ok().and_then(|wire| wire.error);
            let why = words.map_or_else(
                || format!("status {status}"),
                |words| format!("status {status}: {}", short(&words)),
            );
            return Err(PrometheusError::Unavailable { why });
        }
        other => {
            return Err(PrometheusError::Garbled {
                what: format!("status {other}"),
            });
        }
    }
    let wire = said?;
    match wire.data {
        Some(data) if wire.status == "success" => Ok((data, wire.warnings)),
        _ => Err(refused(wire.error.as_deref().unwrap_or("it gives no reason"))),
    }
}

fn parsed(body: &Bytes) -> Result<AnswerWire, PrometheusError> {
    let garbled = |what: String| PrometheusError::Garbled { what };
    let body = json::prepared(body).map_err(|error| garbled(error.to_string()))?;
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(&body))
        .map_err(|error| garbled(format!("at `{}`: {}", error.path(), error.inner())))
}

fn refused(why: &str) -> PrometheusError {
    PrometheusError::Refused { why: short(why) }
}

fn short(words: &str) -> String {
    words.chars().take(MOST_WORDS).collect()
}

/// The answer of a query for one time.
pub(super) fn instant(status: u16, body: &Bytes) -> Result<InstantAnswer, PrometheusError> {
    let (data, warnings) = data(status, body)?;
    let reading = match data {
        DataWire::Scalar(point) => real(number(&point)?),
        DataWire::Vector(series) => match series.as_slice() {
            [] => Err(Lack::NoSeries),
            [one] => match &one.value {
                Some(point) => real(number(point)?),
                None => Err(Lack::NotANumber),
            },
            _ => Err(Lack::SeveralSeries),
        },
        DataWire::Matrix(_) => {
            return Err(refused(
                "it gives values over a range; put a function such as rate() around it",
            ));
        }
        DataWire::String(_) => return Err(refused("it gives a text; write a query that gives a number")),
    };
    Ok(InstantAnswer {
        reading,
        warnings: warnings.iter().map(|warning| short(warning)).collect(),
    })
}

/// The answer of a query over a range.
pub(super) fn range(status: u16, body: &Bytes) -> Result<RangeAnswer, PrometheusError> {
    let (data, warnings) = data(status, body)?;
    let DataWire::Matrix(series) = data else {
        return Err(refused("it gives no values over a range"));
    };
    Ok(RangeAnswer {
        series: series.into_iter().map(one_series).collect::<Result<_, _>>()?,
        warnings: warnings.iter().map(|warning| short(warning)).collect(),
    })
}

fn one_series(wire: SeriesWire) -> Result<Series, PrometheusError> {
    let points = wire.values.iter().map(|point| Ok((time(point)?, number(point)?)));
    Ok(Series {
        points: points.collect::<Result<_, PrometheusError>>()?,
        labels: wire.metric,
    })
}

/// A number as Go writes it, which is as Rust reads it: `NaN`, `+Inf` and `-Inf` too.
fn number(point: &PointWire) -> Result<f64, PrometheusError> {
    point.1.parse().map_err(|_| PrometheusError::Garbled {
        what: format!("`{}` is no number", short(&point.1)),
    })
}

fn time(point: &PointWire) -> Result<DateTime<Utc>, PrometheusError> {
    let milliseconds = (point.0 * 1000.0).round();
    let garbled = || PrometheusError::Garbled {
        what: format!("`{}` is no time", point.0),
    };
    // Beyond this chrono knows no time either.
    if milliseconds.abs() > 8.0e15 {
        return Err(garbled());
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded above, and whole")]
    let milliseconds = milliseconds as i64;
    DateTime::from_timestamp_millis(milliseconds).ok_or_else(garbled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(values: &str) -> Result<InstantAnswer, PrometheusError> {
        let body = format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{values}]}}}}"#);
        instant(200, &Bytes::from(body))
    }

    fn one(text: &str) -> Reading {
        vector(&format!(r#"{{"metric":{{}},"value":[1800000000.5,"{text}"]}}"#))
            .unwrap()
            .reading
    }

    #[test]
    fn one_series_is_a_number_and_nothing_else_is() {
        assert_eq!(one("0.25"), Ok(0.25));
        assert_eq!(one("1e+06"), Ok(1e6));
        for strange in ["NaN", "+Inf", "-Inf"] {
            assert_eq!(one(strange), Err(Lack::NotANumber), "{strange}");
        }
        assert_eq!(vector("").unwrap().reading, Err(Lack::NoSeries));
        let two = r#"{"value":[1,"1"]},{"value":[1,"2"]}"#;
        assert_eq!(vector(two).unwrap().reading, Err(Lack::SeveralSeries));
        let histogram = r#"{"metric":{},"histogram":[1,{"count":"1"}]}"#;
        assert_eq!(vector(histogram).unwrap().reading, Err(Lack::NotANumber));
        assert!(matches!(
            vector(r#"{"value":[1,"one"]}"#),
            Err(PrometheusError::Garbled { .. })
        ));
    }

    #[test]
    fn a_scalar_is_a_number_and_warnings_are_kept() {
        let body = r#"{"status":"success","warnings":["a store is away"],"data":{"resultType":"scalar","result":[1.5,"7"]}}"#;
        let answer = instant(200, &Bytes::from_static(body.as_bytes())).unwrap();
        assert_eq!(answer.reading, Ok(7.0));
        assert_eq!(answer.warnings, ["a store is away"]);
    }

    #[test]
    fn what_a_status_means() {
        let body = Bytes::from_static(br#"{"status":"error","errorType":"bad_data","error":"parse error"}"#);
        let why = "parse error".to_owned();
        for status in [400, 422, 200] {
            let refused = PrometheusError::Refused { why: why.clone() };
            assert_eq!(instant(status, &body), Err(refused), "{status}");
        }
        for (status, lack) in [
            (401, Lack::Refused),
            (403, Lack::Refused),
            (404, Lack::Unanswered),
            (429, Lack::Unanswered),
            (503, Lack::Unanswered),
        ] {
            assert_eq!(instant(status, &body).unwrap_err().lack(), lack, "{status}");
        }
        let page = Bytes::from_static(b"<html>");
        let garbled = instant(200, &page).unwrap_err();
        assert!(matches!(garbled, PrometheusError::Garbled { .. }) && garbled.lack() == Lack::Unanswered);
        let unavailable = instant(502, &page).unwrap_err();
        assert!(unavailable.is_silence(), "{unavailable}");
    }

    #[test]
    fn a_range_gives_its_series_with_labels_and_times() {
        let body = r#"{"status":"success","data":{"resultType":"matrix","result":[
            {"metric":{"job":"shop"},"values":[[1800000000.25,"1"],[1800000001,"NaN"]]}]}}"#;
        let answer = range(200, &Bytes::from_static(body.as_bytes())).unwrap();
        let [series] = answer.series.as_slice() else {
            panic!("one series");
        };
        assert_eq!(series.labels["job"], "shop");
        assert_eq!(series.points[0].0.timestamp_millis(), 1_800_000_000_250);
        assert!(series.points[1].1.is_nan());
        assert!(matches!(
            instant(200, &Bytes::from_static(body.as_bytes())),
            Err(PrometheusError::Refused { .. })
        ));
    }
}
