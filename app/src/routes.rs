//! Every page's address, on one screen; and the axum router that serves them.

use axum::{
    Router, middleware,
    routing::{MethodRouter, get, post},
};
use commands::CommandError;
use http::Method;
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes, generate_route_list, render_app_async_with_context};
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route, Router as PageRouter},
    path,
};

use crate::{
    address,
    ctx::{self, AppContext},
    features::{
        admin::pages::admin_page,
        approvals::{
            actions::approval_form,
            csv::approvals_csv,
            pages::{approval_page, approvals_page},
        },
        audit::{csv::audit_csv, jsonl::audit_jsonl, pages::audit_page},
        backfill::{actions::repositories_form, csv::repositories_csv, pages::repositories_page},
        catalog::{
            actions::service_form,
            all::{
                csv::catalog_csv,
                pages::{catalog_page, kind_page},
            },
            csv::services_csv,
            dependencies_csv::dependencies_csv,
            pages::{dependencies_page, entity_page, service_page, services_page},
        },
        deploys::{
            actions::deploy_form,
            csv::deploys_csv,
            pages::{deploy_page, deploys_page},
        },
        dora::{
            csv::{dora_csv, dora_rows_csv},
            pages::{dora_page, dora_rows_page},
        },
        drives::{
            actions::ask_form,
            pages::{ask_page, rollback_rules_page, settings_page},
            settings::{rollback_rules_form, settings_form},
        },
        environments::{actions::environments_form, csv::environments_csv, pages::environments_page},
        gallery::pages::gallery_page,
        home::pages::home_page,
        identity::{
            actions::{account_form, authenticator_form, code_form, link_form, sign_in_form, sign_out_form},
            outside::{github_begin, github_return, oidc_begin, oidc_return},
            pages::{account_page, authenticator_page, code_page, link_page, sign_in_page},
        },
        intake::{
            actions::replay,
            csv::deliveries_csv,
            pages::{deliveries_page, delivery_page},
        },
        integrations::{
            actions::{github_created_form, github_form},
            pages::{github_created_page, github_page},
        },
        jobs::{actions::retry_form, csv::jobs_csv, pages::jobs_page},
        notifications::{
            actions::{notifications_form, own_notifications_form},
            pages::{notifications_page, own_notifications_page},
        },
        people::{
            actions::{people_form, person_form, team_form},
            pages::{admin_team_page, admin_teams_page, people_page, person_page},
        },
        policies::{
            actions::{new_policy_form, policies_form, policy_form},
            pages::{new_policy_page, policies_page, policy_page},
        },
        search::{found::search_found, pages::search_page},
        sign_in::{actions::sign_in_rules_form, pages::sign_in_rules_page},
        teams::{
            csv::teams_csv,
            pages::{team_page, teams_page},
        },
        tokens::{
            actions::{service_account_form, tokens_form},
            pages::{service_account_page, tokens_page},
        },
        unmatched::{actions::unmatched_form, csv::unmatched_csv, pages::unmatched_page},
    },
    page::respond_to,
    paths,
    query::AnyQuery,
    theme::theme_handler,
};

