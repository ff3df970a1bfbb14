//! What may be done to the trail by whoever owns the database, one of each kind.

use super::{CHECKPOINT_EVERY, ROWS};

/// Dice that always fall the same way (splitmix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }

    fn number(&mut self, from: i64, to: i64) -> i64 {
        from + i64::try_from(self.below(u64::try_from(to - from + 1).unwrap())).unwrap()
    }
}

/// A tampering, and the first number that is wrong by it; `None` for what has no number.
pub(super) struct Tampering {
    pub(super) sql: String,
    pub(super) first: Option<i64>,
}

/// The row of seal `n` is `audit a` where this holds.
fn of(n: i64) -> String {
    format!("(id, at) = (select audit_id, audit_at from audit_seals where number = {n})")
}

fn at(first: i64, sql: String) -> Tampering {
    Tampering {
        sql,
        first: Some(first),
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "a list, one entry for each kind of tampering"
)]
pub(super) fn tampering(kind: u64, dice: &mut Dice) -> Tampering {
    let n = dice.number(1, ROWS);
    let other = if n == ROWS {
        n - 1
    } else {
        dice.number(n + 1, ROWS)
    };
    let (low, high) = (n.min(other), n.max(other));
    let row = of(n);
    match kind {
        0 => {
            let texts = ["actor_kind", "actor_name", "address", "user_agent", "action", "subject", "reason", "request_id"];
            let column = dice.one_of(&texts);
            at(n, format!("update audit set {column} = coalesce({column}, '') || 'x' where {row}"))
        }
        1 => {
            let column = dice.one_of(&["address", "user_agent", "reason", "request_id"]);
            at(n, format!("update audit set {column} = case when {column} is null then '' end where {row}"))
        }
        2 => {
            let column = dice.one_of(&["before", "after"]);
            let value = dice.one_of(&["null::jsonb", "'null'::jsonb", "'{}'::jsonb", "'1.0'::jsonb", "'[1, 2]'::jsonb"]);
            at(
                n,
                format!(
                    "update audit set {column} = case when {column} is distinct from {value} then {value} else '\"y\"' end where {row}"
                ),
            )
        }
        // A number that reads the same and is written otherwise.
        3 => at(
            n,
            format!("update audit set after = coalesce(after, '{{}}') || '{{\"z\": 7.00}}', before = coalesce(before, '{{}}') || '{{\"w\": 0}}' where {row}"),
        ),
        4 => at(n, format!("update audit set at = at + interval '1 microsecond' where {row}")),
        5 => at(n, format!("update audit set id = gen_random_uuid() where {row}")),
        6 => at(n, format!("update audit set actor_id = {} where {row}", dice.one_of(&["gen_random_uuid()", "case when actor_id is null then gen_random_uuid() end"]))),
        7 => at(n, format!("delete from audit where {row}")),
        8 => at(n, format!("delete from audit where {row}; delete from audit_seals where number = {n}")),
        9 => at(n, format!("delete from audit_seals where number = {n}")),
        10 => Tampering {
            sql: format!(
                "insert into audit (id, at, actor_kind, actor_name, action, subject)
                 select gen_random_uuid(), at + interval '1 ms', actor_kind, actor_name, action, subject from audit where {row}"
            ),
            first: None,
        },
        11 => at(
            n,
            format!(
                "with new as (
                     insert into audit (id, at, actor_kind, actor_name, action, subject)
                     select gen_random_uuid(), at + interval '1 ms', actor_kind, actor_name, action, subject from audit where {row}
                     returning id, at)
                 insert into audit_seals (number, audit_id, audit_at, row_hash, sealed_at, hash)
                 select s.number, new.id, new.at, s.row_hash, s.sealed_at + interval '1 microsecond', s.hash from new, audit_seals s where number = {n}"
            ),
        ),
        12 => at(
            low,
            format!(
                "update audit a set (subject, action, after) = (select b.subject || '', b.action, b.after from audit b where (b.id, b.at)
                     = (select audit_id, audit_at from audit_seals where number = case when {} then {high} else {low} end))
                 where {} or {}",
                of(low).replace("(id, at)", "(a.id, a.at)"),
                of(low).replace("(id, at)", "(a.id, a.at)"),
                of(high).replace("(id, at)", "(a.id, a.at)"),
            ),
        ),
        13 => at(
            low,
            format!(
                "update audit_seals set number = -1 where number = {low}; update audit_seals set number = {low} where number = {high};
                 update audit_seals set number = {high} where number = -1"
            ),
        ),
        14 => at(
            low,
            format!(
                "update audit_seals s set (audit_id, audit_at) = (select o.audit_id, o.audit_at from audit_seals o
                     where o.number = {low} + {high} - s.number) where s.number in ({low}, {high})"
            ),
        ),
        15 => {
            let change = dice.one_of(&[
                "hash = sha256(hash)",
                "row_hash = sha256(row_hash)",
                "hash = ''",
                "row_hash = ''",
                "sealed_at = sealed_at + interval '1 microsecond'",
                "audit_at = audit_at + interval '1 microsecond'",
                "audit_at = 'infinity'",
                "audit_id = gen_random_uuid()",
            ]);
            at(n, format!("update audit_seals set {change} where number = {n}"))
        }
        16 => at(
            n,
            format!(
                "delete from audit where (id, at) in (select audit_id, audit_at from audit_seals where number >= {n});
                 delete from audit_seals where number >= {n}; delete from audit_checkpoints where number >= {n}"
            ),
        ),
        17 => Tampering {
            sql: format!(
                "update audit_head set {}",
                dice.one_of(&["hash = sha256(hash)", "number = number - 1", "number = number + 1", "hash = ''"])
            ),
            first: None,
        },
        18 => {
            let number = dice.number(1, ROWS / CHECKPOINT_EVERY) * CHECKPOINT_EVERY;
            let sql = dice.one_of(&["update audit_checkpoints set hash = sha256(hash)", "delete from audit_checkpoints"]);
            Tampering {
                sql: format!("{sql} where number = {number}"),
                first: None,
            }
        }
        19 => {
            let part = dice.one_of(&["who", "what"]);
            let salt = dice.one_of(&["uuid_send(gen_random_uuid())", "null", "''"]);
            at(n, format!("update audit set {part}_salt = {salt} where {row}"))
        }
        20 => at(n, format!("update audit set at = {} where {row}", dice.one_of(&["'infinity'", "'-infinity'", "'250000-01-01Z'"]))),
        21 => Tampering {
            sql: "delete from audit where (id, at) in (select audit_id, audit_at from audit_unsealed)".into(),
            first: None,
        },
        _ => Tampering {
            sql: "delete from audit_unsealed".into(),
            first: None,
        },
    }
}

/// How many kinds there are.
pub(super) const KINDS: u64 = 23;
