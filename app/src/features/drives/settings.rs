//! What a service needs for deploys that Fairway drives, as forms send it.

use axum::{
    extract::{Path, Request, State},
    response::Response,
};
use commands::CommandError;
use domain::{
    actor::Viewer,
    catalog::Tier,
    deploys::drills::RawSchedule,
    error::{FieldError, FieldErrors},
    executors::RawExecutor,
    verify::{Check, RawCheck, RawRule, RawRules},
};

use crate::{
    ctx::AppContext,
    error::at_field,
    forms::{self, Fields},
    paths,
};

/// `POST /services/{slug}/settings`: who carries deploys out, by what they are watched, and what a release passes first.
pub async fn settings_form(
    State(app): State<AppContext>,
    Path(slug): Path<String>,
    request: Request,
) -> Response {
    forms::answer(app, request, |app, viewer, fields| async move {
        let (commands, environment) = (&app.commands, fields.get("environment"));
        let part = match fields.get("act") {
            "executor" => {
                let at = (slug.as_str(), environment);
                commands.set_executor(&viewer, at, &executor(&fields)).await?;
                "executor"
            }
            "remove_executor" => {
                commands.remove_executor(&viewer, (&slug, environment)).await?;
                "executor"
            }
            "checks" => {
                let set = commands.set_checks(&viewer, &slug, &checks(&fields)).await;
                set.map_err(|problem| renamed(problem, check_field))?;
                "checks"
            }
            "health" => {
                let (at, url) = ((slug.as_str(), environment), fields.get("health_url"));
                commands.set_health_address(&viewer, at, url).await?;
                "health"
            }
            "upstreams" => {
                set_upstreams(&app, (&viewer, environment), &fields).await?;
                "promotion"
            }
            "drills" | "remove_drills" | "drill_now" => {
                drill(&app, (&viewer, &slug), &fields).await?;
                "drills"
            }
            _ => return Err(FieldErrors::one("act", "press one of the page's buttons").into()),
        };
        Ok(format!("{}#{part}", settings_of(&slug, environment)))
    })
    .await
}

/// The settings of a service with one of its environments open.
pub(super) fn settings_of(slug: &str, environment: &str) -> String {
    paths::with_query(&paths::service_settings(slug), [("environment", environment)])
}

async fn set_upstreams(
    app: &AppContext,
    (viewer, environment): (&Viewer, &str),
    fields: &Fields,
) -> Result<(), CommandError> {
    let upstreams: Vec<String> = fields
        .all("upstream")
        .into_iter()
        .map(ToOwned::to_owned)
        .collect();
    let reason = fields.get("upstreams_reason");
    let set = app
        .commands
        .set_upstreams(viewer, environment, &upstreams, reason);
    set.await
        .map_err(|problem| at_field(problem, ("reason", "upstreams_reason")))
}

/// When drills are due, or one now.
async fn drill(
    app: &AppContext,
    (viewer, slug): (&Viewer, &str),
    fields: &Fields,
) -> Result<(), CommandError> {
    let field = |name: &str| fields.get(name).to_owned();
    let commands = &app.commands;
    match fields.get("act") {
        "drills" => {
            let raw = RawSchedule {
                environment: field("drill_environment"),
                every_days: field("drill_every_days"),
                from: field("drill_from"),
                to: field("drill_to"),
                zone: field("drill_zone"),
            };
            let set = commands.set_drill_schedule(viewer, slug, &raw).await;
            set.map_err(|problem| renamed(problem, |field| Some(format!("drill_{field}"))))
        }
        "remove_drills" => commands.remove_drill_schedule(viewer, slug).await,
        _ => {
            let of = (slug, fields.get("drill_where"));
            let begun = commands.start_drill(viewer, of, fields.get("drill_reason")).await;
            begun
                .map(drop)
                .map_err(|problem| at_field(problem, ("reason", "drill_reason")))
        }
    }
}

fn executor(fields: &Fields) -> RawExecutor {
    let field = |name: &str| fields.get(name).to_owned();
    RawExecutor {
        kind: field("kind"),
        repository: field("repository"),
        workflow: field("workflow"),
        git_ref: field("git_ref"),
        inputs: field("inputs"),
        url: field("url"),
        secret: fields.get("secret").to_owned(),
    }
}

/// Every check as the form has it, in the order of [`Check::ALL`].
fn checks(fields: &Fields) -> Vec<RawCheck> {
    let enabled = fields.all("enabled");
    let of = |check: Check| {
        let word = check.as_str();
        RawCheck {
            check: word.to_owned(),
            enabled: enabled.contains(&word),
            measure: fields.get(&format!("measure.{word}")).to_owned(),
            requests: fields.get(&format!("requests.{word}")).to_owned(),
        }
    };
    Check::ALL.map(of).into()
}

