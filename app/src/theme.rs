//! Light or dark: a cookie that the server reads, so that nothing flashes, and a plain form that sets it.

use axum::{
    Form,
    extract::State,
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use http::header::SET_COOKIE;
use serde::Deserialize;

use crate::{address::own_path, ctx::AppContext};

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
pub async fn theme_handler(State(app): State<AppContext>, Form(form): Form<ThemeForm>) -> Response {
    let secure = if app.public_url.starts_with("https://") {
        "; Secure"
    } else {
        ""
    };
    let cookie = format!(
        "{}={}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly{secure}",
        Theme::COOKIE,
        form.theme.as_str()
    );
    (
        AppendHeaders([(SET_COOKIE, cookie)]),
        Redirect::to(own_path(&form.to)),
    )
        .into_response()
}
