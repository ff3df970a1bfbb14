//! The small numbers of services, which rollups name them by.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use sqlx::PgConnection;
use uuid::Uuid;

use crate::Result;

/// Numbers that were looked up. A service keeps its number for ever, so nothing here can be stale.
#[derive(Debug, Default)]
pub(crate) struct Numbers(Mutex<HashMap<Uuid, u32>>);

impl Numbers {
    /// Makes sure that the numbers of these services are known.
    pub(super) async fn learn(&self, connection: &mut PgConnection, services: &[Uuid]) -> Result<()> {
        let mut unknown: Vec<Uuid> = {
            let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            services
                .iter()
                .filter(|id| !known.contains_key(id))
                .copied()
                .collect()
        };
        if unknown.is_empty() {
            return Ok(());
        }
        unknown.sort_unstable();
        unknown.dedup();
        let rows = sqlx::query!("select id, number from services where id = any($1)", &unknown)
            .fetch_all(connection)
            .await?;
        // An identity column counts up from 1.
        let found = rows.into_iter().map(|row| (row.id, row.number.unsigned_abs()));
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(found);
        Ok(())
    }

    /// The numbers of services that were learnt; a deployment's service always has one.
    pub(super) fn of(&self, services: &[Uuid]) -> Vec<u32> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        services
            .iter()
            .map(|id| known.get(id).copied().unwrap_or_default())
            .collect()
    }
}
