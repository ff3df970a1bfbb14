//! The rule that finds the first thing that is wrong, seal by seal and without holding more than one of them.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;

use super::{Digest, Fault, Seal, TrailRow};

/// A seal with the row that it names, where that exists.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The seal.
    pub seal: Seal,
    /// The row.
    pub row: Option<TrailRow>,
}

/// Follows a chain from a seal on.
#[derive(Clone, Debug)]
pub struct Verifier {
    last: i64,
    hash: Digest,
    /// Hashes that the chain must have at numbers, with the fault when it does not.
    expected: BTreeMap<i64, Vec<(Vec<u8>, Fault)>>,
    /// Every so many seals there must be a checkpoint; `None` where checkpoints are not known.
    checkpoint_every: Option<i64>,
    /// Persons that a row says were erased.
    erased: HashSet<Uuid>,
    /// Rows whose erasure no row has explained yet: person, number, row. Persons are erased after what they did, so the row that
    /// says so comes later.
    unexplained: Vec<(Uuid, i64, Uuid)>,
}

impl Verifier {
    /// Begins after a seal: its number (0 for the genesis) and its hash.
    pub fn after(number: i64, hash: Digest) -> Self {
        Self {
            last: number,
            hash,
            expected: BTreeMap::new(),
            checkpoint_every: None,
            erased: HashSet::new(),
            unexplained: Vec::new(),
        }
    }

    /// Expects these checkpoints, and one at every so many seals.
    #[must_use]
    pub fn with_checkpoints(
        mut self,
        every: i64,
        checkpoints: impl IntoIterator<Item = (i64, Vec<u8>)>,
    ) -> Self {
        for (number, hash) in checkpoints {
            self.expect(number, hash, Fault::CheckpointAltered { number });
        }
        self.checkpoint_every = Some(every);
        self
    }

    /// Expects these heads, whose signatures are right.
    #[must_use]
    pub fn with_signed(mut self, heads: impl IntoIterator<Item = (i64, Vec<u8>)>) -> Self {
        for (number, hash) in heads {
            self.expect(number, hash, Fault::Rewritten { number });
        }
        self
    }

    /// What lies before the beginning cannot be compared, and the beginning itself is compared at once.
    fn expect(&mut self, number: i64, hash: Vec<u8>, fault: Fault) {
        if number >= self.last {
            self.expected.entry(number).or_default().push((hash, fault));
        }
    }

    /// Number of the last seal that was checked.
    pub fn last(&self) -> i64 {
        self.last
    }

    /// Hash of the last seal that was checked.
    pub fn hash(&self) -> &Digest {
        &self.hash
    }

    /// Compares the seal that the chain is begun after with what is expected of it.
    ///
    /// # Errors
    /// When a checkpoint or a signed head says otherwise.
    pub fn begin(&mut self) -> Result<(), Fault> {
        let begun = self.last;
        self.meet(begun)
    }

