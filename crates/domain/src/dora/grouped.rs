//! Values of one day that the table below the figures shows by team or service: sorted as a whole and within each group.

use super::{
    Spread,
    column::{Column, exact_millis, of_millis},
    packed::{Unreadable, put_all, take_all},
    percentile::two_percentiles,
};

/// Sorted values, and the same once more group by group.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Grouped {
    /// All of them.
    pub(super) all: Column,
    /// Group `i` has the values from `starts[i]` to `starts[i + 1]`.
    starts: Box<[u32]>,
    by_group: Values,
}

/// As a [`Column`], but in one form: milliseconds where every value has exactly that many.
#[derive(Clone, Debug, PartialEq)]
enum Values {
    Millis(Box<[u32]>),
    Seconds(Box<[f64]>),
}

impl Default for Grouped {
    fn default() -> Self {
        Self::of(Vec::new())
    }
}

impl Grouped {
    /// Takes values with the index of their group, in any order.
    pub(super) fn of(mut values: Vec<(f64, u32)>) -> Self {
        values.retain(|(value, _)| !value.is_nan());
        values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let sorted: Vec<f64> = values.iter().map(|(value, _)| *value).collect();
        let groups: Vec<u32> = values.into_iter().map(|(_, group)| group).collect();
        Self::sorted(Column::sorted(&sorted), &groups)
    }

    /// A column with the group of each of its values.
    fn sorted(all: Column, groups: &[u32]) -> Self {
        let size = groups.iter().max().map_or(0, |last| *last as usize + 1);
        let mut starts = vec![0_u32; size + 1];
        for group in groups {
            starts[*group as usize + 1] += 1;
        }
        for index in 1..starts.len() {
            starts[index] += starts[index - 1];
        }
        let mut next = starts.clone();
        let mut placed = vec![0.0; groups.len()];
        for (value, group) in all.iter().zip(groups) {
            let place = &mut next[*group as usize];
            placed[*place as usize] = value;
            *place += 1;
        }
        let millis: Option<Box<[u32]>> = placed.iter().map(|value| exact_millis(*value)).collect();
        Self {
            all,
            starts: starts.into(),
            by_group: millis.map_or_else(|| Values::Seconds(placed.into()), Values::Millis),
        }
    }

    /// How many groups there is room for; those after have no values.
    fn groups(&self) -> usize {
        self.starts.len() - 1
    }

    /// Adds the values of a group to others.
    pub(super) fn gather(&self, group: usize, gathered: &mut Gathered) {
        if group >= self.groups() {
            return;
        }
        let range = self.starts[group] as usize..self.starts[group + 1] as usize;
        match &self.by_group {
            Values::Millis(millis) => gathered.millis.extend_from_slice(&millis[range]),
            Values::Seconds(seconds) => gathered.seconds.extend_from_slice(&seconds[range]),
        }
    }

    /// Bytes in memory, roughly.
    pub(super) fn weight(&self) -> usize {
        let by_group = match &self.by_group {
            Values::Millis(millis) => millis.len() * 4,
            Values::Seconds(seconds) => seconds.len() * 8,
        };
        self.all.weight() + self.starts.len() * 4 + by_group
    }

    /// Appends its bytes.
    pub(super) fn put(&self, bytes: &mut Vec<u8>) {
        let values: Vec<f64> = match &self.by_group {
            Values::Millis(millis) => millis.iter().map(|millis| of_millis(*millis)).collect(),
            Values::Seconds(seconds) => seconds.to_vec(),
        };
        let groups = (0_u32..).zip(self.starts.windows(2));
        let groups = groups.flat_map(|(group, ends)| (ends[0]..ends[1]).map(move |_| group));
        let mut with_group: Vec<(f64, u32)> = values.into_iter().zip(groups).collect();
        with_group.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let groups: Vec<u32> = with_group.into_iter().map(|(_, group)| group).collect();
        self.all.put(bytes);
        put_all(&groups, bytes);
    }

    /// Takes the values of a day of so many groups from the front of bytes.
    pub(super) fn take(bytes: &mut &[u8], groups: usize) -> Result<Self, Unreadable> {
        let all = Column::take(bytes)?;
        let indices: Box<[u32]> = take_all(bytes)?;
        let whole = indices.len() == all.len() && indices.iter().all(|index| (*index as usize) < groups);
        if whole {
            Ok(Self::sorted(all, &indices))
        } else {
            Err(Unreadable)
        }
    }
}

/// The values of one group over many days.
#[derive(Default)]
pub(super) struct Gathered {
    millis: Vec<u32>,
    seconds: Vec<f64>,
}

impl Gathered {
    /// Their spread; nothing is left after it.
    pub(super) fn spread(&mut self) -> Spread {
        if !self.seconds.is_empty() {
            let millis = self.millis.drain(..).map(of_millis);
            self.seconds.extend(millis);
            return Spread::of(&mut self.seconds);
        }
        // Whole milliseconds are ordered as the seconds that they stand for.
        let both = two_percentiles(&mut self.millis, (0.5, 0.9));
        Spread {
            median: both.map(|(median, _)| median),
            p90: both.map(|(_, p90)| p90),
            n: self.millis.len() as u64,
        }
    }
}
