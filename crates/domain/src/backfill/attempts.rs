//! Which attempt of a workflow run made a deployment. Lists do not say it, and each attempt makes deployments of its own:
//! where a run deployed to one environment several times, its jobs are asked for.

use std::collections::BTreeMap;

use super::{DeploymentHistory, HistoryRows, run_in_log_url};
use crate::facts::DeploymentFact;

/// A deployment of a run, as far as telling attempts apart needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDeployment {
    /// The run.
    pub run: i64,
    /// Name of the environment.
    pub environment: String,
    /// GitHub's id of the deployment.
    pub github_id: i64,
}

/// The attempt of each job, by run and job. A run that GitHub no longer keeps has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobAttempts(pub BTreeMap<i64, BTreeMap<i64, i32>>);

impl JobAttempts {
    /// The attempt of a run whose job wrote one of these logs: the first of them made the deployment.
    pub fn of_logs<'a>(&self, run: i64, log_urls: impl IntoIterator<Item = &'a str>) -> Option<i32> {
        let jobs = self.0.get(&run)?;
        let of_run = log_urls.into_iter().filter_map(|url| match run_in_log_url(url)? {
            (of, Some(job)) if of == run => jobs.get(&job).copied(),
            _ => None,
        });
        of_run.min()
    }
}

impl HistoryRows {
    /// The deployments that runs made.
    pub fn of_runs(&self) -> Vec<RunDeployment> {
        let Self::Deployments(rows) = self else {
            return Vec::new();
        };
        let of_run = |row: &DeploymentHistory| {
            Some(RunDeployment {
                run: row.deployment.run.as_ref()?.id,
                environment: row.deployment.environment.clone(),
                github_id: row.deployment.github_id,
            })
        };
        rows.iter().filter_map(of_run).collect()
    }

    /// Notes the attempts that are known.
    pub fn tell_attempts(&mut self, attempts: &JobAttempts) {
        let Self::Deployments(rows) = self else { return };
        for row in rows {
            let Some(run) = row.deployment.run.as_ref().map(|run| run.id) else {
                continue;
            };
            let logs = row.statuses.iter().filter_map(|status| status.log_url.as_deref());
            let attempt = attempts.of_logs(run, logs);
            let note = |deployment: &mut DeploymentFact| {
                if let Some(fact) = &mut deployment.run {
                    fact.attempt = fact.attempt.or(attempt);
                }
            };
            note(&mut row.deployment);
            row.statuses
                .iter_mut()
                .for_each(|status| note(&mut status.deployment));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_job_in_the_log_tells_the_attempt() {
        let jobs = BTreeMap::from([(11, 1), (12, 2)]);
        let attempts = JobAttempts(BTreeMap::from([(7, jobs), (8, BTreeMap::new())]));
        let log = |run: i64, job: i64| format!("https://github.com/a/b/actions/runs/{run}/job/{job}");
        let of = |run, logs: &[String]| attempts.of_logs(run, logs.iter().map(String::as_str));
        assert_eq!(of(7, &[log(7, 12)]), Some(2));
        assert_eq!(of(7, &[log(7, 12), log(7, 11)]), Some(1));
        assert_eq!(of(7, &[log(9, 11), "https://ci.example/1".into()]), None);
        assert_eq!(of(8, &[log(8, 11)]), None);
    }
}
