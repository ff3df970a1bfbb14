//! Policies on the page: in words, who may write them, what is wrong at its field, nobody's change lost, and figures of what one
//! would have done that are those of the stored deploys.

mod in_git;
mod tried_out;

use commands::Commands;
use domain::{
    approvals::{Origin, PolicyPlace, StoredPolicy},
    catalog::{NewService, ProjectSlug, RawService},
};
use reqwest::StatusCode;
use sqlx::PgPool;
use tests::{fakes::github::NewCommit, session::sign_in_as};

use crate::{
    browsing,
    github::{acme, tell},
    harness::{App, count, post, text},
    private::operator,
};

const LIST: &str = "/admin/policies";
const NEW: &str = "/admin/policies/new";

/// A service of tier 3 and an environment whose name says nothing.
async fn started(pool: &PgPool) -> App {
    let app = App::start(pool.clone(), &[]).await;
    let raw = RawService {
        name: "shop".into(),
        owner: "payments".into(),
        repository: "acme/shop".into(),
        tier: "3".into(),
        ..RawService::default()
    };
    let new = NewService::parse(raw).unwrap();
    app.commands.register_service(&operator(), &new).await.unwrap();
    sqlx::query(
        "insert into environments (id, name, class, created_at) values (gen_random_uuid(), 'frankfurt', 'production', now())",
    )
    .execute(pool)
    .await
    .unwrap();
    app
}

/// The fields of a policy of production that asks one person, and what is different in it.
fn fields<'a>(act: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("act", act),
        ("metadata.name", "Shops"),
        ("position", "150"),
        ("spec.match.environments", "production"),
        ("spec.minApprovals", "1"),
        ("spec.exclude", "commitAuthors"),
        ("spec.expiresIn", "24h"),
    ];
    fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    fields.extend_from_slice(more);
    fields
}

async fn policies(commands: &Commands) -> Vec<StoredPolicy> {
    commands.reads().policies().await.unwrap()
}

async fn named(commands: &Commands, name: &str) -> StoredPolicy {
    let all = policies(commands).await;
    all.into_iter().find(|stored| stored.policy.name == name).unwrap()
}

/// A part of a page, from its id to the end of its section.
fn panel<'a>(page: &'a str, id: &str) -> &'a str {
    let rest = page.split(&format!("id=\"{id}\"")).nth(1).unwrap();
    rest.split("</section>").next().unwrap()
}

