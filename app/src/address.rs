//! What addresses of lists have in common, and the redirect to the address without what says nothing: a form that is sent
//! without script names each of its fields, and an address is to be pasted to a colleague.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use domain::{
    catalog::ServiceSort,
    dora::{DEFAULT_EDITION, Metric, Preset},
    error::FieldErrors,
    page::{Page, Position},
};
use http::Method;
use serde::Deserialize;

use crate::{paths, ui::Facet};

/// What was written, without spaces around it; nothing where that is empty.
pub fn given(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The time from the beginning of a first day to the end of a last one, in a zone; days that are none are noted.
pub fn time_of(
    (from, to): (&str, &str),
    zone: Tz,
    errors: &mut FieldErrors,
) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    let mut start = |field: &str, day: &str, later: i64| {
        let day = given(day)?;
        let start = NaiveDate::parse_from_str(&day, "%Y-%m-%d")
            .ok()
            .and_then(|day| day.checked_add_signed(TimeDelta::days(later)))
            .and_then(|day| midnight(day, zone));
        if start.is_none() {
            errors.add(field, "write a day such as 2026-11-03");
        }
        start
    };
    (start("from", from, 0), start("to", to, 1))
}

/// The first moment of a day in a zone; where a change of clocks swallows midnight, the first one after it.
fn midnight(day: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    (0..=3)
        .filter_map(|hour| zone.from_local_datetime(&day.and_hms_opt(hour, 0, 0)?).earliest())
        .map(|at| at.to_utc())
        .next()
}

/// Where a list's page starts, as its address says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Place {
    /// Cursor of the row that the page comes after.
    pub after: String,
    /// Cursor of the row that the page comes before.
    pub before: String,
}

impl Place {
    /// The same as the store takes it.
    pub fn position(&self) -> Position {
        match (given(&self.after), given(&self.before)) {
            (Some(cursor), _) => Position::After(cursor),
            (None, Some(cursor)) => Position::Before(cursor),
            (None, None) => Position::Start,
        }
    }
}

/// The address of a list: its whole state, with what is empty left out. The query's struct flattens a [`Place`].
pub trait ListAddress: Clone {
    /// The list without any filter.
    fn path(&self) -> String;

    /// Every field of its query but the place, in the order of the address.
    fn fields(&self) -> Vec<(&'static str, &str)>;

    /// Where the page starts.
    fn place(&self) -> &Place;

    /// The same, to be set.
    fn place_mut(&mut self) -> &mut Place;

    /// Whether anything narrows the list.
    fn is_filtered(&self) -> bool {
        self.fields().iter().any(|(_, value)| !value.trim().is_empty())
    }

    /// Where the page starts, as the store takes it.
    fn position(&self) -> Position {
        self.place().position()
    }

    /// The list with this state.
    fn href(&self) -> String {
        self.at(&self.path())
    }

    /// Another address with this state.
    fn at(&self, path: &str) -> String {
        let place = self.place();
        let cursors = [("after", place.after.as_str()), ("before", place.before.as_str())];
        paths::with_query(path, self.fields().into_iter().chain(cursors))
    }

    /// Another address of all of the list's rows: the CSV.
    fn whole_at(&self, path: &str) -> String {
        paths::with_query(path, self.fields())
    }

    /// The address without any filter, where there is one to take away.
    fn cleared(&self) -> Option<String> {
        self.is_filtered().then(|| self.path())
    }

    /// The first page of the same list, changed.
    #[must_use]
    fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut query = self.clone();
        *query.place_mut() = Place::default();
        change(&mut query);
        query
    }

    /// The pages before and after one.
    fn neighbours<T>(&self, page: &Page<T>) -> (Option<String>, Option<String>) {
        let to = |cursor: Option<&String>, set: fn(&mut Place, String)| {
            let cursor = cursor?.clone();
            Some(self.with(|query| set(query.place_mut(), cursor)).href())
        };
        (
            to(page.previous.as_ref(), |place, cursor| place.before = cursor),
            to(page.next.as_ref(), |place, cursor| place.after = cursor),
        )
    }

    /// One value of a field as a choice: its link keeps only what has it, or takes the choice back where it is made.
    fn facet(
        &self,
        field: fn(&mut Self) -> &mut String,
        value: &str,
        (label, count): (impl Into<String>, u64),
    ) -> Facet {
        let chosen = field(&mut self.clone()) == value;
        let next = if chosen { "" } else { value };
        Facet {
            label: label.into(),
            count,
            href: self.with(|query| next.clone_into(field(query))).href(),
            chosen,
        }
    }
}

/// Sends a page's visitor on to the same address without empty parameters and defaults, where it has any.
pub(crate) async fn tidy(request: Request, next: Next) -> Response {
    let uri = request.uri();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    match uri
        .query()
        .filter(|_| reads)
        .and_then(|query| tidied(uri.path(), query))
    {
        Some(address) => Redirect::to(&address).into_response(),
        None => next.run(request).await,
    }
}

