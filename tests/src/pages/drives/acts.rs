//! Confirming, calling off and rolling back: what each says before it is done, who may, and why not.

use domain::deploys::drive::{End, Phase, Standing};

use super::*;

#[sqlx::test(migrations = false)]
async fn what_waits_for_a_person_is_confirmed_with_a_reason(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let developer = ground.person(160, "developer").await;
    let deploy = ground.ask(2).await;
    ground.expose(deploy).await;
    let path = page_of(deploy);
    let act = |page: &str| panel(page, "act").to_owned();

    let page = act(&ground.page(&path, &developer).await);
    assert!(
        page.contains("It is still watched"),
        "nobody is asked yet: {page}"
    );
    assert!(
        page.contains("Users see this deploy already; roll it back instead."),
        "{page}"
    );

    ground.judge(deploy, too_little()).await;
    let page = act(&ground.page(&path, &developer).await);
    assert!(
        page.contains("It goes on from 5 % to 25 % of the traffic"),
        "{page}"
    );
    assert!(
        page.contains("too little traffic"),
        "what is known stands beside it: {page}"
    );

    let key = format!("{deploy}:verify:0.0");
    assert!(page.contains(&format!(r#"name="phase" value="{key}""#)), "{page}");
    let send_of = async |phase: &str, reason: &str| {
        let fields = [("act", "confirm"), ("phase", phase), ("confirm_reason", reason)];
        ground.send(&path, &developer, &fields).await
    };
    let send = async |reason: &str| send_of(&key, reason).await;
    let next = format!("{deploy}:verify:0.1");
    for other in ["", next.as_str()] {
        let (status, _, page) = send_of(other, "the graphs elsewhere look good").await;
        assert_eq!(status, 409);
        assert!(page.contains("t went on since you looked"), "{page}");
    }
    let (status, _, page) = send("no").await;
    assert_eq!(status, 400);
    assert!(act(&page).contains("Say why in 3 to 2,000 characters"), "{page}");
    assert!(page.contains(">no</textarea>"), "what was typed stays: {page}");
    assert!(page.contains(" · Fairway</title>"), "{page}");
    let (status, _, page) = send(&format!("</textarea><b>{}", "x".repeat(2_000))).await;
    assert_eq!(status, 400);
    assert!(
        page.contains(">&lt;/textarea&gt;&lt;b&gt;xx"),
        "and stays text: {page}"
    );
    let (status, location, _) = send("the graphs elsewhere look good").await;
    assert_eq!((status, location), (303, format!("{path}#act")));
    let standing = ground.settle(deploy).await;
    let place = *standing.place().unwrap();
    assert_eq!((place.phase, place.step), (Phase::Deploy, 1));
    assert!(
        ground
            .page(&path, &developer)
            .await
            .contains("confirmed: the graphs elsewhere look good")
    );
}

/// That a page says who called its deploy off, and when.
fn says_who_called_it_off(page: &str) {
    let (_, then) = page
        .split_once("Called off by developer, ")
        .unwrap_or_else(|| panic!("it does not say who: {page}"));
    let then = then.trim_start_matches("<!>");
    assert!(then.starts_with("<time"), "{then}");
}

#[sqlx::test(migrations = false)]
async fn what_nobody_saw_is_called_off(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let developer = ground.person(161, "developer").await;
    let first = ground.ask(2).await;
    ground.settle(first).await;
    let waiting = ground.ask(3).await;
    ground.settle(waiting).await;
    let path = page_of(waiting);
    let page = ground.page(&path, &developer).await;
    assert!(panel(&page, "act").contains("Nothing reaches users"), "{page}");
    assert!(
        panel(&page, "act").contains("Users do not see this deploy yet; call it off instead."),
        "{page}"
    );
    let fields = [("act", "cancel"), ("cancel_reason", "wrong branch")];
    let (status, location, _) = ground.send(&path, &developer, &fields).await;
    assert_eq!((status, location), (303, format!("{path}#act")));
    assert_eq!(ground.settle(waiting).await, Standing::Ended(End::Cancelled));
    let page = ground.page(&path, &developer).await;
    says_who_called_it_off(&page);
    let (status, _, page) = ground.send(&path, &developer, &fields).await;
    assert_eq!(status, 409, "what is over is over");
    assert!(page.contains("This deploy has ended"), "{page}");
}

#[sqlx::test(migrations = false)]
async fn what_its_executor_deploys_is_called_off_once_and_the_page_says_what_it_waits_for(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let developer = ground.person(165, "developer").await;
    let deploy = ground.ask(2).await;
    let standing = ground.settle(deploy).await;
    assert_eq!(standing.place().unwrap().phase, Phase::Deploy);
    let path = page_of(deploy);
    let page = ground.page(&path, &developer).await;
    let act = panel(&page, "act");
    assert!(act.contains("is told to stop at once"), "{act}");
    assert!(
        !act.contains("Nothing reaches users"),
        "nobody knows that yet: {act}"
    );
    let fields = [("act", "cancel"), ("cancel_reason", "wrong branch")];
    let (status, _, _) = ground.send(&path, &developer, &fields).await;
    assert_eq!(status, 303);
    assert_eq!(ground.settle(deploy).await, standing);
    let page = ground.page(&path, &developer).await;
    assert!(
        panel(&page, "act").contains("It was called off already"),
        "{page}"
    );
    assert!(page.contains("called off: wrong branch"), "{page}");
    says_who_called_it_off(&page);
    let (status, _, _) = ground.send(&path, &developer, &fields).await;
    assert_eq!(status, 409, "once");
}

#[sqlx::test(migrations = false)]
async fn what_runs_is_rolled_back_to_what_the_page_named(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let developer = ground.person(162, "developer").await;
    let running = ground.report_good(2, "staging").await;
    let page = ground.page(&page_of(running), &developer).await;
    let act = panel(&page, "act");
    assert!(
        act.contains("1.2.0") && act.contains("1.1.0"),
        "from which release to which: {act}"
    );
    assert!(act.contains(&page_of(ground.first)), "{act}");
    assert!(act.contains("Nobody chose to be told of it."), "{act}");
    assert!(
        act.contains("The DORA figures stay as they are.") && !act.contains("counts as a failed one"),
        "they count production: {act}"
    );
    let before = ground.page(&page_of(ground.first), &developer).await;
    assert!(
        panel(&before, "act").contains("Something else runs there by now"),
        "{before}"
    );

    assert!(act.contains("linked as the fix"), "{act}");
    let fields = [
        ("act", "report_defect"),
        ("report_defect_reason", "A label is cut off."),
    ];
    let (status, location, _) = ground.send(&page_of(running), &developer, &fields).await;
    assert_eq!((status, location), (303, format!("{}#act", page_of(running))));
    let page = ground.page(&page_of(running), &developer).await;
    assert!(panel(&page, "act").contains("A label is cut off."), "{page}");

    let fields = [("act", "roll_back"), ("roll_back_reason", "customers cannot pay")];
    let (status, location, _) = ground.send(&page_of(running), &developer, &fields).await;
    assert_eq!(status, 303);
    let rollback = location.trim_end_matches("#act");
    assert_ne!(rollback, page_of(running), "the rollback has a page of its own");
    let page = ground.page(rollback, &developer).await;
    assert!(
        page.contains("It undoes") && page.contains("customers cannot pay"),
        "{page}"
    );
    let (status, _, page) = ground.send(&page_of(running), &developer, &fields).await;
    assert_eq!(status, 409, "twice is once: {page}");
}

#[sqlx::test(migrations = false)]
async fn buttons_say_why_they_cannot_be_pressed(pool: PgPool) {
    let ground = Ground::without_executor(&pool).await;
    let viewer = ground.person(163, "viewer").await;
    let developer = ground.person(164, "developer").await;
    let running = ground.report_good(2, "staging").await;
    let path = page_of(running);
    let page = ground.page(&path, &viewer).await;
    assert!(
        panel(&page, "act").contains("This needs the role developer."),
        "{page}"
    );
    let fields = [("act", "roll_back"), ("roll_back_reason", "customers cannot pay")];
    let (status, _, page) = ground.send(&path, &viewer, &fields).await;
    assert_eq!(status, 403, "{page}");
    let page = ground.page(&path, &developer).await;
    assert!(
        panel(&page, "act").contains("Nobody is set to carry out deploys there"),
        "{page}"
    );
    let (status, _, page) = ground.send(&path, &developer, &[("act", "explode")]).await;
    assert_eq!(status, 400, "{page}");
}