    /// Checks the next seal.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn check(&mut self, next: &Sealed) -> Result<(), Fault> {
        let Sealed { seal, row } = next;
        let (number, id) = (seal.number, seal.row);
        if number <= self.last {
            return Err(Fault::SealInserted { number, row: id });
        }
        if number > self.last + 1 {
            return Err(Fault::SealsMissing {
                first: self.last + 1,
                last: number - 1,
            });
        }
        let hash = seal.chained(&self.hash);
        if hash[..] != seal.hash[..] {
            return Err(Fault::SealAltered { number, row: id });
        }
        let Some(row) = row else {
            return Err(Fault::RowDeleted { number, row: id });
        };
        if row.hash()[..] != seal.row_hash[..] {
            return Err(Fault::RowAltered { number, row: id });
        }
        let Some(persons) = row.erased() else {
            return Err(Fault::RowAltered { number, row: id });
        };
        for person in persons {
            if !self.erased.contains(&person) {
                self.unexplained.push((person, number, id));
            }
        }
        if let Some(person) = row.erases() {
            self.erased.insert(person);
            self.unexplained.retain(|(waiting, ..)| *waiting != person);
        }
        (self.last, self.hash) = (number, hash);
        self.meet(number)
    }

    /// Checks the end: the head, where one is known, and whatever was expected and did not come.
    ///
    /// # Errors
    /// The first thing that is wrong there.
    pub fn end(mut self, head: Option<(i64, &[u8])>) -> Result<(), Fault> {
        let last = self.last;
        match head {
            Some((number, _)) if number > last => return Err(Fault::CutOff { last, head: number }),
            Some((number, hash)) if number < last || hash != self.hash => {
                return Err(Fault::HeadAltered { last });
            }
            _ => {}
        }
        if let Some((_, missed)) = self.expected.pop_first()
            && let Some((_, fault)) = missed.into_iter().next()
        {
            return Err(fault);
        }
        match self.unexplained.first() {
            Some((_, number, row)) => Err(Fault::ErasedWithoutTrace {
                number: *number,
                row: *row,
            }),
            None => Ok(()),
        }
    }

    fn meet(&mut self, number: i64) -> Result<(), Fault> {
        let met = self.expected.remove(&number).unwrap_or_default();
        let due = self.checkpoint_every.is_some_and(|every| number % every == 0) && number > 0;
        let known = met
            .iter()
            .any(|(_, fault)| matches!(fault, Fault::CheckpointAltered { .. }));
        if due && !known {
            return Err(Fault::CheckpointAltered { number });
        }
        for (hash, fault) in met {
            if hash != self.hash {
                return Err(fault);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::{
        super::row::tests::{erase, row},
        *,
    };
    use crate::trail::{What, Who, pseudonym};

    fn chain(rows: Vec<TrailRow>) -> (Vec<Sealed>, Digest) {
        let mut hash = [0; 32];
        let sealed = rows.into_iter().zip(1..).map(|(row, number)| {
            let mut seal = Seal {
                number,
                row: row.id,
                row_at: row.at,
                row_hash: row.hash().to_vec(),
                sealed_at: Some(DateTime::UNIX_EPOCH),
                hash: Vec::new(),
            };
            hash = seal.chained(&hash);
            seal.hash = hash.to_vec();
            Sealed { seal, row: Some(row) }
        });
        let sealed = sealed.collect();
        (sealed, hash)
    }

    fn five() -> (Vec<Sealed>, Digest) {
        chain((1..=5).map(row).collect())
    }

    fn verify(verifier: Verifier, sealed: &[Sealed], head: Option<(i64, &[u8])>) -> Result<(), Fault> {
        let mut verifier = verifier;
        verifier.begin()?;
        let begun = verifier.last;
        for next in sealed.iter().skip_while(|next| next.seal.number <= begun) {
            verifier.check(next)?;
        }
        verifier.end(head)
    }

    fn genesis() -> Verifier {
        Verifier::after(0, [0; 32])
    }

    fn wrong(change: impl FnOnce(&mut Vec<Sealed>)) -> Fault {
        let (mut sealed, hash) = five();
        change(&mut sealed);
        verify(genesis(), &sealed, Some((5, &hash))).unwrap_err()
    }

    #[test]
    fn what_is_whole_is_whole_from_anywhere() {
        let (sealed, hash) = five();
        assert_eq!(verify(genesis(), &sealed, Some((5, &hash))), Ok(()));
        for first in &sealed {
            let begun = Verifier::after(first.seal.number, first.seal.hash[..].try_into().unwrap());
            assert_eq!(verify(begun, &sealed, Some((5, &hash))), Ok(()));
        }
        assert_eq!(verify(genesis(), &[], Some((0, &[0; 32]))), Ok(()));
    }

    #[test]
    fn the_first_wrong_thing_is_named() {
        let id = Uuid::from_u128;
        assert_eq!(
            wrong(|all| drop(all.remove(2))),
            Fault::SealsMissing { first: 3, last: 3 }
        );
        assert_eq!(
            wrong(|all| all[2].row = None),
            Fault::RowDeleted {
                number: 3,
                row: id(3)
            }
        );
        assert_eq!(
            wrong(|all| all[2].row.as_mut().unwrap().subject.push('x')),
            Fault::RowAltered {
                number: 3,
                row: id(3)
            }
        );
        assert_eq!(
            wrong(|all| all[3].seal.sealed_at = None),
            Fault::SealAltered {
                number: 4,
                row: id(4)
            }
        );
        assert_eq!(
            wrong(|all| all.insert(3, all[2].clone())),
            Fault::SealInserted {
                number: 3,
                row: id(3)
            }
        );
        assert_eq!(wrong(|all| drop(all.pop())), Fault::CutOff { last: 4, head: 5 });
        let (sealed, _) = five();
        assert_eq!(
            verify(genesis(), &sealed, Some((5, &[1; 32]))),
            Err(Fault::HeadAltered { last: 5 })
        );
    }

    #[test]
    fn checkpoints_and_signed_heads_must_be_met() {
        let (sealed, hash) = five();
        let head = Some((5, &hash[..]));
        let noted: Vec<(i64, Vec<u8>)> = [2, 4]
            .map(|at: usize| (sealed[at - 1].seal.number, sealed[at - 1].seal.hash.clone()))
            .to_vec();
        let with = |noted: &[(i64, Vec<u8>)]| genesis().with_checkpoints(2, noted.to_vec());
        assert_eq!(verify(with(&noted), &sealed, head), Ok(()));
        assert_eq!(
            verify(with(&noted[..1]), &sealed, head),
            Err(Fault::CheckpointAltered { number: 4 })
        );
        let false_one = vec![noted[0].clone(), (4, vec![9; 32])];
        assert_eq!(
            verify(with(&false_one), &sealed, head),
            Err(Fault::CheckpointAltered { number: 4 })
        );
        let signed = |number| genesis().with_signed([(number, sealed[4].seal.hash.clone())]);
        assert_eq!(verify(signed(5), &sealed, head), Ok(()));
        assert_eq!(
            verify(signed(4), &sealed, head),
            Err(Fault::Rewritten { number: 4 })
        );
        assert_eq!(
            verify(signed(6), &sealed, head),
            Err(Fault::Rewritten { number: 6 })
        );
        let begun = Verifier::after(4, [3; 32]).with_signed([(4, vec![9; 32])]);
        assert_eq!(verify(begun, &[], None), Err(Fault::Rewritten { number: 4 }));
    }

    #[test]
    fn only_a_sealed_row_explains_what_is_erased() {
        let person = Uuid::from_u128(7);
        let mut said = row(3);
        (said.action, said.subject) = ("person.erase".into(), format!("person:{person}"));
        said.actor_id = None;
        let left = || Who {
            actor_name: pseudonym(person),
            address: None,
            user_agent: None,
        };
        let (mut sealed, _) = chain(vec![row(1), row(2), said]);
        for index in [0, 1] {
            erase(&mut sealed[index].row.as_mut().unwrap().who, left());
        }
        assert_eq!(verify(genesis(), &sealed, None), Ok(()));
        assert_eq!(
            verify(genesis(), &sealed[..2], None),
            Err(Fault::ErasedWithoutTrace {
                number: 1,
                row: Uuid::from_u128(1)
            })
        );
        erase(&mut sealed[1].row.as_mut().unwrap().what, What::default());
        assert_eq!(
            verify(genesis(), &sealed, None),
            Err(Fault::RowAltered {
                number: 2,
                row: Uuid::from_u128(2)
            }),
            "what others changed is not erased"
        );
    }
}
