//! Coordinates of the nodes that are needed, in a compact sorted form: 16 bytes a node.

use bytemuck::allocation::zeroed_vec;
use geodata::LonLat;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bits of a point outside the world. Those of all points are stored with these turned over: zero, which is what memory
/// comes with, then is no point, and pages are taken only where one is set.
const ABSENT: u64 = 0x7fff_ffff_7fff_ffff;
/// Ids that share a bucket of the directory, on average.
const PER_BUCKET: usize = 8;
/// How far ahead of the last row an id is looked for before the directory is asked.
const AHEAD: usize = 8;

/// Coordinates by node id. Set from many threads, since every row is set by one block only.
#[derive(Default)]
pub struct NodeStore {
    ids: Vec<i64>,
    points: Vec<AtomicU64>,
    /// The first row whose id lies in the n-th part of the range of ids.
    directory: Vec<u32>,
    shift: u32,
}

impl NodeStore {
    /// A store for these ids, in any order and with repetitions; no coordinates yet.
    pub fn for_ids(mut ids: Vec<i64>) -> NodeStore {
        // Ways of one place mostly name nodes of one time: long runs are sorted already.
        ids.par_sort();
        ids.dedup();
        let mut store = NodeStore {
            points: zeroed_vec(ids.len()),
            ids,
            directory: Vec::new(),
            shift: 0,
        };
        store.build_directory();
        store
    }

    fn build_directory(&mut self) {
        let (Some(first), Some(last)) = (self.ids.first(), self.ids.last()) else {
            return;
        };
        let buckets = (self.ids.len() / PER_BUCKET).max(1) as u64;
        let range = last.abs_diff(*first);
        self.shift = (range / buckets).checked_ilog2().map_or(0, |bits| bits + 1);
        for (row, id) in (0_u32..).zip(&self.ids) {
            let bucket = self.bucket(*id);
            while self.directory.len() <= bucket {
                self.directory.push(row);
            }
        }
        let end = u32::try_from(self.ids.len()).expect("fewer than 4 G nodes");
        self.directory.push(end);
    }

    fn bucket(&self, id: i64) -> usize {
        usize::try_from(id.abs_diff(self.ids[0]) >> self.shift).unwrap_or(usize::MAX)
    }

    /// How many nodes are needed.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The row of an id that is needed.
    pub fn row(&self, id: i64) -> Option<usize> {
        if self.ids.first().is_none_or(|first| id < *first) {
            return None;
        }
        let bucket = self.bucket(id);
        let from = *self.directory.get(bucket)? as usize;
        let to = *self.directory.get(bucket + 1)? as usize;
        let found = self.ids[from..to].binary_search(&id).ok()?;
        Some(from + found)
    }

    /// The same for an id that probably lies right behind the one before; `last` is the row to begin at.
    pub fn row_after(&self, id: i64, last: &mut usize) -> Option<usize> {
        let end = (*last + AHEAD).min(self.ids.len());
        for row in (*last).min(end)..end {
            match self.ids[row].cmp(&id) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => {
                    *last = row;
                    return Some(row);
                }
                // Between two needed ids that are neighbours: not needed.
                std::cmp::Ordering::Greater if row > *last => return None,
                std::cmp::Ordering::Greater => break,
            }
        }
        let row = self.row(id)?;
        *last = row;
        Some(row)
    }

    /// Sets the coordinates of a row.
    pub fn set(&self, row: usize, point: LonLat) {
        let bits = bytemuck::cast::<LonLat, u64>(point) ^ ABSENT;
        self.points[row].store(bits, Ordering::Relaxed);
    }

    /// Coordinates of a row; `None` when the file had no such node.
    pub fn at(&self, row: usize) -> Option<LonLat> {
        let bits = self.points[row].load(Ordering::Relaxed);
        (bits != 0).then(|| bytemuck::cast(bits ^ ABSENT))
    }

    /// Coordinates of a node; `None` when it was not needed or is not in the file.
    pub fn point(&self, id: i64) -> Option<LonLat> {
        self.at(self.row(id)?)
    }

    /// Rows and coordinates of those of the nodes that the file has.
    pub fn located(&self, ids: impl Iterator<Item = i64>) -> impl Iterator<Item = (u32, LonLat)> {
        let mut last = 0;
        let rows = ids.filter_map(move |id| self.row_after(id, &mut last));
        let narrow = |row: usize| u32::try_from(row).unwrap_or(u32::MAX);
        rows.filter_map(move |row| Some((narrow(row), self.at(row)?)))
    }

    /// Coordinates of those of the nodes that the file has.
    pub fn line(&self, ids: &[i64]) -> Vec<LonLat> {
        let located = self.located(ids.iter().copied());
        located.map(|(_, point)| point).collect()
    }

    /// The id of a row.
    pub fn id(&self, row: u32) -> i64 {
        self.ids[row as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_found_wherever_the_search_begins() {
        let ids: Vec<i64> = (0..2_000)
            .map(|n| n * n * 7 + n % 3)
            .chain(9_000_000_000..9_000_000_050)
            .collect();
        let store = NodeStore::for_ids(ids.iter().rev().copied().chain([5, 5]).collect());
        for id in &ids {
            let row = store.row(*id).unwrap();
            for begin in [
                0,
                row.saturating_sub(1),
                row,
                row + 1,
                row + 100,
                usize::MAX / 2,
            ] {
                assert_eq!(
                    store.row_after(*id, &mut begin.clone()),
                    Some(row),
                    "{id} from {begin}"
                );
            }
            store.set(row, LonLat::clamped(30.0, 50.0));
            assert_eq!(store.point(*id), Some(LonLat::clamped(30.0, 50.0)));
        }
        for absent in [-1, 4, 8_999_999_999, 9_000_000_050, i64::MAX, i64::MIN] {
            assert_eq!(store.row(absent), None, "{absent}");
            assert_eq!(store.row_after(absent, &mut 700), None, "{absent}");
        }
        assert_eq!(store.point(5), None);
        assert_eq!(NodeStore::default().row(1), None);
    }
}
