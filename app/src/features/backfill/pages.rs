//! `/admin/integrations/github/repositories`

mod list;
mod row;
mod totals;

pub use self::list::repositories_page;
