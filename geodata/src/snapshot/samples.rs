//! A short list of every so many rows of a long sorted table, that one search in the table begins with: in the table
//! itself each of twenty steps would wait for memory.

/// Rows of the table for each of the list: what is left to search are a few lines of memory.
const EVERY: usize = 64;

/// What every [`EVERY`]th row of a table is sorted by.
pub(super) struct Samples(Vec<u32>);

impl Samples {
    /// Of rows that are sorted by `key`.
    pub(super) fn of<T>(rows: &[T], key: impl Fn(&T) -> u32) -> Samples {
        Samples(rows.iter().step_by(EVERY).map(key).collect())
    }

    /// How many of the same rows have a key below `limit`.
    pub(super) fn below<T>(&self, limit: u32, rows: &[T], key: impl Fn(&T) -> u32) -> usize {
        let begun = self.0.partition_point(|first| *first < limit);
        let (from, to) = (begun.saturating_sub(1) * EVERY, begun * EVERY);
        let to = to.min(rows.len());
        from + rows[from..to].partition_point(|row| key(row) < limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_many_are_below_as_by_looking_at_all(
            mut rows in proptest::collection::vec(0_u32..300, 0..500),
            limit in 0_u32..310,
        ) {
            rows.sort_unstable();
            let samples = Samples::of(&rows, |row| *row);
            let below = rows.iter().filter(|row| **row < limit).count();
            prop_assert_eq!(samples.below(limit, &rows, |row| *row), below);
        }
    }
}
