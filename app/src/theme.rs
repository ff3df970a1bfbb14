//! Light or dark: a cookie that the server reads, so that nothing flashes, and a plain form that sets it.

use axum::{
    Form,
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use http::header::SET_COOKIE;
use serde::Deserialize;

/// Which colours a person chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// All, in the order of the switch.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];
    /// The cookie's name.
    pub const COOKIE: &'static str = "fairway_theme";

    /// `system`, `light` or `dark`: the cookie's value and the attribute on `<html>`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The word on the switch.
    pub fn label(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// The theme that a cookie names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.as_str() == text)
    }
}

/// The form of the switch.
#[derive(Debug, Deserialize)]
pub struct ThemeForm {
    /// As the system says where the form leaves it out.
    #[serde(default)]
    theme: Theme,
    /// Where to go back to: a path of this site.
    #[serde(default)]
    to: String,
}

/// `POST /theme`: keeps the choice for a year and goes back to the page it came from.
pub async fn theme_handler(Form(form): Form<ThemeForm>) -> Response {
    let cookie = format!(
        "{}={}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly",
        Theme::COOKIE,
        form.theme.as_str()
    );
    (
        AppendHeaders([(SET_COOKIE, cookie)]),
        Redirect::to(own_path(&form.to)),
    )
        .into_response()
}

/// The path itself when it stays on this site, else the home page: a form must not send people elsewhere.
///
/// Browsers read `//host` and `/\host` as another site and drop control characters, so none of these pass.
fn own_path(path: &str) -> &str {
    let second = path.chars().nth(1);
    let own = path.starts_with('/')
        && !matches!(second, Some('/' | '\\'))
        && path.chars().all(|c| c.is_ascii_graphic());
    if own { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::own_path;

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
}
