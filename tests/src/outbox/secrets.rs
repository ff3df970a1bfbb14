//! What effects are sent with is in no row that can be read, and in no log line.

use std::io::Write;

use commands::{Lost, keyring::Keyring, outbox::TargetOwner};
use domain::{
    notifications::{Notice, RawTarget, Topic},
    outbox::EffectState,
};
use tests::fakes::hooks::Instead;

use super::*;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// An executor and a chat, whose secrets are canaries.
async fn with_secrets(ground: &Ground, receiver: &FakeReceiver) {
    ground.webhook(&receiver.deploy_url()).await;
    let raw = RawTarget {
        kind: "slack".into(),
        name: "#releases".into(),
        address: receiver.chat_url("hush-6f1c-in-the-path"),
    };
    let id = ground
        .commands
        .add_notification_target(&operator(), TargetOwner::Organisation, &raw)
        .await
        .unwrap();
    ground
        .commands
        .set_notification_choice(&operator(), id, &[("deploy_failed", None)])
        .await
        .unwrap();
}

async fn want_both(ground: &Ground, number: u8) {
    ground.want(&format!("drive:{number}:deploy")).await;
    let notice = Notice {
        topic: Topic::DeployFailed,
        service: ground.of.0,
        title: "Shop".into(),
        environment: "production".into(),
        release: "1.4.2".into(),
        outcome: None,
        by: None,
        reason: None,
        deadline: None,
        urges: None,
        path: "/deploys/7".into(),
    };
    let store = ground.commands.store();
    let mut tx = store.begin_observation(&Actor::CommandLine).await.unwrap();
    let key = format!("drive:{number}:failed");
    ground.commands.notify(&mut tx, &key, &notice).await.unwrap();
    tx.commit().await.unwrap();
}

#[sqlx::test(migrations = false)]
async fn no_secret_is_in_a_row_or_a_log_line_however_sending_ends(pool: PgPool) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing_subscriber::util::SubscriberInitExt::set_default(subscriber);
    let ground = Ground::new(&pool, Utc::now()).await;
    let receiver = receiver(&ground.hands).await;
    with_secrets(&ground, &receiver).await;
    // Whatever a receiver answers; and then nobody is there at all.
    for (number, status) in [(1, 200), (2, 404), (3, 500)] {
        for _ in 0..2 {
            if status != 200 {
                receiver.next(Instead::Answer(status, "no"));
            }
        }
        want_both(&ground, number).await;
        ground.commands.send_effects().await.unwrap();
    }
    drop(receiver);
    ground.hands.advance(TimeDelta::minutes(1));
    ground.commands.send_effects().await.unwrap();

    let mut rows = String::new();
    for query in [
        "select string_agg(t::text, '') from outbox t",
        "select string_agg(t::text, '') from executors t",
        "select string_agg(t::text, '') from notification_targets t",
        "select string_agg(t::text, '') from audit t",
        "select coalesce(string_agg(t::text, ''), '') from graphile_worker._private_jobs t",
    ] {
        let text: String = sqlx::query_scalar(query).fetch_one(&pool).await.unwrap();
        rows.push_str(&text);
    }
    let hidden = hex::encode("hush-6f1c");
    assert!(!rows.contains("hush-6f1c") && !rows.contains(&hidden), "{rows}");
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("an effect was not sent"), "it logs what it does");
    let told: Vec<&str> = text.lines().filter(|line| line.contains("hush-6f1c")).collect();
    assert!(told.is_empty(), "{told:#?}");
}

#[sqlx::test(migrations = false)]
async fn secrets_are_sealed_anew_with_another_key_and_a_lost_one_is_said(pool: PgPool) {
    let mut ground = Ground::new(&pool, Utc::now()).await;
    let receiver = receiver(&ground.hands).await;
    with_secrets(&ground, &receiver).await;
    let (old, new) = ("5a".repeat(32), "6b".repeat(32));
    let ring = |text: &str| Keyring::parse(text).unwrap();
    let both = ground
        .commands
        .clone()
        .with_keyring(ring(&format!("{new} {old}")));
    let rotated = both.rotate_keys(&operator(), Lost::Keep).await.unwrap();
    assert_eq!((rotated.sealed, rotated.removed), (2, 0));
    ground.commands = ground.commands.clone().with_keyring(ring(&new));
    want_both(&ground, 1).await;
    assert_eq!(ground.commands.send_effects().await.unwrap().sent, 3);
    assert_eq!((receiver.orders().len(), receiver.messages().len()), (1, 1));

    let lost = ground.commands.clone().with_keyring(ring(&"7c".repeat(32)));
    let rotated = lost.rotate_keys(&operator(), Lost::Remove).await.unwrap();
    assert_eq!((rotated.sealed, rotated.removed), (0, 2));
    want_both(&ground, 2).await;
    ground.commands.send_effects().await.unwrap();
    let effect = ground.effect("drive:2:deploy").await;
    assert_eq!(effect.state, EffectState::Dead);
    assert!(effect.last_error.unwrap().contains("no secret"));
    assert_eq!(receiver.messages().len(), 1);
}