/// All pages. Their loaders run to the end before the first byte leaves, so that they can answer 404 or redirect.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <PageRouter>
            <FlatRoutes fallback=not_found>
                <Route path=path!("/") view=home_page ssr=SsrMode::Async />
                <Route path=path!("/services") view=services_page ssr=SsrMode::Async />
                <Route path=path!("/services/:slug") view=service_page ssr=SsrMode::Async />
                <Route path=path!("/services/:slug/dependencies") view=dependencies_page ssr=SsrMode::Async />
                <Route path=path!("/services/:slug/deploy") view=ask_page ssr=SsrMode::Async />
                <Route path=path!("/services/:slug/settings") view=settings_page ssr=SsrMode::Async />
                <Route path=path!("/search") view=search_page ssr=SsrMode::Async />
                <Route path=path!("/catalog") view=catalog_page ssr=SsrMode::Async />
                <Route path=path!("/teams") view=teams_page ssr=SsrMode::Async />
                <Route path=path!("/teams/:slug") view=team_page ssr=SsrMode::Async />
                <Route path=path!("/catalog/:kind/:namespace/:name") view=entity_page ssr=SsrMode::Async />
                <Route path=path!("/deploys") view=deploys_page ssr=SsrMode::Async />
                <Route path=path!("/deploys/:id") view=deploy_page ssr=SsrMode::Async />
                <Route path=path!("/approvals") view=approvals_page ssr=SsrMode::Async />
                <Route path=path!("/approvals/:id") view=approval_page ssr=SsrMode::Async />
                <Route path=path!("/admin/integrations/github") view=github_page ssr=SsrMode::Async />
                <Route path=path!("/admin/integrations/github/created") view=github_created_page ssr=SsrMode::Async />
                <Route path=path!("/admin") view=admin_page ssr=SsrMode::Async />
                <Route path=path!("/admin/audit") view=audit_page ssr=SsrMode::Async />
                <Route path=path!("/admin/environments") view=environments_page ssr=SsrMode::Async />
                <Route path=path!("/admin/policies") view=policies_page ssr=SsrMode::Async />
                <Route path=path!("/admin/policies/new") view=new_policy_page ssr=SsrMode::Async />
                <Route path=path!("/admin/policies/:id") view=policy_page ssr=SsrMode::Async />
                <Route path=path!("/admin/rollback") view=rollback_rules_page ssr=SsrMode::Async />
                <Route path=path!("/admin/notifications") view=notifications_page ssr=SsrMode::Async />
                <Route path=path!("/account/notifications") view=own_notifications_page ssr=SsrMode::Async />
                <Route path=path!("/admin/unmatched") view=unmatched_page ssr=SsrMode::Async />
                <Route path=path!("/admin/integrations/github/repositories") view=repositories_page ssr=SsrMode::Async />
                <Route path=path!("/dora") view=dora_page ssr=SsrMode::Async />
                <Route path=path!("/dora/rows") view=dora_rows_page ssr=SsrMode::Async />
                <Route path=path!("/admin/deliveries") view=deliveries_page ssr=SsrMode::Async />
                <Route path=path!("/admin/deliveries/:id") view=delivery_page ssr=SsrMode::Async />
                <Route path=path!("/admin/jobs") view=jobs_page ssr=SsrMode::Async />
                <Route path=path!("/sign-in") view=sign_in_page ssr=SsrMode::Async />
                <Route path=path!("/sign-in/code") view=code_page ssr=SsrMode::Async />
                <Route path=path!("/link") view=link_page ssr=SsrMode::Async />
                <Route path=path!("/account") view=account_page ssr=SsrMode::Async />
                <Route path=path!("/account/authenticator") view=authenticator_page ssr=SsrMode::Async />
                <Route path=path!("/admin/people") view=people_page ssr=SsrMode::Async />
                <Route path=path!("/admin/people/:id") view=person_page ssr=SsrMode::Async />
                <Route path=path!("/admin/sign-in") view=sign_in_rules_page ssr=SsrMode::Async />
                <Route path=path!("/admin/tokens") view=tokens_page ssr=SsrMode::Async />
                <Route path=path!("/admin/service-accounts/:id") view=service_account_page ssr=SsrMode::Async />
                <Route path=path!("/admin/teams") view=admin_teams_page ssr=SsrMode::Async />
                <Route path=path!("/admin/teams/:slug") view=admin_team_page ssr=SsrMode::Async />
                <Route path=path!("/dev/gallery") view=gallery_page ssr=SsrMode::Async />
            </FlatRoutes>
        </PageRouter>
    }
}

