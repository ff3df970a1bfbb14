//! Teams by name, for the page's filter.

use domain::{ids::TeamId, people::TeamRef};

use crate::{Reads, Result};

impl Reads {
    /// Every team that owns or owned a service, by title.
    pub async fn owning_teams(&self) -> Result<Vec<TeamRef>> {
        let teams = sqlx::query!(
            "select id, slug, title from teams t
             where (select true from services s where s.team_id = t.id limit 1)
                or (select true from service_owners o where o.team_id = t.id limit 1)
             order by lower(title), id"
        );
        let teams = teams.fetch_all(&self.pool).await?.into_iter();
        Ok(teams
            .map(|team| TeamRef {
                id: TeamId(team.id),
                slug: team.slug,
                title: team.title,
            })
            .collect())
    }

    /// The team of a slug in any case: stored ones are in lower case.
    pub async fn team(&self, slug: &str) -> Result<Option<TeamRef>> {
        let slug = slug.to_ascii_lowercase();
        let team = sqlx::query!("select id, slug, title from teams where slug = $1", slug);
        let team = team.fetch_optional(&self.pool).await?;
        Ok(team.map(|team| TeamRef {
            id: TeamId(team.id),
            slug: team.slug,
            title: team.title,
        }))
    }
}
