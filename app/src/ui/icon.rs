//! Icons: drawn here on a 16 × 16 field, in strokes of the text's colour. They never stand alone without a name.

use leptos::prelude::*;

/// Which drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IconName {
    /// The product's mark: a channel between two banks, and what goes through it.
    Fairway,
    /// A house.
    Home,
    /// A stack of boxes.
    Services,
    /// A ship on its way.
    Deploys,
    /// A shield with a tick.
    Approvals,
    /// Four tiles.
    Catalog,
    /// Two people.
    Teams,
    /// A rising line.
    Dora,
    /// Two sliders.
    Admin,
    /// A globe.
    Environments,
    /// A shield.
    Policies,
    /// A written roll.
    Audit,
    /// A tray.
    Inbox,
    /// A wheel that turns.
    Jobs,
    /// A broken link.
    Unmatched,
    /// A bound book.
    Repositories,
    /// A plug.
    Integrations,
    /// Two heads.
    People,
    /// A key.
    Key,
    /// A glass.
    Search,
    /// Three lines.
    Menu,
    /// A sun.
    Light,
    /// A moon.
    Dark,
    /// A screen.
    System,
}

impl IconName {
    fn paths(self) -> &'static str {
        match self {
            Self::Fairway => "",
            Self::Home => "M2.5 7.2 8 2.6l5.5 4.6v5.3a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1ZM6.3 13.4V9.5h3.4v3.9",
            Self::Services => "M8 1.9 13.6 5 8 8.1 2.4 5ZM2.4 8 8 11.1 13.6 8M2.4 11 8 14.1 13.6 11",
            Self::Deploys => "M8 13.6V2.6M3.6 6.9 8 2.5l4.4 4.4M3 13.6h10",
            Self::Approvals => {
                "M8 1.9 13 3.8v3.9c0 3-2.1 5.2-5 6.4-2.9-1.2-5-3.4-5-6.4V3.8ZM5.7 8l1.7 1.7 3-3.4"
            }
            Self::Dora => "M2.5 2.5v10a1 1 0 0 0 1 1h10M5 10.2 7.7 7l2.2 2L13.3 5",
            Self::Catalog => "M2.6 2.6H7V7H2.6ZM9 2.6h4.4V7H9ZM2.6 9H7v4.4H2.6ZM9 9h4.4v4.4H9Z",
            Self::Teams => {
                "M6 2.8a2.4 2.4 0 1 1 0 4.8 2.4 2.4 0 0 1 0-4.8ZM1.8 13.4a4.2 4.2 0 0 1 8.4 0M10.6 3.1a2.3 2.3 0 0 1 0 4.2M11.9 9.7a4.2 4.2 0 0 1 2.4 3.7"
            }
            Self::Admin => {
                "M2.5 5h5M11.5 5h2M9.5 3a2 2 0 1 1 0 4 2 2 0 0 1 0-4ZM2.5 11h2M8.5 11h5M6.5 9a2 2 0 1 1 0 4 2 2 0 0 1 0-4Z"
            }
            Self::Environments => {
                "M8 2.4a5.6 5.6 0 1 1 0 11.2A5.6 5.6 0 0 1 8 2.4ZM2.4 8h11.2M8 2.4c3.2 3.4 3.2 7.8 0 11.2M8 2.4c-3.2 3.4-3.2 7.8 0 11.2"
            }
            Self::Policies => "M8 2.2 13 4v4.2c0 2.9-2 4.8-5 5.8-3-1-5-2.9-5-5.8V4ZM5.8 8l1.6 1.6 2.9-3.2",
            Self::Audit => "M3.2 2.5h9.6v11.1l-2.4-1.4L8 13.6l-2.4-1.4-2.4 1.4ZM5.8 5.6h4.4M5.8 8.4h4.4",
            Self::Inbox => {
                "M2.4 9 4.2 3.4a1 1 0 0 1 1-.7h5.6a1 1 0 0 1 1 .7L13.6 9v3.4a1 1 0 0 1-1 1H3.4a1 1 0 0 1-1-1ZM2.4 9h3.2l1 1.8h2.8l1-1.8h3.2"
            }
            Self::Jobs => {
                "M13.4 6.6A5.6 5.6 0 0 0 3.2 5M3 2.4V5.2h2.8M2.6 9.4A5.6 5.6 0 0 0 12.8 11M13 13.6v-2.8h-2.8"
            }
            Self::Unmatched => {
                "M6.6 4.4 8 3a3.5 3.5 0 0 1 5 5l-1.4 1.4M9.4 11.6 8 13a3.5 3.5 0 0 1-5-5l1.4-1.4M2.6 2.6l10.8 10.8"
            }
            Self::Repositories => {
                "M4.2 2.5h7.6a1 1 0 0 1 1 1v10H4.6a1.4 1.4 0 0 1-1.4-1.4V3.5a1 1 0 0 1 1-1ZM3.2 12.1a1.4 1.4 0 0 1 1.4-1.4h8.2M6.2 5.3h3.6"
            }
            Self::Integrations => "M5.8 2.2v3.2M10.2 2.2v3.2M3.8 5.4h8.4v2.2a4.2 4.2 0 0 1-8.4 0ZM8 11.8v2.4",
            Self::Key => "M10.5 2.5a3 3 0 1 1 0 6 3 3 0 0 1 0-6ZM8.4 7.6 2.6 13.4M4.6 11.4l1.8 1.8",
            Self::People => {
                "M6 2.6a2.4 2.4 0 1 1 0 4.8 2.4 2.4 0 0 1 0-4.8ZM1.8 13.4a4.2 4.2 0 0 1 8.4 0M10.4 2.8a2.4 2.4 0 0 1 0 4.4M12 9.6a4.2 4.2 0 0 1 2.2 3.8"
            }
            Self::Search => "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9ZM10.3 10.3l3.2 3.2",
            Self::Menu => "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
            Self::Light => {
                "M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6ZM8 1.4v1.4M8 13.2v1.4M1.4 8h1.4M13.2 8h1.4M3.3 3.3l1 1M11.7 11.7l1 1M12.7 3.3l-1 1M4.3 11.7l-1 1"
            }
            Self::Dark => "M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8Z",
            Self::System => {
                "M3 2.8h10a1 1 0 0 1 1 1v6.4a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V3.8a1 1 0 0 1 1-1ZM5.6 13.6h4.8"
            }
        }
    }
}

/// One icon.
#[component]
pub fn Icon(
    /// Which drawing.
    name: IconName,
) -> impl IntoView {
    if name == IconName::Fairway {
        return view! {
            <svg class="mark" width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
                <path class="mark-bank" d="M2.6 15.6 6.4 2.4M15.4 15.6 11.6 2.4" />
                <circle class="mark-buoy" cx="9" cy="5" r="1.4" />
                <circle class="mark-buoy" cx="9" cy="11.4" r="2.3" />
            </svg>
        }
        .into_any();
    }
    view! { <svg class="icon" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true"><path d=name.paths() /></svg> }.into_any()
}
