//! The design system: components that know no domain type, one file each, named as their stylesheet in `style/ui/`.
//!
//! Variations are attributes (`data-tone="danger"`), never classes; nothing writes a `style` attribute, because the
//! content security policy forbids it.

mod badge;
mod button;
pub mod charts;
mod copy;
mod crumbs;
mod empty;
mod fields;
mod filters;
mod header;
mod icon;
mod metric;
mod notice;
mod pagination;
mod panel;
mod props;
mod qr;
mod quorum;
mod region;
mod table;
mod tabs;
mod time;
mod tone;

pub use self::{
    badge::{Badge, StatusMark, Tag},
    button::{Button, ButtonKind, LinkButton},
    copy::{Copyable, Mono, Sha},
    crumbs::{Breadcrumbs, Crumb},
    empty::Empty,
    fields::{Checkbox, Choice, PasswordField, SearchField, Select, TextArea, TextField},
    filters::{Facet, Facets, FilterBar, Kept},
    header::PageHeader,
    icon::{Icon, IconName},
    metric::{Metric, MetricStrip, Reading},
    notice::{ErrorSummary, Notice, OF_PAGE},
    pagination::Pagination,
    panel::{Panel, Section},
    props::{Prop, Props},
    qr::QrCode,
    quorum::Quorum,
    region::{list_region, region},
    table::{Column, Row, Sorted, Table},
    tabs::{Tab, Tabs},
    time::{Clock, Span, Time, TimeStyle, Timed},
    tone::{Glyph, GlyphSprite, Status, Tone},
};
