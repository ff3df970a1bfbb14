//! Who may do what. Nothing is allowed unless a grant says so.
//!
//! A person holds grants: a role for the whole organisation or for one team, narrowed by the tier of the service and the
//! class of the environment. A token holds scopes, and never more than its owner. [`authorize`] is the one rule: commands
//! ask it before they act, and pages ask it to disable what would be refused, with the same reason.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    actor::{Scope, Viewer},
    catalog::Tier,
    environments::EnvironmentClass,
    error::FieldErrors,
    ids::{GrantId, TeamId},
    people::TeamRef,
    sight::{Audience, Sight},
};

/// What somebody is. Each role may also do what the ones before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Looks at everything but what came in raw.
    Viewer,
    /// Registers services, reports and corrects.
    Developer,
    /// Decides about releases.
    Approver,
    /// Runs the platform: repositories, jobs, deliveries, environments.
    Operator,
    /// Gives roles, connects outside systems.
    Admin,
}

impl Role {
    /// All, from the least to the most.
    pub const ALL: [Self; 5] = [
        Self::Viewer,
        Self::Developer,
        Self::Approver,
        Self::Operator,
        Self::Admin,
    ];

    /// The stored and displayed word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Developer => "developer",
            Self::Approver => "approver",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// The role that a word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// Where a role holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Which grant.
    pub id: GrantId,
    /// The role.
    pub role: Role,
    /// Only for what this team owns; `None`: for the whole organisation.
    pub team: Option<TeamRef>,
    /// Only for services of these tiers; empty: of every tier.
    pub tiers: Vec<Tier>,
    /// Only for environments of these classes; empty: of every class.
    pub classes: Vec<EnvironmentClass>,
}

impl Grant {
    /// Whether it holds for everything in the organisation.
    pub fn is_whole(&self) -> bool {
        self.team.is_none() && self.tiers.is_empty() && self.classes.is_empty()
    }

    /// Whether it lets one give roles.
    pub fn makes_admin(&self) -> bool {
        self.role == Role::Admin && self.is_whole()
    }

    /// The role and what narrows it, where the team is known.
    pub fn within_team(&self) -> String {
        Self {
            team: None,
            ..self.clone()
        }
        .to_string()
    }

    /// Whether it holds for what an act is about.
    pub fn covers(&self, resource: &Resource) -> bool {
        match resource {
            Resource::Anything => true,
            Resource::Organisation => self.is_whole(),
            Resource::Owned(owned) => {
                let team = self.team.as_ref().is_none_or(|team| owned.team == Some(team.id));
                let tier = self.tiers.is_empty() || owned.tier.is_some_and(|tier| self.tiers.contains(&tier));
                let class =
                    self.classes.is_empty() || owned.class.is_some_and(|class| self.classes.contains(&class));
                team && tier && class
            }
        }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.role.as_str())?;
        if let Some(team) = &self.team {
            write!(f, " of {}", team.title)?;
        }
        if !self.tiers.is_empty() {
            let tiers: Vec<String> = self.tiers.iter().map(ToString::to_string).collect();
            write!(f, ", tier {}", tiers.join(" and "))?;
        }
        if !self.classes.is_empty() {
            let classes: Vec<&str> = self.classes.iter().map(|class| class.as_str()).collect();
            write!(f, ", in {}", classes.join(" and "))?;
        }
        Ok(())
    }
}

/// A role to give, as somebody chose it; the team is named by its slug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGrant {
    /// The role.
    pub role: Role,
    /// Slug of the team; `None`: for the whole organisation.
    pub team: Option<String>,
    /// Only for these tiers.
    pub tiers: Vec<Tier>,
    /// Only for these classes.
    pub classes: Vec<EnvironmentClass>,
}

impl NewGrant {
    /// Reads a role and what narrows it as a form sends it.
    ///
    /// # Errors
    /// What is wrong with each field.
    pub fn parse(role: &str, team: &str, tiers: &[&str], classes: &[&str]) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        let known = Role::parse(role);
        if known.is_none() {
            errors.add(
                "role",
                format!("choose from {}", Role::ALL.map(Role::as_str).join(", ")),
            );
        }
        let of_tiers: Result<Vec<Tier>, _> = tiers.iter().map(|tier| Tier::parse(tier)).collect();
        if of_tiers.is_err() {
            errors.add("tiers", "choose tiers from 1 to 4");
        }
        let of_classes: Option<Vec<EnvironmentClass>> = classes
            .iter()
            .map(|class| EnvironmentClass::parse(class))
            .collect();
        if of_classes.is_none() {
            errors.add("classes", "choose classes that environments have");
        }
        errors.or(Self {
            role: known.unwrap_or(Role::Viewer),
            team: Some(team.trim().to_owned()).filter(|team| !team.is_empty()),
            tiers: of_tiers.unwrap_or_default(),
            classes: of_classes.unwrap_or_default(),
        })
    }

    /// A role for the whole organisation.
    pub fn whole(role: Role) -> Self {
        Self {
            role,
            team: None,
            tiers: Vec::new(),
            classes: Vec::new(),
        }
    }
}

