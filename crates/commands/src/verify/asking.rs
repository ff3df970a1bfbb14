//! Asking Prometheus what a check measures, of one version at one time.

use chrono::{DateTime, TimeDelta, Utc};
use domain::verify::{CheckSetting, Labels, Lack, Measure, Reading, Template};
use futures::future::{OptionFuture, join};
use integrations::prometheus::Prometheus;

/// Of what, and when.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub labels: Labels<'a>,
    /// As of when.
    pub at: DateTime<Utc>,
    /// How far back.
    pub window: TimeDelta,
    /// The time now.
    pub now: DateTime<Utc>,
}

/// What was measured, the queries as they were asked, and what Prometheus said beside it.
pub(super) struct Answered {
    pub measure: Measure,
    pub queries: String,
    pub detail: Option<String>,
}

struct One {
    reading: Reading,
    query: String,
    detail: Option<String>,
}

/// Asks both queries of a check at once.
pub(super) async fn measure(
    prometheus: Option<&Prometheus>,
    setting: &CheckSetting,
    question: Question<'_>,
) -> Answered {
    let queries = &setting.queries;
    let requests = queries.requests.as_deref();
    let requests: OptionFuture<_> = requests.map(|text| ask(prometheus, text, question)).into();
    let (value, requests) = join(ask(prometheus, &queries.measure, question), requests).await;
    let measure = Measure::of(
        setting.check,
        value.reading,
        requests.as_ref().map(|requests| requests.reading),
    );
    let mut asked = value.query;
    let mut detail = value.detail;
    if let Some(requests) = requests {
        asked.push('\n');
        asked.push_str(&requests.query);
        detail = detail.or(requests.detail);
    }
    Answered {
        measure,
        queries: asked,
        detail,
    }
}

async fn ask(prometheus: Option<&Prometheus>, text: &str, question: Question<'_>) -> One {
    let template = match Template::parse(text) {
        Ok(template) => template,
        Err(error) => {
            return One {
                reading: Err(Lack::Refused),
                query: text.to_owned(),
                detail: Some(error.to_string()),
            };
        }
    };
    let query = template.render(&question.labels, question.window);
    let Some(prometheus) = prometheus else {
        return One {
            reading: Err(Lack::NotConfigured),
            query,
            detail: None,
        };
    };
    let (reading, detail) = match prometheus.query(&query, question.at, question.now).await {
        Ok(answer) => {
            let warnings = answer.warnings.join("; ");
            (
                answer.reading,
                Some(warnings).filter(|warnings| !warnings.is_empty()),
            )
        }
        Err(error) => (Err(error.lack()), Some(error.to_string())),
    };
    One {
        reading,
        query,
        detail,
    }
}
