//! The people of the demo who sign in: one for each way of looking at Fairway. They have no passwords.

use commands::{CommandError, Commands};
use domain::{
    access::{NewGrant, Role},
    actor::Viewer,
    people::NewAccount,
};

/// Somebody to sign in as.
struct DemoPerson {
    /// What the command line calls them.
    part: &'static str,
    name: &'static str,
    email: &'static str,
    role: Role,
    team: Option<&'static str>,
    /// Their login at GitHub, where they write code: who does must not decide about what they wrote, and of whom it is not known
    /// who they are there, they may have written anything.
    login: Option<&'static str>,
}

const PEOPLE: [DemoPerson; 5] = [
    DemoPerson {
        part: "admin",
        name: "Ravi Shah",
        email: "ravi@saltmarsh.example",
        role: Role::Admin,
        team: None,
        login: Some("ravi"),
    },
    DemoPerson {
        part: "lead",
        name: "Lena Fischer",
        email: "lena@saltmarsh.example",
        role: Role::Approver,
        team: Some("payments"),
        login: Some("lena"),
    },
    // Critical services ask two people.
    DemoPerson {
        part: "approver",
        name: "Emma Berg",
        email: "emma@saltmarsh.example",
        role: Role::Approver,
        team: None,
        login: Some("emma"),
    },
    DemoPerson {
        part: "developer",
        name: "Sofia Lind",
        email: "sofia@saltmarsh.example",
        role: Role::Developer,
        team: Some("checkout"),
        login: Some("sofia"),
    },
    DemoPerson {
        part: "manager",
        name: "Clara Jensen",
        email: "clara@saltmarsh.example",
        role: Role::Viewer,
        team: None,
        login: None,
    },
];

/// The e-mail of a part: `admin`, `lead`, `approver`, `developer` or `manager`.
pub(crate) fn email_of(part: &str) -> Option<&'static str> {
    PEOPLE
        .iter()
        .find(|person| person.part == part)
        .map(|person| person.email)
}

/// Makes those who are not there yet.
pub(super) async fn make(commands: &Commands, by: &Viewer) -> Result<(), CommandError> {
    for person in &PEOPLE {
        if commands
            .reads()
            .credentials_of_email(person.email)
            .await?
            .is_some()
        {
            continue;
        }
        let new = NewAccount::parse(person.name, person.email)?;
        let own = NewGrant {
            team: person.team.map(ToOwned::to_owned),
            ..NewGrant::whole(person.role)
        };
        // Whoever works in one team looks at the others too.
        let look = person.team.map(|_| NewGrant::whole(Role::Viewer));
        let grants = std::iter::once(own).chain(look).collect();
        let made = commands.add_demo_person(by, new, grants).await?;
        if let Some(login) = person.login {
            commands
                .merge_people(by, made, login, "The demo says so.")
                .await?;
        }
    }
    Ok(())
}
