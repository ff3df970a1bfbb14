//! Policies that Git has: read only, with what is wrong with a file.

use super::*;

#[sqlx::test(migrations = false)]
async fn what_is_in_git_is_read_only_and_says_what_is_wrong_with_its_file(pool: PgPool) {
    const FILE: &str = "policies/production.yaml";
    let (commands, github, repo) = acme(&pool).await;
    let place = PolicyPlace::at(ProjectSlug::parse("acme/mono").unwrap(), "policies").unwrap();
    let commands = commands.with_policies_in(Some(place));
    let document = |approvals: u8| {
        format!(
            "apiVersion: fairway.dev/v1\nkind: Policy\nmetadata: {{name: Production}}\nspec:\n  minApprovals: {approvals}\n"
        )
    };
    for approvals in [2, 99] {
        repo.commit(NewCommit::new("Change").file(FILE, document(approvals)));
        tell(&commands, &github).await;
        commands.compare_policies().await.unwrap();
        let source = commands.reads().policy_source().await.unwrap().unwrap();
        commands.reconcile_repository(source.repository_id).await.unwrap();
    }
    let app = App::with_commands(commands).await;
    let page = text(&app, LIST).await;
    for words in [
        "Line 5, column 17: ",
        "refused",
        "acme/mono: policies",
        FILE,
        "not looked at: Git has one of this name",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let all = policies(&app.commands).await;
    for (origin, why) in [
        (
            Origin::Git,
            "This policy is in Git, in policies/production.yaml of acme/mono, and changed there.",
        ),
        (Origin::Page, "Git has a policy of this name, and it wins"),
    ] {
        let stored = all
            .iter()
            .find(|stored| stored.origin == origin && stored.policy.name == "Production");
        let path = format!("{LIST}/{}", stored.unwrap().id);
        let page = text(&app, &path).await;
        assert!(page.contains(why), "{why}: {page}");
        assert!(
            page.contains("<fieldset disabled class=\"policy-fields\""),
            "{page}"
        );
        let mine = fields("save", &[("version", "1"), ("metadata.name", "Production")]);
        let (status, _, page) = post(&app, &path, &mine).await;
        let expected = if origin == Origin::Git {
            StatusCode::CONFLICT
        } else {
            StatusCode::BAD_REQUEST
        };
        assert_eq!(status, expected, "{page}");
    }
    let (status, location, _) = post(&app, LIST, &[("act", "read")]).await;
    assert_eq!(
        (status, location.as_str()),
        (StatusCode::SEE_OTHER, "/admin/policies#git")
    );
    assert_eq!(policies(&app.commands).await.len(), all.len());
}
