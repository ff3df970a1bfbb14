//! One sample of a watch, and the verdict as of then.

use chrono::{DateTime, Utc};
use domain::{
    live::Change,
    verify::{Check, CheckSetting, Lack, Measure, Outlook, Sample, Verdict, Watch, WatchRecord, judge},
};
use futures::future::{join_all, join3};
use store::Tx;

use super::asking::{Question, measure};
use crate::{Commands, Result, intake::system};

impl Commands {
    /// Takes the sample that is due of every check, and says what is known: roll back at once where that is a failure with
    /// that remedy; go on where it is a pass; else hold, and ask a person once the watch is over. Further samples may still
    /// settle it. Called again within one step, or after it is settled, it asks nobody. An observation: writes no audit row.
    pub async fn sample(&self, watch: &Watch) -> Result<Outlook> {
        let (tx, outlook) = self.sampled(watch).await?;
        tx.commit().await?;
        Ok(outlook)
    }

    /// The same in a unit of work that has not ended yet, for whoever has more to say in it.
    pub(crate) async fn sampled(&self, watch: &Watch) -> Result<(Tx, Outlook)> {
        let (now, reads) = (self.now(), self.reads());
        let known = reads.verify_verdicts(watch.deploy).await?;
        if let Some(settled) = settled(&known, watch.weight) {
            return Ok((self.store.begin(&system("fairway")).await?, settled));
        }
        let first = watch.first_judged(now);
        let earlier = reads.verify_samples_from(watch, first).await?;
        let due = watch.slot(now);
        let due = due.filter(|slot| earlier.iter().all(|sample| sample.slot != *slot));
        let taken = match due {
            Some(slot) => self.take_slot(watch, slot, (&earlier, now)).await,
            None => Vec::new(),
        };
        let mut tx = self.store.begin(&system("fairway")).await?;
        for sample in &taken {
            tx.put_verify_sample(watch, sample).await?;
        }
        // What another process took meanwhile counts too.
        let samples = tx.verify_samples_from(watch, first).await?;
        let before = known.iter().find(|record| record.weight == watch.weight);
        let before = before.map(|record| &record.outlook);
        let outlook = judge(watch, &samples, now).beside(before);
        tx.put_verify_verdict(watch, &outlook, now).await?;
        tx.note_changes([Change::of_deploy(watch.service, watch.deploy)], now);
        let is_new = before.is_none_or(|before| before.verdict != outlook.verdict);
        if let (Verdict::Fail(failure), true) = (&outlook.verdict, is_new) {
            tracing::warn!(deploy = %watch.deploy, service = watch.slug, %failure, "a release fails its watch");
        }
        Ok((tx, outlook))
    }

    async fn take_slot(
        &self,
        watch: &Watch,
        slot: u32,
        (earlier, now): (&[Sample], DateTime<Utc>),
    ) -> Vec<Sample> {
        let each = watch
            .enabled()
            .map(|setting| self.take_one(watch, setting, (slot, earlier, now)));
        join_all(each).await
    }

    async fn take_one(
        &self,
        watch: &Watch,
        setting: &CheckSetting,
        (slot, earlier, now): (u32, &[Sample], DateTime<Utc>),
    ) -> Sample {
        let is_down = setting.check == Check::Down;
        let window = watch.window(now);
        let question = Question {
            labels: watch.labels(),
            at: now,
            window,
            now,
        };
        let health_url = watch.health_url.as_deref().filter(|_| is_down);
        let (own, baseline, (probe, probe_detail)) = join3(
            measure(self.watching.prometheus.as_ref(), setting, question),
            self.baseline(watch, setting, (earlier, now)),
            self.probed(health_url),
        )
        .await;
        Sample {
            check: setting.check,
            slot,
            taken_at: now,
            window,
            threshold: watch.matrix.rule(setting.check).threshold,
            query: own.queries,
            measure: own.measure,
            baseline,
            probe,
            probe_before: watch.probe_before.filter(|_| is_down),
            detail: probe_detail.or(own.detail),
        }
    }

    /// The same check over the previous version. Where that is gone, its last moment is looked at once and remembered.
    async fn baseline(
        &self,
        watch: &Watch,
        setting: &CheckSetting,
        (earlier, now): (&[Sample], DateTime<Utc>),
    ) -> Option<Measure> {
        let labels = watch.labels_before()?;
        let (at, window) = watch.baseline_at(now);
        let is_answered =
            |baseline: &Measure| !matches!(baseline.value, Err(Lack::Unanswered | Lack::NotConfigured));
        let known = earlier.iter().filter(|sample| sample.check == setting.check);
        let known = known.filter_map(|sample| sample.baseline).find(is_answered);
        if at != now && known.is_some() {
            return known;
        }
        let question = Question {
            labels,
            at,
            window,
            now,
        };
        let answered = measure(self.watching.prometheus.as_ref(), setting, question).await;
        Some(answered.measure)
    }
}

/// What needs no further sample: what rolls the deploy back at any of its steps, or a pass of this one.
fn settled(known: &[WatchRecord], weight: u8) -> Option<Outlook> {
    let undone = known.iter().find(|record| record.outlook.rolls_back());
    let own = known
        .iter()
        .find(|record| record.weight == weight && record.outlook.is_settled());
    undone.or(own).map(|record| record.outlook)
}
