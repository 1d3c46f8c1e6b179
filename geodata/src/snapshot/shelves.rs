//! Shelves of a long sorted table: on one stand the rows whose keys begin alike. To look for a row among all of them, each
//! of twenty steps would wait for memory.

/// Rows on a shelf, where keys are spread evenly: what is left to search is a line or two of memory.
const TOGETHER: usize = 8;

/// Where each shelf of a table begins: the keys on it agree in all but their last bits.
pub(super) struct Shelves {
    /// How many last bits.
    shift: u32,
    /// Its first row, by the other bits; with a sentinel.
    firsts: Vec<u32>,
}

impl Shelves {
    /// Of rows that are sorted by `key`.
    pub(super) fn of<T>(rows: &[T], key: impl Fn(&T) -> u32) -> Shelves {
        let last = rows.last().map_or(0, &key);
        let shelves = u32::try_from(rows.len() / TOGETHER).unwrap_or(u32::MAX);
        let shift = u32::BITS - (last / shelves.max(1)).leading_zeros();
        let mut firsts = Vec::new();
        for (row, key) in (0..).zip(rows.iter().map(key)) {
            while firsts.len() <= shelf(key, shift) {
                firsts.push(row);
            }
        }
        firsts.push(u32::try_from(rows.len()).expect("fewer than 4 G rows"));
        Shelves { shift, firsts }
    }

    /// How many of the same rows have a key below `limit`.
    pub(super) fn below<T>(&self, limit: u32, rows: &[T], key: impl Fn(&T) -> u32) -> usize {
        let at = shelf(limit, self.shift);
        let Some([from, to]) = self.firsts.get(at..at + 2) else {
            return rows.len();
        };
        let from = *from as usize;
        from + rows[from..*to as usize].partition_point(|row| key(row) < limit)
    }
}

/// All but the last bits of a key; a shift by all of them leaves none.
fn shelf(key: u32, shift: u32) -> usize {
    key.checked_shr(shift).unwrap_or(0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_many_are_below_as_by_looking_at_all(
            mut rows in proptest::collection::vec(0_u32..300, 0..500),
            wide in prop::sample::select(vec![1, 1_000, u32::MAX / 310]),
            limit in 0_u32..310,
        ) {
            rows.sort_unstable();
            let rows: Vec<u32> = rows.into_iter().map(|row| row * wide).collect();
            let limit = limit * wide;
            let shelves = Shelves::of(&rows, |row| *row);
            let below = rows.iter().filter(|row| **row < limit).count();
            prop_assert_eq!(shelves.below(limit, &rows, |row| *row), below);
        }
    }
}
