//! What people do on a deploy's page.

use axum::{
    extract::{Path, Request, State},
    response::Response,
};
use commands::CommandError;
use domain::{
    actor::Viewer,
    deploys::corrections::NewCorrection,
    error::FieldErrors,
    ids::{CorrectionId, DeployId},
};

use crate::{
    ctx::AppContext,
    error::at_field,
    forms::{self, Fields},
    paths,
};

/// The field that names the phase which whoever confirms looks at.
pub const PHASE: &str = "phase";

/// What one can do with a deploy that Fairway drives, or that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Let it go on.
    Confirm,
    /// Call it off.
    Cancel,
    /// Undo it.
    RollBack,
    /// Say what is wrong with it.
    Report,
}

impl Act {
    const ALL: [Self; 4] = [Self::Confirm, Self::Cancel, Self::RollBack, Self::Report];

    /// The word of its form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Cancel => "cancel",
            Self::RollBack => "roll_back",
            Self::Report => "report_defect",
        }
    }

    /// The field of its reason; each has one of its own.
    pub fn field(self) -> &'static str {
        match self {
            Self::Confirm => "confirm_reason",
            Self::Cancel => "cancel_reason",
            Self::RollBack => "roll_back_reason",
            Self::Report => "report_defect_reason",
        }
    }

    /// What the first click says.
    pub fn title(self) -> &'static str {
        match self {
            Self::Confirm => "Confirm",
            Self::Cancel => "Call off",
            Self::RollBack => "Roll back",
            Self::Report => "Report a minor defect",
        }
    }

    /// What the second click says.
    pub fn does(self) -> &'static str {
        match self {
            Self::Confirm => "Let it go on",
            Self::Cancel => "Call it off",
            Self::RollBack => "Roll back now",
            Self::Report => "Report it",
        }
    }
}

/// `POST /deploys/{id}`: confirms the deploy, calls it off or rolls it back, or notes a defect of it; corrects it, or takes a
/// correction back.
pub async fn deploy_form(
    State(app): State<AppContext>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    forms::answer(app, request, |app, viewer, fields| async move {
        let missing = || CommandError::not_found(format!("deploy {id}"));
        let deploy: DeployId = id.parse().map_err(|_| missing())?;
        if fields.get("act").is_empty() {
            return correct(&app, (&viewer, deploy), &fields).await;
        }
        let act = Act::ALL.into_iter().find(|act| act.as_str() == fields.get("act"));
        let act = act.ok_or_else(|| FieldErrors::one("act", "press one of the page's buttons"))?;
        let done = done(&app, (&viewer, deploy), (act, &fields)).await;
        done.map_err(|problem| at_field(problem, ("reason", act.field())))
    })
    .await
}

/// Does what a button says; gives the page to go on to, which is the rollback's own where one began.
async fn done(
    app: &AppContext,
    (viewer, deploy): (&Viewer, DeployId),
    (act, fields): (Act, &Fields),
) -> Result<String, CommandError> {
    let (commands, reason) = (&app.commands, fields.get(act.field()));
    let page = match act {
        Act::Confirm => {
            let seen = Some(fields.get(PHASE));
            commands.confirm_drive(viewer, deploy, (seen, reason)).await?;
            deploy
        }
        Act::Cancel => {
            commands.cancel_drive(viewer, deploy, reason).await?;
            deploy
        }
        Act::RollBack => commands.roll_back_deploy(viewer, deploy, reason).await?.id,
        Act::Report => commands.report_defect(viewer, deploy, reason).await?,
    };
    Ok(format!("{}#act", paths::deploy(page)))
}

async fn correct(
    app: &AppContext,
    (viewer, deploy): (&Viewer, DeployId),
    fields: &Fields,
) -> Result<String, CommandError> {
    match fields.get("undo") {
        "" => {
            let new = NewCorrection::parse(fields.get("field"), fields.get("value"), fields.get("reason"))?;
            app.commands.correct_deploy(viewer, deploy, new).await?;
        }
        correction => {
            let correction: CorrectionId = correction
                .parse()
                .map_err(|_| CommandError::not_found(format!("correction {correction}")))?;
            app.commands
                .undo_correction(viewer, correction, fields.get("undo_reason"))
                .await?;
        }
    }
    Ok(format!("{}#corrections", paths::deploy(deploy)))
}