/// What an act is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// Something, before it is known what: whoever may do it nowhere is told so first.
    Anything,
    /// The organisation as a whole.
    Organisation,
    /// Something that a team owns.
    Owned(Owned),
}

/// What grants and tokens look at in something that a team owns. What is not known is covered by none that asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owned {
    /// The owning team.
    pub team: Option<TeamId>,
    /// The service's tier.
    pub tier: Option<Tier>,
    /// The environment's name, where the act is about one.
    pub environment: Option<String>,
    /// The environment's class.
    pub class: Option<EnvironmentClass>,
}

/// What can be done. Each needs a role, and tokens need a scope too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Look at pages.
    Look,
    /// Look at what came in raw, and how Fairway itself fares.
    LookAtPlatform,
    /// Look at the audit trail, which says who did what from where.
    LookAtTrail,
    /// Report a deploy or its phases.
    ReportDeploy,
    /// Report an incident.
    ReportIncident,
    /// Correct the record of a deploy.
    CorrectDeploy,
    /// Say which service a deployment belongs to.
    MatchDeployment,
    /// Register a service by hand.
    RegisterService,
    /// Make a service private, or seen by the whole organisation again.
    SetVisibility,
    /// Import catalog files.
    ImportCatalog,
    /// Make services of repositories, ignore some, read their history.
    ManageRepositories,
    /// Say what an environment is for.
    SetEnvironmentClass,
    /// Process a delivery again.
    ReplayDelivery,
    /// Run a failed job again.
    RetryJob,
    /// Check how Fairway stands with GitHub.
    CheckGithub,
    /// Make Fairway's GitHub App.
    ConnectGithub,
    /// Name the organisation.
    DescribeOrganisation,
    /// Invite people, give and take roles, disable accounts.
    ManagePeople,
    /// Make and end tokens of others and of programs, and say which workflows are trusted.
    ManageTokens,
    /// Make and end one's own tokens.
    OwnTokens,
    /// Ask for a release to be taken to an environment by Fairway.
    RequestDeploy,
    /// Act on a deploy that Fairway drives: confirm it, end it, roll it back.
    Deploy,
    /// Decide about a release, and look through what was done without a decision.
    Approve,
    /// Go on without the decision that a policy asks for.
    BreakGlass,
    /// Say what has to be decided, by how many and by whom; and when nothing may be deployed.
    EditPolicies,
    /// Say who carries deploys out.
    EditExecutors,
    /// Say by what a service is watched after a deploy.
    EditChecks,
}

impl Action {
    /// All.
    pub const ALL: [Self; 27] = [
        Self::Look,
        Self::LookAtPlatform,
        Self::LookAtTrail,
        Self::ReportDeploy,
        Self::ReportIncident,
        Self::CorrectDeploy,
        Self::MatchDeployment,
        Self::RegisterService,
        Self::SetVisibility,
        Self::ImportCatalog,
        Self::ManageRepositories,
        Self::SetEnvironmentClass,
        Self::ReplayDelivery,
        Self::RetryJob,
        Self::CheckGithub,
        Self::ConnectGithub,
        Self::DescribeOrganisation,
        Self::ManagePeople,
        Self::ManageTokens,
        Self::OwnTokens,
        Self::RequestDeploy,
        Self::Deploy,
        Self::Approve,
        Self::BreakGlass,
        Self::EditPolicies,
        Self::EditExecutors,
        Self::EditChecks,
    ];

    /// The least role that may.
    pub fn needs(self) -> Role {
        match self {
            Self::Look | Self::OwnTokens => Role::Viewer,
            Self::LookAtPlatform
            | Self::ReportDeploy
            | Self::ReportIncident
            | Self::CorrectDeploy
            | Self::MatchDeployment
            | Self::RegisterService
            | Self::SetVisibility
            | Self::RequestDeploy
            | Self::Deploy
            | Self::EditChecks => Role::Developer,
            Self::Approve => Role::Approver,
            Self::LookAtTrail
            | Self::ImportCatalog
            | Self::ManageRepositories
            | Self::SetEnvironmentClass
            | Self::ReplayDelivery
            | Self::RetryJob
            | Self::CheckGithub => Role::Operator,
            Self::ConnectGithub
            | Self::DescribeOrganisation
            | Self::ManagePeople
            | Self::ManageTokens
            | Self::BreakGlass
            | Self::EditPolicies
            | Self::EditExecutors => Role::Admin,
        }
    }

