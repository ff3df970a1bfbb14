//! What can be wrong with a trail, in words that name the place.

use uuid::Uuid;

/// The first thing that is wrong. Whoever reads it looks at that row in the last good backup.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Numbers are missing.
    #[error("seal {first}{} missing: seals were deleted", until(*.first, *.last))]
    SealsMissing {
        /// The first missing number.
        first: i64,
        /// The last missing number before the next seal.
        last: i64,
    },
    /// A number stands twice, or below the first.
    #[error("seal {number} of row {row} was inserted: that number was given before")]
    SealInserted {
        /// Its number.
        number: i64,
        /// The row that it names.
        row: Uuid,
    },
    /// A seal does not follow from the one before it.
    #[error(
        "seal {number} of row {row} was altered: its hash does not follow from what it says and from the seal before"
    )]
    SealAltered {
        /// Its number.
        number: i64,
        /// The row that it names.
        row: Uuid,
    },
    /// The row is gone.
    #[error("row {row}, sealed as number {number}, was deleted")]
    RowDeleted {
        /// Number of its seal.
        number: i64,
        /// The row.
        row: Uuid,
    },
    /// The row is not what was sealed.
    #[error("row {row}, sealed as number {number}, was altered: it does not hash to what was sealed")]
    RowAltered {
        /// Number of its seal.
        number: i64,
        /// The row.
        row: Uuid,
    },
    /// Another row was sealed at this place.
    #[error("number {number} holds row {row}, but another row was sealed there: rows were reordered")]
    Reordered {
        /// The place.
        number: i64,
        /// The row that stands there.
        row: Uuid,
    },
    /// Parts of a row were erased, and no sealed row says that a person was.
    #[error(
        "row {row}, sealed as number {number}, was partly erased, but no sealed row says that its person was erased"
    )]
    ErasedWithoutTrace {
        /// Number of its seal.
        number: i64,
        /// The row.
        row: Uuid,
    },
    /// The chain ends before its head.
    #[error("the trail ends at seal {last}, but its head says {head}: its end was cut off")]
    CutOff {
        /// Last seal found.
        last: i64,
        /// Number of the head.
        head: i64,
    },
    /// The chain and its head differ.
    #[error(
        "the head says another hash than seal {last}, or the trail goes on after the head: the head was altered"
    )]
    HeadAltered {
        /// Last seal found.
        last: i64,
    },
    /// A checkpoint is not the seal that it names, or is gone.
    #[error(
        "the checkpoint at seal {number} is missing or says another hash than the seal: one of the two was altered"
    )]
    CheckpointAltered {
        /// Its number.
        number: i64,
    },
    /// A signed head that was kept elsewhere says something else.
    #[error(
        "the signed head of seal {number} says another hash, or the trail ends before it: the trail was rewritten after it was signed"
    )]
    Rewritten {
        /// Number of the signed head.
        number: i64,
    },
    /// A row without a seal that no sealer will find.
    #[error(
        "row {row} has no seal and waits for none: it was inserted past the trail, or its seal was deleted"
    )]
    RowInserted {
        /// The row.
        row: Uuid,
    },
    /// A row that waits for its seal too long.
    #[error(
        "row {row} has waited for its seal for {seconds} s: no process seals; see that `fairway serve` or `fairway worker` runs"
    )]
    Unsealed {
        /// The row.
        row: Uuid,
        /// For how long.
        seconds: i64,
    },
    /// A row that waits for its seal is gone.
    #[error("row {row} was deleted before it was sealed")]
    LostUnsealed {
        /// The row.
        row: Uuid,
    },
}

/// The verb after one number; after a range its end as well: " to 7 are".
fn until(first: i64, last: i64) -> String {
    if first == last {
        " is".to_owned()
    } else {
        format!(" to {last} are")
    }
}
