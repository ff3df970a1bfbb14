//! What is wrong with one text or number.

use serde_json::Value;

/// The type of a schema beside null.
pub(super) fn kind_of(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(kind) => kind,
        Value::Array(kinds) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null")
            .unwrap_or_default(),
        _ => "",
    }
}

/// The words of a list, where the schema is one.
pub(super) fn words(schema: &Value) -> Option<String> {
    let words = schema["enum"].as_array()?;
    let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
    Some(words.join(", "))
}

/// What is wrong with a text.
pub(super) fn wrong_text(schema: &Value, text: &str) -> Option<String> {
    if let Some(list) = words(schema) {
        let known = list.split(", ").any(|word| word == text);
        return (!known).then(|| format!("choose one of {list}"));
    }
    let wrong = match schema["format"].as_str()? {
        "date-time" if chrono::DateTime::parse_from_rfc3339(text).is_err() => {
            "write a time such as 2026-11-03T14:05:00Z"
        }
        "date" if text.parse::<chrono::NaiveDate>().is_err() => "write a day such as 2026-11-03",
        "uuid" if text.parse::<uuid::Uuid>().is_err() => {
            "give the id as Fairway shows it, for example 0199c2a4-0000-7000-8000-000000000000"
        }
        _ => return None,
    };
    Some(wrong.into())
}

/// What is wrong with a whole number; `None` is none.
pub(super) fn wrong_number(schema: &Value, number: Option<i64>) -> Option<String> {
    let limit = |key: &str| schema[key].as_f64().map(f64::round);
    let (least, most) = (limit("minimum"), limit("maximum"));
    #[expect(clippy::cast_precision_loss, reason = "limits are far below 2^53")]
    let fits = number.is_some_and(|number| {
        let number = number as f64;
        least.is_none_or(|least| number >= least) && most.is_none_or(|most| number <= most)
    });
    if fits {
        return None;
    }
    Some(match (least, most) {
        (Some(least), Some(most)) => format!("choose {least} to {most}"),
        (Some(least), None) => format!("send a whole number of at least {least}"),
        _ => "send a whole number".into(),
    })
}
