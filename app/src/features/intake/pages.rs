//! `/admin/deliveries` and one delivery.

mod detail;
mod list;

pub use self::{detail::delivery_page, list::deliveries_page};

use domain::intake::DeliveryStatus;

use crate::ui::Status;

/// How a delivery's state looks.
fn delivery_status(status: DeliveryStatus) -> Status {
    match status {
        DeliveryStatus::Received => Status::live("waiting"),
        DeliveryStatus::Processed => Status::ok("processed"),
        DeliveryStatus::Ignored => Status::idle("ignored"),
        DeliveryStatus::Dead => Status::danger("dead"),
    }
}

/// The event with its action, as GitHub writes it.
fn event_words(event: &str, action: Option<&str>) -> String {
    action.map_or_else(|| event.to_owned(), |action| format!("{event}.{action}"))
}
