//! News: to whoever chose them and may see what they are about, in chat and by mail.

use commands::{CommandError, outbox::TargetOwner};
use domain::{
    access::{NewGrant, Role},
    ids::NotificationTargetId,
    notifications::{Notice, NoticeBy, RawTarget, Topic},
    outbox::EffectState,
};
use integrations::mail::{MailConfig, Mailer};
use tests::fakes::{hooks::Instead, smtp::FakeSmtp};

use super::*;
use crate::harness::count;

fn notice(ground: &Ground) -> Notice {
    Notice {
        topic: Topic::ApprovalRequested,
        service: ground.of.0,
        title: "Shop <script>".into(),
        environment: "production".into(),
        release: "1.4.2".into(),
        outcome: None,
        by: Some(NoticeBy {
            id: Some(PersonId(person(3))),
            name: "Person 3".into(),
        }),
        reason: None,
        deadline: None,
        urges: None,
        path: "/approvals/7".into(),
    }
}

async fn tell(ground: &Ground, key: &str) {
    tell_topic(ground, key, Topic::ApprovalRequested).await;
}

async fn tell_topic(ground: &Ground, key: &str, topic: Topic) {
    let store = ground.commands.store();
    let mut tx = store.begin_observation(&Actor::CommandLine).await.unwrap();
    let notice = Notice {
        topic,
        ..notice(ground)
    };
    ground.commands.notify(&mut tx, key, &notice).await.unwrap();
    tx.commit().await.unwrap();
    ground.commands.send_effects().await.unwrap();
}

fn raw(kind: &str, name: &str, address: &str) -> RawTarget {
    RawTarget {
        kind: kind.into(),
        name: name.into(),
        address: address.into(),
    }
}

/// Adds a chat, in which these are told; gives its id.
async fn chat(
    ground: &Ground,
    (by, owner): (&Viewer, TargetOwner),
    url: &str,
    chosen: &[(&str, Option<&str>)],
) -> NotificationTargetId {
    let id = ground
        .commands
        .add_notification_target(by, owner, &raw("slack", "#releases", url))
        .await
        .unwrap();
    ground
        .commands
        .set_notification_choice(by, id, chosen)
        .await
        .unwrap();
    id
}

/// The same installation with a mail server.
async fn with_mail(ground: &mut Ground) -> FakeSmtp {
    let smtp = FakeSmtp::start().await;
    let config = MailConfig {
        url: smtp.url().into(),
        from: "Fairway <fairway@example.com>".to_owned(),
    };
    let mail = Some(Mailer::new(&config).unwrap());
    ground.commands = ground.commands.clone().with_outward(Outward {
        mail,
        ..outward("127.0.0.1")
    });
    smtp
}

async fn prove(pool: &PgPool, number: u8, address: &str) {
    sqlx::query(
        "insert into identities (provider, subject, person_id, created_at) values ('email', $1, $2, now())",
    )
    .bind(address)
    .bind(person(number))
    .execute(pool)
    .await
    .unwrap();
}

const REQUESTED: [(&str, Option<&str>); 1] = [("approval_requested", None)];

#[sqlx::test(migrations = false)]
async fn a_channel_hears_once_what_was_chosen_for_it(pool: PgPool) {
    let ground = Ground::new(&pool, Utc::now()).await;
    let receiver = receiver(&ground.hands).await;
    let by = someone(&ground, &pool, (1, Some("admin"))).await;
    let organisation = (&by, TargetOwner::Organisation);
    chat(&ground, organisation, &receiver.chat_url("a"), &REQUESTED).await;
    chat(
        &ground,
        organisation,
        &receiver.chat_url("b"),
        &[("deploy_failed", None)],
    )
    .await;
    for _ in 0..2 {
        tell(&ground, "request:7:asked").await;
    }
    let messages = receiver.messages();
    assert_eq!(messages.len(), 1, "{messages:?}");
    let text = messages[0]["text"].as_str().unwrap();
    assert_eq!(
        text,
        "Approval requested: Shop &lt;script&gt; 1.4.2 to production"
    );
    assert!(
        messages[0]
            .to_string()
            .contains("https://fairway.example/approvals/7")
    );
    let effect = ground.effect("request:7:asked").await;
    assert_eq!(effect.outcome.unwrap()["told"], 1);
}