    /// The scope with which a token may; `None`: no token ever may.
    pub fn scope(self) -> Option<Scope> {
        match self {
            Self::Look | Self::LookAtPlatform | Self::LookAtTrail => Some(Scope::Read),
            Self::ReportDeploy | Self::RequestDeploy | Self::Deploy => Some(Scope::DeploysWrite),
            Self::ReportIncident => Some(Scope::IncidentsWrite),
            Self::CorrectDeploy
            | Self::MatchDeployment
            | Self::SetEnvironmentClass
            | Self::ReplayDelivery
            | Self::RetryJob
            | Self::CheckGithub => Some(Scope::CorrectionsWrite),
            Self::RegisterService
            | Self::SetVisibility
            | Self::ImportCatalog
            | Self::ManageRepositories
            | Self::EditChecks => Some(Scope::CatalogWrite),
            Self::ConnectGithub
            | Self::DescribeOrganisation
            | Self::ManagePeople
            | Self::ManageTokens
            | Self::OwnTokens
            | Self::Approve
            | Self::BreakGlass
            | Self::EditPolicies
            | Self::EditExecutors => None,
        }
    }
}

/// Why something may not be done, and who can change that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// A token has not the scope.
    #[error("this token lacks the scope `{}`; create one that has it with `fairway token create --name NAME --scope {}`", .0.as_str(), .0.as_str())]
    Scope(Scope),
    /// A token is limited to environments, and this is about none of them.
    #[error("This token is limited to other environments than this is about. Use one that is not.")]
    Environment,
    /// No token may do this.
    #[error("A token cannot do this. Sign in, or use the command line of the server.")]
    Token,
    /// A role is missing everywhere.
    #[error("This needs the role {}. An admin can grant it.", .0.as_str())]
    Role(Role),
    /// The role is there, but not for the whole organisation.
    #[error("This needs the role {} for the whole organisation. An admin can grant it.", .0.as_str())]
    Whole(Role),
    /// The role is there, but not for this.
    #[error("This needs the role {} for the team, tier and environment that this is about. An admin can grant it.", .0.as_str())]
    Elsewhere(Role),
    /// It is for the owning team to decide.
    #[error(
        "Only the owning team and admins of the organisation decide who sees this. Ask them, or ask an admin for a role of the team."
    )]
    NotOwner,
}

/// Whether a viewer may do something to something. Denies unless a grant allows it.
///
/// # Errors
/// Why not, in a sentence for the person who asked.
pub fn authorize(viewer: &Viewer, action: Action, resource: &Resource) -> Result<(), Denial> {
    if let Some(scopes) = viewer.scopes() {
        match action.scope() {
            None => return Err(Denial::Token),
            Some(scope) if !scopes.contains(&scope) => return Err(Denial::Scope(scope)),
            Some(_) => {}
        }
    }
    if !viewer.reach().covers(resource) {
        return Err(Denial::Environment);
    }
    let Some(grants) = viewer.grants() else {
        return Ok(());
    };
    let role = action.needs();
    let mut holding = grants.iter().filter(|grant| grant.role >= role).peekable();
    if holding.peek().is_none() {
        return Err(Denial::Role(role));
    }
    if holding.any(|grant| grant.covers(resource)) {
        return Ok(());
    }
    Err(match resource {
        Resource::Anything => Denial::Role(role),
        Resource::Organisation => Denial::Whole(role),
        Resource::Owned(_) => Denial::Elsewhere(role),
    })
}

/// Whether a viewer may say who sees a service: nobody hides what they would not see themselves.
///
/// # Errors
/// Why not, in a sentence for the person who asked.
pub fn authorize_visibility(viewer: &Viewer, owned: Owned) -> Result<(), Denial> {
    let team = owned.team;
    authorize(viewer, Action::SetVisibility, &Resource::Owned(owned))?;
    if Sight::of(viewer).hears(Audience::Team(team)) {
        Ok(())
    } else {
        Err(Denial::NotOwner)
    }
}

#[cfg(test)]
mod tests;
