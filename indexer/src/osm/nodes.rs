//! Coordinates of the nodes that are needed, in a compact sorted form: 10 bytes a node.
//!
//! Ids are kept in pages of 65,536: of each id its lower half, and the upper half once for all of a page, as the lists of a
//! Roaring bitmap are (D. Lemire et al., "Consistently faster and smaller compressed bitmaps with Roaring", 2016).

use geodata::LonLat;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};

/// Bits of a point outside the world. Those of all points are stored with these turned over: zero, which is what memory
/// comes with, then is no point, and pages are taken only where one is set.
const ABSENT: u64 = 0x7fff_ffff_7fff_ffff;
/// Bits of the lower half of an id.
const LOW_BITS: u32 = u16::BITS;
/// How far ahead of the last row an id is looked for before the whole page is.
const AHEAD: usize = 8;

/// Coordinates by node id. Set from many threads, since every row is set by one block only.
#[derive(Default)]
pub struct NodeStore {
    /// Sorted.
    pages: Vec<Page>,
    points: Vec<AtomicU64>,
}

/// Ids that share their upper half.
struct Page {
    high: i64,
    first_row: usize,
    /// The lower half of the id of each row, sorted.
    lows: Box<[u16]>,
}

/// Where a search may begin: ids that are looked for one after the other often lie close together.
#[derive(Clone, Copy, Default)]
pub struct Cursor {
    page: usize,
    /// Within the page.
    row: usize,
}

impl NodeStore {
    /// A store for the ids of some lists, in any order and with repetitions; no coordinates yet. Each list is walked twice.
    pub fn for_ids<L, I>(lists: &[L], ids: impl Fn(&L) -> I + Sync) -> NodeStore
    where
        L: Sync,
        I: Iterator<Item = i64>,
    {
        let counts = lists.par_iter().map(|list| count_by_page(ids(list)));
        let counts: Vec<FxHashMap<i64, usize>> = counts.collect();
        let mut highs: Vec<i64> = counts.iter().flat_map(|c| c.keys().copied()).collect();
        highs.sort_unstable();
        highs.dedup();
        // Where the ids of each list begin in each page.
        let mut begins = vec![FxHashMap::default(); lists.len()];
        let mut at = 0;
        let mut named: Vec<usize> = Vec::with_capacity(highs.len() + 1);
        for high in &highs {
            named.push(at);
            for (counts, begins) in counts.iter().zip(&mut begins) {
                if let Some(count) = counts.get(high) {
                    begins.insert(*high, at);
                    at += count;
                }
            }
        }
        named.push(at);
        let scattered: Vec<AtomicU16> = cleared(at);
        lists.par_iter().zip(begins).for_each(|(list, mut begins)| {
            for id in ids(list) {
                if let Some(at) = begins.get_mut(&high(id)) {
                    scattered[*at].store(low(id), Ordering::Relaxed);
                    *at += 1;
                }
            }
        });
        let pages = named.par_windows(2);
        let lows: Vec<Box<[u16]>> = pages.map(|w| sorted(&scattered[w[0]..w[1]])).collect();
        let mut rows = 0;
        let pages = highs.into_iter().zip(lows).map(|(high, lows)| {
            let first_row = rows;
            rows += lows.len();
            Page {
                high,
                first_row,
                lows,
            }
        });
        NodeStore {
            pages: pages.collect(),
            points: cleared(rows),
        }
    }

    /// How many nodes are needed.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// The row of an id that is needed.
    pub fn row(&self, id: i64) -> Option<usize> {
        self.row_after(id, &mut Cursor::default())
    }

    /// The same for an id that probably lies right behind the one before.
    pub fn row_after(&self, id: i64, last: &mut Cursor) -> Option<usize> {
        let (high, low) = (high(id), low(id));
        let (mut n, mut from) = (last.page, last.row);
        if self.pages.get(n)?.high != high {
            n = self.pages.binary_search_by_key(&high, |p| p.high).ok()?;
            from = 0;
        }
        let Page {
            first_row, lows, ..
        } = &self.pages[n];
        let mut ahead = lows[from..].iter().take(AHEAD);
        let ahead = ahead.position(|l| *l >= low).map(|n| from + n);
        let row = match ahead {
            Some(row) if lows[row] == low => row,
            // Between two needed ids that are neighbours: not needed.
            Some(row) if row > from => return None,
            _ => lows.binary_search(&low).ok()?,
        };
        *last = Cursor { page: n, row };
        Some(first_row + row)
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
        let mut last = Cursor::default();
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
        let row = row as usize;
        let page = self.pages.partition_point(|p| p.first_row <= row) - 1;
        let page = &self.pages[page];
        page.high << LOW_BITS | i64::from(page.lows[row - page.first_row])
    }
}