#[sqlx::test(migrations = false)]
async fn mail_goes_to_proved_addresses_and_names_its_effect(pool: PgPool) {
    let mut ground = Ground::new(&pool, Utc::now()).await;
    let smtp = with_mail(&mut ground).await;
    let ada = someone(&ground, &pool, (2, Some("viewer"))).await;
    let mine = async |address: &str| {
        let raw = raw("mail", "", address);
        ground
            .commands
            .add_notification_target(&ada, TargetOwner::Me, &raw)
            .await
    };
    let unproved = mine("ada@example.com").await.unwrap_err();
    assert!(unproved.to_string().contains("not proved"), "{unproved}");
    prove(&pool, 2, "ada@example.com").await;
    let id = mine("Ada@Example.com").await.unwrap();
    ground
        .commands
        .set_notification_choice(&ada, id, &REQUESTED)
        .await
        .unwrap();
    tell(&ground, "request:7:asked").await;
    let mails = smtp.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, "ada@example.com");
    let effect = ground.effect(&format!("request:7:asked:{id}")).await;
    assert_eq!(
        mails[0].header("Message-ID"),
        format!("<{}@example.com>", effect.id)
    );
    assert!(
        mails[0].header("Subject").starts_with("Approval requested: Shop"),
        "{}",
        mails[0].text
    );
}

#[sqlx::test(migrations = false)]
async fn a_page_that_nobody_chose_goes_to_admins_and_to_the_team(pool: PgPool) {
    let mut ground = Ground::new(&pool, Utc::now()).await;
    tell_topic(&ground, "drive:1:page", Topic::DeployFailed).await;
    let dead = ground.effect("drive:1:page").await;
    assert_eq!(dead.state, EffectState::Dead, "it is counted and alerted on");
    assert!(dead.last_error.unwrap().contains("/admin/notifications"));

    let smtp = with_mail(&mut ground).await;
    for (number, role) in [(1, "admin"), (2, "viewer"), (3, "viewer"), (4, "admin")] {
        someone(&ground, &pool, (number, Some(role))).await;
    }
    let of_team = NewGrant {
        team: Some("payments".into()),
        ..NewGrant::whole(Role::Developer)
    };
    let second = PersonId(person(2));
    ground
        .commands
        .grant_role(&operator(), second, of_team)
        .await
        .unwrap();
    for (number, address) in [
        (1, "ada@example.com"),
        (2, "grace@example.com"),
        (3, "alan@example.com"),
    ] {
        prove(&pool, number, address).await;
    }
    tell_topic(&ground, "drive:2:page", Topic::DeployFailed).await;
    let mut told: Vec<String> = smtp.mails().into_iter().map(|mail| mail.to).collect();
    told.sort();
    assert_eq!(told, ["ada@example.com", "grace@example.com"]);
    tell(&ground, "request:7:asked").await;
    assert_eq!(
        smtp.mails().len(),
        2,
        "what nobody has to hear goes to whoever chose it"
    );

    let receiver = receiver(&ground.hands).await;
    let admin = ground
        .commands
        .viewer(PersonId(person(1)))
        .await
        .unwrap()
        .unwrap();
    let organisation = (&admin, TargetOwner::Organisation);
    let chosen = [("deploy_failed", None)];
    chat(&ground, organisation, &receiver.chat_url("on-call"), &chosen).await;
    tell_topic(&ground, "drive:3:page", Topic::DeployFailed).await;
    assert_eq!(
        (receiver.messages().len(), smtp.mails().len()),
        (1, 2),
        "somebody chose to"
    );
}

#[sqlx::test(migrations = false)]
async fn an_address_that_the_mail_server_refuses_is_dead_and_one_that_it_defers_is_not(pool: PgPool) {
    let mut ground = Ground::new(&pool, Utc::now()).await;
    let smtp = with_mail(&mut ground).await;
    let by = someone(&ground, &pool, (1, Some("admin"))).await;
    let raw = raw("mail", "On call", "oncall@example.com");
    let id = ground
        .commands
        .add_notification_target(&by, TargetOwner::Organisation, &raw)
        .await
        .unwrap();
    ground
        .commands
        .set_notification_choice(&by, id, &REQUESTED)
        .await
        .unwrap();
    smtp.refuse_next("550 no such person");
    tell(&ground, "request:1:asked").await;
    let dead = ground.effect(&format!("request:1:asked:{id}")).await;
    assert_eq!(dead.state, EffectState::Dead);
    assert!(dead.last_error.unwrap().contains("no such person"));
    smtp.refuse_next("451 come back later");
    tell(&ground, "request:2:asked").await;
    let waits = ground.effect(&format!("request:2:asked:{id}")).await;
    assert_eq!(waits.state, EffectState::Waiting);
    ground.hands.advance(TimeDelta::seconds(15));
    ground.commands.send_effects().await.unwrap();
    assert_eq!(smtp.mails().len(), 1);
}