/// `checks[1].measure` as the form calls it: `measure.error_ratio`.
fn check_field(field: &str) -> Option<String> {
    indexed(field, "checks[").map(|(check, name)| format!("{name}.{}", check.as_str()))
}

/// `POST /admin/rollback`: sets what holds for a tier.
pub async fn rollback_rules_form(State(app): State<AppContext>, request: Request) -> Response {
    forms::answer(app, request, |app, viewer, fields| async move {
        let tier = Tier::parse(fields.get("tier"));
        let tier = tier.map_err(|_| FieldErrors::one("tier", "choose a tier from 1 to 4"))?;
        let raw = rules(&fields)?;
        let reason = fields.get("reason");
        let of = (tier, Some(fields.get("read")));
        let set = app.commands.set_rollback_rules(&viewer, of, &raw, reason).await;
        set.map_err(|problem| renamed(problem, rule_field))?;
        Ok(format!("{}#matrix", rules_of(tier)))
    })
    .await
}

/// The rules with one tier open.
pub(super) fn rules_of(tier: Tier) -> String {
    paths::with_query(&paths::admin_rollback(), [("tier", tier.to_string())])
}

/// The rules of a tier as the form has them. A rate of errors is in per cent there, the time between samples in seconds.
fn rules(fields: &Fields) -> Result<RawRules, FieldErrors> {
    let mut errors = FieldErrors::new();
    let rules = Check::ALL.map(|check| rule(check, fields, &mut errors));
    let raw = RawRules {
        rules: rules.into(),
        minor_defect: Some(fields.get("minor_defect").to_owned()),
        window_seconds: number(fields, "window_seconds", &mut errors),
        step_milliseconds: number::<i64>(fields, "step_seconds", &mut errors)
            .map(|seconds| seconds.saturating_mul(1000)),
        least_samples: number(fields, "least_samples", &mut errors),
    };
    errors.or(raw)
}

fn rule(check: Check, fields: &Fields, errors: &mut FieldErrors) -> RawRule {
    let word = check.as_str();
    let named = |name: &str| format!("{name}.{word}");
    let threshold: Option<f64> = number(fields, &named("threshold"), errors);
    if check == Check::ErrorRatio && threshold.is_some_and(|percent| !(percent > 0.0 && percent < 100.0)) {
        errors.add(
            named("threshold"),
            "write more than 0 and less than 100 percent, for example 1",
        );
    }
    RawRule {
        check: word.to_owned(),
        threshold: match check {
            Check::ErrorRatio => threshold.map(|percent| percent / 100.0),
            Check::Down | Check::P95 | Check::P99 => threshold,
        },
        hits: number(fields, &named("hits"), errors),
        of: number(fields, &named("of"), errors),
        least_bad: number(fields, &named("least_bad"), errors),
        least_requests: number(fields, &named("least_requests"), errors),
        remedy: Some(fields.get(&named("remedy")).to_owned()).filter(|remedy| !remedy.is_empty()),
    }
}

/// A number that somebody typed; nothing where the field is empty, which means the default.
fn number<T: std::str::FromStr>(fields: &Fields, name: &str, errors: &mut FieldErrors) -> Option<T> {
    let text = fields.get(name);
    if text.is_empty() {
        return None;
    }
    let read = text.parse().ok();
    if read.is_none() {
        errors.add(name, "write a number, for example 2; or nothing for the default");
    }
    read
}

/// `rules[1].threshold` as the form calls it: `threshold.error_ratio`.
fn rule_field(field: &str) -> Option<String> {
    match field {
        "step_milliseconds" => Some("step_seconds".to_owned()),
        other => indexed(other, "rules[").map(|(check, name)| format!("{name}.{}", check.as_str())),
    }
}

/// The check and the name of a field of a list in the order of [`Check::ALL`].
fn indexed<'a>(field: &'a str, list: &str) -> Option<(Check, &'a str)> {
    let (index, name) = field.strip_prefix(list)?.split_once("].")?;
    Some((*Check::ALL.get(index.parse::<usize>().ok()?)?, name))
}

/// A refusal, said at the fields of the form.
fn renamed(problem: CommandError, name: impl Fn(&str) -> Option<String>) -> CommandError {
    let CommandError::Invalid(errors) = problem else {
        return problem;
    };
    let errors = errors.0.into_iter().map(|error| FieldError {
        field: name(&error.field).unwrap_or(error.field),
        message: error.message,
    });
    CommandError::Invalid(FieldErrors(errors.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_stands_at_the_field_that_one_sees() {
        assert_eq!(
            check_field("checks[1].measure").as_deref(),
            Some("measure.error_ratio")
        );
        assert_eq!(rule_field("rules[3].hits").as_deref(), Some("hits.p99"));
        assert_eq!(rule_field("step_milliseconds").as_deref(), Some("step_seconds"));
        for other in ["reason", "rules[9].hits", "rules[x].hits", "rules[1]"] {
            assert_eq!(rule_field(other), None, "{other}");
        }
    }
}