/// So many zeros. The system clears memory when it is touched for the first time: here on all cores.
fn cleared<T: Default + Send>(rows: usize) -> Vec<T> {
    let rows = rayon::iter::repeat_n((), rows);
    rows.map(|()| T::default()).collect()
}

fn high(id: i64) -> i64 {
    id >> LOW_BITS
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the lower half is what remains"
)]
fn low(id: i64) -> u16 {
    id as u16
}

/// How many of some ids lie in each page.
fn count_by_page(ids: impl Iterator<Item = i64>) -> FxHashMap<i64, usize> {
    let mut counts: FxHashMap<i64, usize> = FxHashMap::default();
    // Those of a way mostly lie in one page.
    let (mut page, mut run) = (0, 0);
    for id in ids {
        if high(id) != page {
            *counts.entry(page).or_default() += std::mem::take(&mut run);
            page = high(id);
        }
        run += 1;
    }
    *counts.entry(page).or_default() += run;
    counts.retain(|_, count| *count > 0);
    counts
}

/// The lower halves of a page, each once, sorted.
fn sorted(named: &[AtomicU16]) -> Box<[u16]> {
    let named = named.iter().map(|low| low.load(Ordering::Relaxed));
    // A bit for each is faster than a sort, as long as there are not too few.
    if named.len() > usize::from(u16::MAX) / 64 {
        let mut needed = vec![false; 1 << LOW_BITS];
        named.for_each(|low| needed[usize::from(low)] = true);
        let lows = (0..=u16::MAX).zip(needed);
        return lows.filter_map(|(low, is)| is.then_some(low)).collect();
    }
    let mut lows: Vec<u16> = named.collect();
    lows.sort_unstable();
    lows.dedup();
    lows.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_found_wherever_the_search_begins() {
        let ids: Vec<i64> = [i64::MIN, -70_000, -1]
            .into_iter()
            .chain((0..2_000).map(|n| n * n * 7 + n % 3))
            .chain(9_000_000_000..9_000_100_000)
            .chain([i64::MAX])
            .collect();
        let backward: Vec<i64> = ids.iter().rev().copied().chain([5, 5]).collect();
        let lists: Vec<&[i64]> = backward.chunks(777).collect();
        let store = NodeStore::for_ids(&lists, |list| list.iter().copied());
        assert_eq!(store.len(), ids.len() + 1);
        let starts: Vec<Cursor> = [ids[0], ids[1_000], ids[2_003], i64::MAX]
            .into_iter()
            .map(|id| {
                let mut cursor = Cursor::default();
                store.row_after(id, &mut cursor).expect("it is stored");
                cursor
            })
            .collect();
        for id in &ids {
            let row = store.row(*id).expect("it is stored");
            for start in &starts {
                assert_eq!(store.row_after(*id, &mut start.clone()), Some(row), "{id}");
            }
            assert_eq!(store.id(u32::try_from(row).expect("few rows")), *id);
            store.set(row, LonLat::clamped(30.0, 50.0));
            assert_eq!(store.point(*id), Some(LonLat::clamped(30.0, 50.0)));
        }
        for absent in [
            -2,
            4,
            8_999_999_999,
            9_000_100_000,
            i64::MAX - 1,
            i64::MIN + 1,
        ] {
            assert_eq!(store.row(absent), None, "{absent}");
            for start in &starts {
                assert_eq!(
                    store.row_after(absent, &mut start.clone()),
                    None,
                    "{absent}"
                );
            }
        }
        assert_eq!(store.point(5), None);
        assert_eq!(NodeStore::default().row(1), None);
    }
}