/// The address without what says nothing; `None` where it is as short as it can be.
fn tidied(path: &str, query: &str) -> Option<String> {
    // Browsers take `//host` and `/\host` for another site.
    if path.starts_with("//") || path.contains('\\') {
        return None;
    }
    let says_something = |pair: &&str| match pair.split_once('=') {
        Some((name, value)) => !value.is_empty() && !is_default(path, name, value),
        None => false,
    };
    let kept: Vec<&str> = query.split('&').filter(says_something).collect();
    let kept = kept.join("&");
    if kept == query {
        return None;
    }
    Some(if kept.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{kept}")
    })
}

/// Whether a field of a form holds what its page shows anyway.
fn is_default(path: &str, name: &str, value: &str) -> bool {
    if path == paths::home() {
        return name == "of" && value == "mine";
    }
    if path == paths::approvals() {
        return name == "show" && value == "mine";
    }
    if path == paths::services() {
        return name == "sort" && value == ServiceSort::default().as_str();
    }
    if path == paths::dora() {
        return match name {
            "range" => value == Preset::default().days().to_string(),
            "edition" => value == DEFAULT_EDITION.to_string(),
            "trend" => value == Metric::LeadTime.as_str(),
            _ => false,
        };
    }
    false
}

/// The path itself when it stays on this site, else the home page: a form must not send people elsewhere.
///
/// Browsers read `//host` and `/\host` as another site and drop control characters, so none of these pass.
pub(crate) fn own_path(path: &str) -> &str {
    let second = path.chars().nth(1);
    let own = path.starts_with('/')
        && !matches!(second, Some('/' | '\\'))
        && path.chars().all(|c| c.is_ascii_graphic());
    if own { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_stay_on_this_site() {
        assert_eq!(own_path("/services?q=a%20b"), "/services?q=a%20b");
        for elsewhere in [
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "https://evil.example",
            "",
        ] {
            assert_eq!(own_path(elsewhere), "/");
        }
    }

    #[test]
    fn an_address_loses_what_says_nothing_and_keeps_the_rest_as_it_was_written() {
        let to = |path: &str, query: &str| tidied(path, query);
        assert_eq!(
            to("/services", "q=&owner=a%26b&tier=&sort=name").as_deref(),
            Some("/services?owner=a%26b")
        );
        assert_eq!(to("/services", "q=").as_deref(), Some("/services"));
        assert_eq!(to("/services", "q").as_deref(), Some("/services"));
        assert_eq!(
            to("/dora", "team=&range=90&from=&to=&edition=2023").as_deref(),
            Some("/dora")
        );
        assert_eq!(to("/dora", "team=x&range=30"), None);
        assert_eq!(to("/", "of=mine").as_deref(), Some("/"));
        assert_eq!(to("/", "of=everything"), None);
        assert_eq!(
            to("/approvals", "show=mine&team=x").as_deref(),
            Some("/approvals?team=x")
        );
        assert_eq!(to("/approvals", "show=open"), None);
        assert_eq!(to("/deploys", "sort=name&x=%20"), None);
        assert_eq!(to("/deploys", "a=1&&b=2").as_deref(), Some("/deploys?a=1&b=2"));
    }

    #[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
    #[serde(default)]
    struct Query {
        q: String,
        kind: String,
        #[serde(flatten)]
        place: Place,
    }

    impl ListAddress for Query {
        fn path(&self) -> String {
            "/things".into()
        }

        fn fields(&self) -> Vec<(&'static str, &str)> {
            vec![("q", &self.q), ("kind", &self.kind)]
        }

        fn place(&self) -> &Place {
            &self.place
        }

        fn place_mut(&mut self) -> &mut Place {
            &mut self.place
        }
    }

    fn read(address: &str) -> Query {
        let uri = address.parse().unwrap();
        axum::extract::Query::try_from_uri(&uri).unwrap().0
    }

    #[test]
    fn the_address_of_a_list_is_its_whole_state_without_defaults() {
        assert_eq!(Query::default().href(), "/things");
        assert_eq!(Query::default().cleared(), None);
        let address = "/things?q=a%26b&kind=api&after=1_x";
        let query = read(address);
        assert_eq!(query.href(), address);
        assert_eq!(query.position(), Position::After("1_x".into()));
        assert_eq!(query.whole_at("/things.csv"), "/things.csv?q=a%26b&kind=api");
        assert_eq!(query.cleared().as_deref(), Some("/things"));
        assert_eq!(query.with(|query| query.kind.clear()).href(), "/things?q=a%26b");
    }

    #[test]
    fn neighbours_and_facets_are_addresses_of_the_same_list() {
        let page = Page::<()> {
            rows: Vec::new(),
            previous: Some("b".into()),
            next: Some("c".into()),
        };
        let query = read("/things?kind=api&after=a");
        let (previous, next) = query.neighbours(&page);
        assert_eq!(previous.as_deref(), Some("/things?kind=api&before=b"));
        assert_eq!(next.as_deref(), Some("/things?kind=api&after=c"));
        let facet = |value: &str| query.facet(|query| &mut query.kind, value, ("Any", 2));
        assert_eq!(
            (facet("api").href.as_str(), facet("api").chosen),
            ("/things", true)
        );
        assert_eq!(facet("user").href, "/things?kind=user");
    }

    #[test]
    fn nobody_is_sent_to_another_site() {
        assert_eq!(tidied("//evil.example", "q="), None);
        assert_eq!(tidied("/\\evil.example", "q="), None);
    }
}