#[sqlx::test(migrations = false)]
async fn without_a_mail_server_mail_says_what_to_set(pool: PgPool) {
    let ground = Ground::new(&pool, Utc::now()).await;
    let by = someone(&ground, &pool, (1, Some("admin"))).await;
    let raw = raw("mail", "On call", "oncall@example.com");
    let id = ground
        .commands
        .add_notification_target(&by, TargetOwner::Organisation, &raw)
        .await
        .unwrap();
    ground
        .commands
        .set_notification_choice(&by, id, &REQUESTED)
        .await
        .unwrap();
    tell(&ground, "request:1:asked").await;
    let dead = ground.effect(&format!("request:1:asked:{id}")).await;
    assert!(dead.last_error.unwrap().contains("FAIRWAY_SMTP_URL"));
}

#[sqlx::test(migrations = false)]
async fn of_a_private_service_only_its_team_hears(pool: PgPool) {
    let ground = Ground::new(&pool, Utc::now()).await;
    let receiver = receiver(&ground.hands).await;
    let admin = someone(&ground, &pool, (1, Some("admin"))).await;
    someone(&ground, &pool, (2, Some("viewer"))).await;
    someone(&ground, &pool, (3, Some("viewer"))).await;
    let developer = NewGrant {
        team: Some("payments".into()),
        ..NewGrant::whole(Role::Developer)
    };
    let third = PersonId(person(3));
    ground
        .commands
        .grant_role(&operator(), third, developer)
        .await
        .unwrap();
    for number in [2, 3] {
        let viewer = ground
            .commands
            .viewer(PersonId(person(number)))
            .await
            .unwrap()
            .unwrap();
        let url = receiver.chat_url(&format!("person-{number}"));
        chat(&ground, (&viewer, TargetOwner::Me), &url, &REQUESTED).await;
    }
    let organisation = (&admin, TargetOwner::Organisation);
    chat(&ground, organisation, &receiver.chat_url("everybody"), &REQUESTED).await;
    let payments = [("approval_requested", Some("payments"))];
    chat(&ground, organisation, &receiver.chat_url("payments"), &payments).await;

    tell(&ground, "request:1:asked").await;
    assert_eq!(receiver.messages().len(), 4, "while everybody sees it");
    ground
        .commands
        .set_visibility(&operator(), "shop", true, "not announced yet")
        .await
        .unwrap();
    tell(&ground, "request:2:asked").await;
    assert_eq!(
        receiver.messages().len(),
        6,
        "its team's channel, and whoever is in it"
    );
}

