//! Fairway dispatches with rights of its own: nobody borrows them for workflows that are not theirs.

use commands::CommandError;
use domain::access::{NewGrant, Role};

use super::*;

fn workflow_of(repository: &str) -> RawExecutor {
    RawExecutor {
        kind: "github_actions".into(),
        repository: repository.into(),
        workflow: "deploy.yml".into(),
        inputs: domain::executors::whole_inputs(),
        ..RawExecutor::default()
    }
}

#[sqlx::test(migrations = false)]
async fn an_admin_of_one_team_names_no_repository_of_another(pool: PgPool) {
    let ground = Ground::new(&pool, Utc::now()).await;
    register(&ground.commands, "till", "payments").await;
    register(&ground.commands, "vault", "security").await;
    let of_team = NewGrant {
        team: Some("payments".into()),
        ..NewGrant::whole(Role::Admin)
    };
    sign_in_as(&pool, 5, "Person 5", Some("viewer")).await;
    let id = PersonId(person(5));
    ground
        .commands
        .grant_role(&operator(), id, of_team)
        .await
        .unwrap();
    let admin = ground.commands.viewer(id).await.unwrap().unwrap();
    let set = async |by: &Viewer, repository: &str| {
        let raw = workflow_of(repository);
        ground
            .commands
            .set_executor(by, ("shop", "production"), &raw)
            .await
    };
    for other in ["acme/vault", "acme/unheard-of"] {
        let refused = set(&admin, other).await.unwrap_err();
        let errors = match refused {
            CommandError::Invalid(errors) => errors,
            other => panic!("{other:?}"),
        };
        assert_eq!(errors.0[0].field, "repository");
        assert!(errors.0[0].message.contains("whole organisation"), "{errors:?}");
    }
    for own in ["acme/shop", "ACME/Shop", "acme/till"] {
        set(&admin, own).await.unwrap();
    }
    let everywhere = someone(&ground, &pool, (6, Some("admin"))).await;
    set(&everywhere, "acme/vault").await.unwrap();
    set(&operator(), "acme/unheard-of").await.unwrap();
}
