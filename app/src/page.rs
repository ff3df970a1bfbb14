//! The frame of every page: rail, top bar, theme switch; and [`respond`], which runs a page's loader once.

use std::future::Future;

use commands::CommandError;
use domain::{
    access::{Action, Resource},
    live::{Mark, Topic, Topics},
};
use http::{HeaderValue, StatusCode, header};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use crate::{
    ctx::{self, Ctx, Refused},
    error,
    islands::LiveUpdates,
    paths,
    policy::{Policy, policy},
    query::{self, Known, NoQuery},
    rail::{self, Counts, Rail},
    shell::Document,
    ui::{Breadcrumbs, Crumb, Icon, IconName},
};

/// Which entry of the rail a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Home.
    Home,
    /// The list of services.
    Services,
    /// The timeline of deploys.
    Deploys,
    /// What waits for a decision.
    Approvals,
    /// The whole catalogue.
    Catalog,
    /// The teams.
    Teams,
    /// The figures.
    Dora,
    /// What there is for those who run Fairway.
    Admin,
    /// What environments are for.
    Environments,
    /// What has to be decided.
    Policies,
    /// Who changed what.
    Audit,
    /// The inbox of deliveries.
    Deliveries,
    /// Background jobs that failed.
    Jobs,
    /// Deployments that wait for a service.
    Unmatched,
    /// What GitHub lists.
    Repositories,
    /// How Fairway stands with GitHub.
    Github,
    /// Who can sign in, and what they may do.
    People,
    /// What programs may.
    Tokens,
    /// One's own account.
    Account,
    /// None: errors, the gallery.
    None,
}

/// A loaded page: what the frame shows around it, and its body.
pub struct Page {
    section: Section,
    title: String,
    called: Option<String>,
    crumbs: Vec<Crumb>,
    live: Option<(Mark, Topics)>,
    /// Without rail and search, for whoever is not signed in.
    alone: bool,
    moved: Option<String>,
    body: AnyView,
}

impl Page {
    /// A page of a section; the title is the last crumb and the document's title. The body starts with the `<h1>`.
    pub fn new(section: Section, title: impl Into<String>) -> Self {
        Self {
            section,
            title: title.into(),
            called: None,
            crumbs: Vec::new(),
            live: None,
            alone: false,
            moved: None,
            body: ().into_any(),
        }
    }

    /// A page whose own address is another one: whoever asks is sent on there, for good.
    pub fn moved(section: Section, title: impl Into<String>, to: String) -> Self {
        let title = title.into();
        let link = view! { <p><a href=to.clone()>{title.clone()}</a></p> };
        Self {
            moved: Some(to),
            ..Self::new(section, title).body(link)
        }
    }

    /// Gives the document another title, where that of the last crumb is another page's too.
    #[must_use]
    pub fn called(mut self, title: impl Into<String>) -> Self {
        self.called = Some(title.into());
        self
    }

    /// A page of the way in: nothing stands around it, and nobody needs to be signed in.
    pub fn alone(title: impl Into<String>) -> Self {
        Self {
            alone: true,
            ..Self::new(Section::None, title)
        }
    }

    /// Whether nothing stands around it.
    pub fn is_alone(&self) -> bool {
        self.alone
    }

    /// Adds a crumb before the title, outermost first.
    #[must_use]
    pub fn crumb(mut self, label: impl Into<String>, href: String) -> Self {
        self.crumbs.push(Crumb {
            label: label.into(),
            href,
        });
        self
    }

    /// Keeps the page's regions up to date while it stays open: with changes of these topics after a place in the feed that
    /// was read before anything on the page was.
    #[must_use]
    pub fn live(mut self, since: Mark, topics: impl IntoIterator<Item = Topic>) -> Self {
        self.live = Some((since, Topics::of(topics)));
        self
    }

    /// Sets what stands in `<main>`.
    #[must_use]
    pub fn body(mut self, body: impl IntoView + 'static) -> Self {
        self.body = body.into_any();
        self
    }

    /// The document's title without the product's name.
    pub fn title(&self) -> &str {
        self.called.as_deref().unwrap_or(&self.title)
    }
}

/// Answers a request with what the loader brings: its page, or the error's page and status. The page has no query; one that
/// has is a call of [`respond_to`].
///
/// Whoever may not see the page is told why. Every page component is one call of either; the route is `SsrMode::Async`,
/// so the status is known before the first byte leaves.
///
/// ```ignore
/// pub fn service_page() -> impl IntoView {
///     let slug = ctx::param("slug");
///     respond(|ctx| async move {
///         let service = load(&ctx, &slug).await?;
///         Ok(Page::new(Section::Services, service.name.clone())
///             .crumb("Services", paths::services())
///             .body(view! { <ServiceView service /> }))
///     })
/// }
/// ```
pub fn respond<F>(load: impl FnOnce(Ctx) -> F) -> AnyView
where
    F: Future<Output = Result<Page, CommandError>> + Send + 'static,
{
    respond_to(|ctx, _: NoQuery| load(ctx))
}