#[sqlx::test(migrations = false)]
async fn policies_are_said_in_words_and_answer_what_would_be_asked(pool: PgPool) {
    let app = started(&pool).await;
    let page = text(&app, LIST).await;
    let critical = "Production, tier 1 and 2: two approvals, not from who asked nor from commit authors, expires after 24 h";
    for words in [
        critical,
        "Production: one approval, not from who asked, expires after 24 h",
        "Staging, development and preview: nobody is asked",
        "Nothing is frozen",
        "Policies are on this page only",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let order = |words: &str| page.find(words).unwrap();
    assert!(order(critical) < order("Production: one approval"));
    let asked = async |service: &str, environment: &str| {
        let page = text(
            &app,
            &format!("{LIST}?service={service}&environment={environment}"),
        )
        .await;
        panel(&page, "asked").to_owned()
    };
    let answer = asked("shop", "frankfurt").await;
    assert!(
        answer.contains("one approval, not from who asked, expires after 24 h"),
        "{answer}"
    );
    assert!(
        answer.contains(">any<") && answer.contains(">Production<"),
        "{answer}"
    );
    assert!(asked("shop", "staging").await.contains("nobody is asked"));
    assert!(
        asked("nothing", "staging")
            .await
            .contains("There is no service nothing.")
    );
    assert!(
        asked("shop", "moon")
            .await
            .contains("Choose an environment that is in the list.")
    );
    let high = [
        ("metadata.name", "Risky"),
        ("position", "1"),
        ("spec.match.risks", "high"),
        ("spec.minApprovals", "3"),
    ];
    post(&app, NEW, &fields("save", &high)).await;
    let answer = asked("shop", "frankfurt").await;
    for words in [">low, medium<", ">high<", ">Risky<", "three approvals"] {
        assert!(answer.contains(words), "{words}: {answer}");
    }
}

#[sqlx::test(migrations = false)]
async fn whoever_may_look_looks_and_admins_write(pool: PgPool) {
    let app = started(&pool).await;
    let stored = named(&app.commands, "Production").await;
    let one = format!("{LIST}/{}", stored.id);
    for (number, role) in [(40, "viewer"), (41, "operator")] {
        let cookie = sign_in_as(&pool, number, role, Some(role)).await;
        for path in [LIST, NEW, one.as_str()] {
            let answer = browsing::get(&app, path, &cookie).await;
            assert_eq!(answer.status(), StatusCode::OK, "{role} {path}");
            let page = answer.text().await.unwrap();
            if path != LIST {
                assert!(
                    page.contains("This needs the role admin"),
                    "{role} {path}: {page}"
                );
            }
        }
        let version = [("version", "1"), ("metadata.name", "Production")];
        let removal = [("act", "remove"), ("version", "1"), ("reason", "nobody needs it")];
        for (path, sent) in [
            (NEW, fields("save", &[])),
            (NEW, fields("try", &[])),
            (one.as_str(), fields("save", &version)),
            (one.as_str(), removal.to_vec()),
            (LIST, vec![("act", "read")]),
        ] {
            let answer = browsing::post(&app, path, &cookie, &sent).await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{role} {path} {sent:?}");
        }
    }
    assert_eq!(policies(&app.commands).await.len(), 3);
    assert_eq!(
        count(&pool, "select count(*) from audit where subject like 'polic%'").await,
        0
    );
}

#[sqlx::test(migrations = false)]
async fn what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(pool: PgPool) {
    let app = started(&pool).await;
    let wrong = [
        ("metadata.name", ""),
        ("position", "first"),
        ("spec.minApprovals", "two"),
        ("spec.expiresIn", "soon"),
        ("spec.rules[0].name", "leads"),
        ("spec.rules[0].anyOf", "the leads"),
        ("spec.freezes[0].name", "Year end"),
        ("spec.freezes[0].timeZone", "Mars"),
        ("spec.freezes[0].from", "2026-12-24T00:00"),
        ("spec.freezes[0].to", "2026-12-23T00:00"),
        ("spec.automatic[0].when", "errorBudgetLeft is rather low"),
        ("spec.automatic[0].then", "approve"),
    ];
    let (status, _, page) = post(&app, NEW, &fields("save", &wrong)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    for field in [
        "metadata.name",
        "position",
        "spec.minApprovals",
        "spec.expiresIn",
        "spec.rules[0].anyOf",
        "spec.freezes[0].timeZone",
        "spec.freezes[0].to",
        "spec.automatic[0].when",
    ] {
        assert!(
            page.contains(&format!("id=\"f-{field}-error\"")),
            "{field}: {page}"
        );
        assert!(
            page.contains(&format!("href=\"#f-{field}\"")),
            "{field} in the summary"
        );
    }
    for typed in [
        "the leads",
        "errorBudgetLeft is rather low",
        "value=\"two\"",
        "value=\"Mars\"",
    ] {
        assert!(page.contains(typed), "{typed}");
    }
    let document = [
        ("act", "save_document"),
        ("position", "150"),
        ("document", "kind: ["),
    ];
    let (status, _, page) = post(&app, NEW, &document).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        page.contains("id=\"f-document-error\"") && page.contains("The document is no YAML"),
        "{page}"
    );
    // A name that looks like another one, and a form that is longer than any.
    for hidden in ["\u{200b}", "Production\u{200b}"] {
        let (status, _, page) = post(&app, NEW, &fields("save", &[("metadata.name", hidden)])).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(page.contains("Leave out the character U+200B"), "{page}");
    }
    let long = "x".repeat(65 * 1024);
    let (status, _, said) = post(
        &app,
        NEW,
        &fields("save", &[("metadata.description", long.as_str())]),
    )
    .await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(said.contains("A form may have at most 64 KiB"), "{said}");
    assert_eq!(policies(&app.commands).await.len(), 3, "nothing was saved");
}

#[sqlx::test(migrations = false)]
async fn a_policy_is_written_in_a_form_or_as_yaml_and_nobodys_change_is_lost(pool: PgPool) {
    let app = started(&pool).await;
    let all = [
        ("spec.match.tiers", "1"),
        ("spec.match.tiers", "2"),
        ("spec.rules[0].name", "leads"),
        ("spec.rules[0].anyOf", "role approver\nteam payments"),
        // The row between is left blank.
        ("spec.rules[2].name", "security"),
        ("spec.rules[2].anyOf", "user lena@example.com"),
        ("spec.rules[2].required", "true"),
        ("spec.rules[2].approvals", "1"),
        ("spec.freezes[0].name", "Weekend"),
        ("spec.freezes[0].timeZone", "Europe/Berlin"),
        ("spec.freezes[0].days", "sat"),
        ("spec.freezes[0].days", "sun"),
        ("spec.freezes[0].from", "00:00"),
        ("spec.freezes[0].to", "00:00"),
        ("spec.automatic[0].when", "changes above 50"),
        ("spec.automatic[0].then", "require"),
        ("spec.automatic[0].minApprovals", "2"),
        ("spec.automatic[0].reason", "true"),
        ("spec.automatic[1].then", "approve"),
    ];
    // Whom nobody knows nobody can be.
    let (status, _, page) = post(&app, NEW, &fields("save", &all)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{page}");
    assert!(
        page.contains("id=\"f-spec.rules[1].anyOf-error\"")
            && page.contains("Nobody is known as lena@example.com")
            && !page.contains("There is no team payments"),
        "{page}"
    );
    sqlx::query(
        "with lena as (insert into people (id, display_name, created_at) values (gen_random_uuid(), 'Lena', now()) returning id)
         insert into identities (provider, subject, person_id, created_at) select 'email', 'lena@example.com', id, now() from lena",
    )
    .execute(&pool)
    .await
    .unwrap();
    let (status, location, page) = post(&app, NEW, &fields("save", &all)).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    let stored = named(&app.commands, "Shops").await;
    assert_eq!(location, format!("{LIST}/{}", stored.id));
    let policy = &stored.policy;
    assert_eq!(
        (policy.rules.len(), policy.freezes.len(), policy.automatic.len()),
        (2, 1, 1)
    );
    assert!(policy.rules[1].required && stored.position == 150);
    let page = text(&app, &location).await;
    for words in [
        "apiVersion: fairway.dev/v1",
        "user lena@example.com",
        "value=\"Europe/Berlin\"",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    // Who was known may be gone, and what stands before another may fit all that it fits.
    let called = async |now: &str, before: &str| {
        sqlx::query("update identities set subject = $1 where subject = $2")
            .bind(now)
            .bind(before)
            .execute(&pool)
            .await
            .unwrap();
    };
    called("lena@elsewhere.example", "lena@example.com").await;
    let first = [
        ("metadata.name", "Before all"),
        ("position", "1"),
        ("spec.match.environments", ""),
    ];
    let whole = fields("save", &first);
    let whole: Vec<_> = whole.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let (status, before_all, page) = post(&app, NEW, &whole).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    let list = text(&app, LIST).await;
    for words in [
        "asks whom nobody knows: user lena@example.com",
        "never looked at: Before all before it fits all that it fits",
    ] {
        assert!(list.contains(words), "{words}: {list}");
    }
    let page = text(&app, &location).await;
    assert!(
        page.contains("Never looked at: Before all") && page.contains("Asks whom nobody knows"),
        "{page}"
    );
    let removal = [("act", "remove"), ("version", "1"), ("reason", "It takes all")];
    post(&app, &before_all, &removal).await;
    called("lena@example.com", "lena@elsewhere.example").await;
    let list = text(&app, LIST).await;
    let freezes = panel(&list, "freezes");
    assert_eq!(
        freezes.matches("<tr").count(),
        1 + 3,
        "the head and three weekends: {freezes}"
    );

    // Two who read the first version: the second is told, and again when the same is sent again; what they are shown carries the
    // version that they were told of, so that saving that again is known to put theirs in its place.
    let yaml = policy.to_yaml();
    let first = yaml.replacen("minApprovals: 1", "minApprovals: 4", 1);
    let document = [
        ("act", "save_document"),
        ("position", "150"),
        ("version", "1"),
        ("document", first.as_str()),
    ];
    let (status, _, page) = post(&app, &location, &document).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    for _ in 0..2 {
        let mine = fields("save", &[("version", "1"), ("spec.minApprovals", "7")]);
        let (status, _, page) = post(&app, &location, &mine).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(page.contains("Somebody wrote this policy meanwhile"), "{page}");
        assert!(
            page.contains("name=\"version\" value=\"2\""),
            "the version that they are told of: {page}"
        );
        assert!(page.contains("value=\"7\""), "what was typed stays");
        let differs = panel(&page, "differs");
        for words in ["spec.minApprovals", ">4<", ">7<", "spec.freezes[0].name"] {
            assert!(differs.contains(words), "{words}: {differs}");
        }
    }
    assert_eq!(named(&app.commands, "Shops").await.policy.approvals, 4);
    let mine = fields("save", &[("version", "2"), ("spec.minApprovals", "7")]);
    let (status, _, page) = post(&app, &location, &mine).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    assert_eq!(named(&app.commands, "Shops").await.policy.approvals, 7);

    let unread = [("act", "remove"), ("version", "2"), ("reason", "They closed")];
    let (status, _, page) = post(&app, &location, &unread).await;
    assert_eq!(status, StatusCode::CONFLICT, "the third version stays: {page}");
    let (status, _, page) = post(
        &app,
        &location,
        &[("act", "remove"), ("version", "3"), ("reason", "")],
    )
    .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(page.contains("id=\"f-reason-error\""), "{page}");
    let removal = [("act", "remove"), ("version", "3"), ("reason", "They closed")];
    let (status, gone, _) = post(&app, &location, &removal).await;
    assert_eq!((status, gone.as_str()), (StatusCode::SEE_OTHER, LIST));
    let trail = text(&app, &format!("/admin/audit?subject=policy:{}", stored.id)).await;
    assert!(
        trail.contains("policy.remove") && trail.contains("They closed"),
        "{trail}"
    );
}