/// What the operator allows inside is allowed to admins: whoever signs in reaches it by no place of their own.
#[sqlx::test(migrations = false)]
async fn a_place_of_ones_own_is_never_inside(pool: PgPool) {
    let mut ground = Ground::new(&pool, Utc::now()).await;
    let receiver = receiver(&ground.hands).await;
    let admin = someone(&ground, &pool, (1, Some("admin"))).await;
    let ada = someone(&ground, &pool, (2, Some("viewer"))).await;
    // From before the setting, and by a name that is looked up only when it is called.
    chat(
        &ground,
        (&ada, TargetOwner::Me),
        &receiver.chat_url("old"),
        &REQUESTED,
    )
    .await;
    ground.commands = ground.commands.clone().with_outward(Outward {
        personal: HookClient::new(Allowed::default()).unwrap(),
        ..outward("127.0.0.1, localhost")
    });
    let raw = raw("slack", "#mine", &receiver.chat_url("mine"));
    let refused = ground
        .commands
        .add_notification_target(&ada, TargetOwner::Me, &raw)
        .await;
    let Err(CommandError::Invalid(errors)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(errors.0[0].field, "address");
    let by_name = receiver.chat_url("name").replace("127.0.0.1", "localhost");
    chat(&ground, (&ada, TargetOwner::Me), &by_name, &REQUESTED).await;
    let organisation = (&admin, TargetOwner::Organisation);
    chat(&ground, organisation, &receiver.chat_url("all"), &REQUESTED).await;
    tell(&ground, "request:1:asked").await;
    let messages = receiver.messages();
    assert_eq!(messages.len(), 1, "only the organisation's: {messages:?}");
}

#[sqlx::test(migrations = false)]
async fn a_channel_is_told_no_more_of_a_service_that_became_private_meanwhile(pool: PgPool) {
    let ground = Ground::new(&pool, Utc::now()).await;
    let receiver = receiver(&ground.hands).await;
    let admin = someone(&ground, &pool, (1, Some("admin"))).await;
    let organisation = (&admin, TargetOwner::Organisation);
    let id = chat(&ground, organisation, &receiver.chat_url("everybody"), &REQUESTED).await;
    receiver.next(Instead::Answer(500, ""));
    tell(&ground, "request:1:asked").await;
    ground
        .commands
        .set_visibility(&operator(), "shop", true, "not announced yet")
        .await
        .unwrap();
    ground.hands.advance(TimeDelta::seconds(15));
    ground.commands.send_effects().await.unwrap();
    assert!(receiver.messages().is_empty(), "{:?}", receiver.messages());
    let effect = ground.effect(&format!("request:1:asked:{id}")).await;
    assert_eq!(effect.state, EffectState::Sent, "there is nothing left to do");
}

#[sqlx::test(migrations = false)]
async fn nobody_is_told_after_losing_every_role_or_taking_the_place_away(pool: PgPool) {
    let ground = Ground::new(&pool, Utc::now()).await;
    let receiver = receiver(&ground.hands).await;
    let ada = someone(&ground, &pool, (2, Some("viewer"))).await;
    let eve = someone(&ground, &pool, (3, Some("viewer"))).await;
    let id = chat(
        &ground,
        (&ada, TargetOwner::Me),
        &receiver.chat_url("a"),
        &REQUESTED,
    )
    .await;
    for stranger in [&eve, &operator()] {
        let taken = ground.commands.remove_notification_target(stranger, id).await;
        assert!(matches!(taken, Err(CommandError::NotFound { .. })), "{taken:?}");
        let chosen = ground.commands.set_notification_choice(stranger, id, &[]).await;
        assert!(matches!(chosen, Err(CommandError::NotFound { .. })), "{chosen:?}");
    }
    let organisation = TargetOwner::Organisation;
    let raw = raw("mail", "On call", "oncall@example.com");
    let denied = ground
        .commands
        .add_notification_target(&eve, organisation, &raw)
        .await;
    assert!(matches!(denied, Err(CommandError::Denied { .. })), "{denied:?}");

    receiver.next(Instead::Answer(500, ""));
    tell(&ground, "request:1:asked").await;
    sqlx::query("delete from grants where person_id = $1")
        .bind(person(2))
        .execute(&pool)
        .await
        .unwrap();
    ground.hands.advance(TimeDelta::seconds(15));
    ground.commands.send_effects().await.unwrap();
    tell(&ground, "request:2:asked").await;
    assert!(receiver.messages().is_empty(), "{:?}", receiver.messages());
    ground
        .commands
        .remove_notification_target(&ada, id)
        .await
        .unwrap();
    tell(&ground, "request:3:asked").await;
    assert_eq!(
        count(&pool, "select count(*) from outbox where state <> 'sent'").await,
        0
    );
}

#[sqlx::test(migrations = false)]
async fn an_erased_person_is_in_no_effect_and_is_told_nothing(pool: PgPool) {
    let ground = Ground::new(&pool, Utc::now()).await;
    let receiver = receiver(&ground.hands).await;
    let third = someone(&ground, &pool, (3, Some("viewer"))).await;
    chat(
        &ground,
        (&third, TargetOwner::Me),
        &receiver.chat_url("a"),
        &REQUESTED,
    )
    .await;
    tell(&ground, "request:1:asked").await;
    let named = "select count(*) from outbox where payload::text like '%Person 3%'";
    assert_eq!(count(&pool, named).await, 2);
    ground
        .commands
        .erase_person(&operator(), PersonId(person(3)), "they asked for it")
        .await
        .unwrap();
    assert_eq!(count(&pool, named).await, 0);
    assert_eq!(count(&pool, "select count(*) from notification_targets").await, 0);
}