/// The same for a page with a query. What the query may not hold is refused here, for all pages alike.
pub fn respond_to<Q: Known, F>(load: impl FnOnce(Ctx, Q) -> F) -> AnyView
where
    F: Future<Output = Result<Page, CommandError>> + Send + 'static,
{
    let ctx = ctx::current();
    let response = expect_context::<ResponseOptions>();
    let query = may_see(&ctx).and_then(|()| query::read(&ctx.uri));
    let loading = query.map(|query| load(ctx.clone(), query));
    Suspend::new(async move {
        let loaded = match loading {
            Ok(loading) => loading.await,
            Err(refused) => Err(refused),
        };
        let counts = match &loaded {
            // Nothing is asked of a system that just did not answer, nor told to someone who may not look.
            Err(CommandError::Unavailable { .. }) => Counts::default(),
            _ if ctx.why_not(Action::Look, &Resource::Anything).is_some() => Counts::default(),
            _ => rail::counts(&ctx).await,
        };
        let page = loaded.unwrap_or_else(|error| {
            response.set_status(error::status(&error));
            error::say_when(&response, error::retry_after(&error, ctx.now));
            error::page(&error, &ctx)
        });
        send_on(&response, page.moved.as_deref());
        view! { <Document ctx page counts /> }
    })
    .into_any()
}

/// The server's middleware let the request come this far; what it refused is refused here, with a page.
fn may_see(ctx: &Ctx) -> Result<(), CommandError> {
    if let Some(Refused(why)) = &ctx.refused {
        return Err(CommandError::Denied { why: why.clone() });
    }
    let route_is_open = policy(ctx.path()) == Some(Policy::Anyone);
    if ctx.viewer.is_none() && !route_is_open {
        return Err(CommandError::SignedOut);
    }
    Ok(())
}

/// Sends a visitor on, where the page has its own address elsewhere.
fn send_on(response: &ResponseOptions, to: Option<&str>) {
    if let Some(to) = to.and_then(|to| HeaderValue::from_str(to).ok()) {
        response.set_status(StatusCode::PERMANENT_REDIRECT);
        response.insert_header(header::LOCATION, to);
    }
}

/// Rail, top bar and the page between them; of a page of the way in, itself only.
#[component]
pub(crate) fn Frame(ctx: Ctx, page: Page, counts: Counts) -> impl IntoView {
    let Page {
        section,
        title,
        called: _,
        crumbs,
        live,
        alone,
        moved: _,
        body,
    } = page;
    if alone || ctx.viewer.is_none() {
        return view! { <main class="door" id="main" tabindex="-1">{body}</main> }.into_any();
    }
    let live = live.map(|(since, topics)| {
        view! { <div class="top-live"><LiveUpdates topics=topics.to_string() since=since.to_string() /></div> }
    });
    view! {
        <div class="app">
            <div class="rail">
                <Rail ctx=ctx.clone() section counts />
            </div>
            <div class="stage">
                <header class="top">
                    <MenuButton ctx=ctx.clone() section counts />
                    <Breadcrumbs crumbs current=title />
                    {live}
                    <TopSearch />
                </header>
                <main class="page" id="main" tabindex="-1">{body}</main>
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn TopSearch() -> impl IntoView {
    view! {
        <form class="top-search" action=paths::search() method="get" role="search">
            <Icon name=IconName::Search />
            <input type="search" name="q" placeholder="Search" aria-label="Search" autocomplete="off" maxlength="200" data-key="/" />
            <button class="top-palette" type="button" data-palette="" aria-keyshortcuts="Control+K Meta+K">
                <span class="sr-only">"Find or do anything "</span><kbd data-palette-keys="">"Ctrl K"</kbd>
            </button>
        </form>
        <a class="top-search-link" href=paths::search() data-palette="" aria-label="Search"><Icon name=IconName::Search /></a>
    }
}

/// The menu of narrow screens: the rail inside a `<details>`, no script needed.
#[component]
fn MenuButton(ctx: Ctx, section: Section, counts: Counts) -> impl IntoView {
    view! {
        <details class="menu">
            <summary aria-label="Menu"><Icon name=IconName::Menu /></summary>
            <div class="menu-sheet"><Rail ctx section counts /></div>
        </details>
    }
}