/// Tables as files, the ways to providers and back, and what is no page of its own.
fn tables() -> Vec<(String, MethodRouter<AppContext>)> {
    vec![
        (paths::services_csv(), get(services_csv)),
        (
            "/services/{slug}/dependencies.csv".to_owned(),
            get(dependencies_csv),
        ),
        (paths::catalog_csv(), get(catalog_csv)),
        ("/catalog/{kind}".to_owned(), get(kind_page)),
        (paths::teams_csv(), get(teams_csv)),
        (paths::search_found(), get(search_found)),
        (paths::deploys_csv(), get(deploys_csv)),
        (paths::approvals_csv(), get(approvals_csv)),
        (paths::dora_csv(), get(dora_csv)),
        (paths::dora_rows_csv(), get(dora_rows_csv)),
        (paths::admin_deliveries_csv(), get(deliveries_csv)),
        (paths::admin_jobs_csv(), get(jobs_csv)),
        (paths::admin_repositories_csv(), get(repositories_csv)),
        (paths::admin_unmatched_csv(), get(unmatched_csv)),
        (paths::admin_environments_csv(), get(environments_csv)),
        (paths::admin_audit_csv(), get(audit_csv)),
        (paths::admin_audit_jsonl(), get(audit_jsonl)),
        (paths::sign_in_oidc(), get(oidc_begin)),
        (paths::sign_in_oidc_return(), get(oidc_return)),
        (paths::sign_in_github(), get(github_begin)),
        (paths::sign_in_github_return(), get(github_return)),
    ]
}

/// What forms are sent to.
fn forms() -> Vec<(String, MethodRouter<AppContext>)> {
    vec![
        (paths::theme(), post(theme_handler)),
        (paths::sign_in(), post(sign_in_form)),
        (paths::sign_in_code(), post(code_form)),
        (paths::sign_out(), post(sign_out_form)),
        (paths::link(), post(link_form)),
        (paths::account(), post(account_form)),
        (paths::account_authenticator(), post(authenticator_form)),
        ("/services/{slug}".to_owned(), post(service_form)),
        ("/services/{slug}/deploy".to_owned(), post(ask_form)),
        ("/services/{slug}/settings".to_owned(), post(settings_form)),
        (paths::admin_rollback(), post(rollback_rules_form)),
        (paths::admin_notifications(), post(notifications_form)),
        (paths::account_notifications(), post(own_notifications_form)),
        ("/deploys/{id}".to_owned(), post(deploy_form)),
        ("/approvals/{id}".to_owned(), post(approval_form)),
        (paths::admin_repositories(), post(repositories_form)),
        (paths::admin_github(), post(github_form)),
        (paths::admin_github_created(), post(github_created_form)),
        (paths::admin_unmatched(), post(unmatched_form)),
        (paths::admin_environments(), post(environments_form)),
        (paths::admin_jobs(), post(retry_form)),
        (paths::admin_sign_in(), post(sign_in_rules_form)),
        (paths::admin_people(), post(people_form)),
        ("/admin/people/{id}".to_owned(), post(person_form)),
        (paths::admin_policies(), post(policies_form)),
        (paths::admin_new_policy(), post(new_policy_form)),
        ("/admin/policies/{id}".to_owned(), post(policy_form)),
        (paths::admin_tokens(), post(tokens_form)),
        (
            "/admin/service-accounts/{id}".to_owned(),
            post(service_account_form),
        ),
        ("/admin/teams/{slug}".to_owned(), post(team_form)),
        ("/admin/deliveries/{id}/replay".to_owned(), post(replay)),
    ]
}

/// Every route of the router with its method: what the policy and the matrix of roles are held against.
pub fn listed() -> Vec<(Method, String)> {
    let pages = generate_route_list(App)
        .into_iter()
        .map(|page| (Method::GET, page.path().to_owned()));
    let tables = tables().into_iter().map(|(path, _)| (Method::GET, path));
    let forms = forms().into_iter().map(|(path, _)| (Method::POST, path));
    pages.chain(tables).chain(forms).collect()
}

/// The axum router of all pages, tables and forms, and of the 404 page for everything else.
pub fn router(app: AppContext) -> Router {
    let options = app.leptos_options.clone();
    let shared = app.clone();
    let context = move || ctx::provide(&app);
    let mut router =
        Router::new().leptos_routes_with_context(&options, generate_route_list(App), context.clone(), App);
    for (path, method) in tables().into_iter().chain(forms()) {
        router = router.route(&path, method.with_state(shared.clone()));
    }
    router
        .fallback(render_app_async_with_context(context, App))
        .layer(middleware::from_fn(address::tidy))
        .with_state(options)
}

fn not_found() -> impl IntoView {
    respond_to(|ctx, _: AnyQuery| {
        let path = ctx.path().to_owned();
        async move { Err(CommandError::not_found(format!("page at {path}"))) }
    })
}
