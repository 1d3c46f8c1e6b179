//! Candidates of a text, each under its best reading, and their order.

use super::house::HouseHit;
use super::rank::{Reason, TextMatch};
use super::text::QueryText;
use geodata::LonLat;
use geodata::snapshot::DocId;
use rustc_hash::FxHashMap;
use std::collections::hash_map::Entry;

/// A candidate that fits so well explains all words of the query.
const EXPLAINED: f32 = 0.7;
/// A name that is covered so far is typed whole.
const WHOLE: f32 = 0.99;
/// Places of a category that stand before what has the words in its name, while its term or a longer word is typed.
const CATEGORY_FIRST: usize = 4;
const BEGUN_CATEGORY_FIRST: usize = 2;
/// What the further ones lose.
const CATEGORY_BEHIND: f32 = 0.4;

/// A candidate with its score under its best reading.
#[derive(Debug, Clone)]
pub(super) struct Ranked {
    /// The part of the view that it comes from.
    pub(super) part: usize,
    pub(super) doc: DocId,
    pub(super) score: f32,
    pub(super) matched: TextMatch,
    pub(super) house: Option<HouseHit>,
    pub(super) point: LonLat,
    pub(super) asked_house: bool,
    /// Whether it lies in an area that the query names.
    pub(super) in_named_area: bool,
    /// How it answers a question for a category, if that is all it answers.
    pub(super) category: Option<CategoryAnswer>,
    pub(super) why: Vec<Reason>,
}

impl Ranked {
    /// Whether every word of the query is a word of the candidate.
    pub(super) fn explains_all(&self) -> bool {
        let found = self.matched.fits.all(|fit| fit.is_some());
        found && self.matched.query_covered >= EXPLAINED
    }

    /// Whether its whole name is typed.
    fn is_named(&self) -> bool {
        self.category.is_none()
            && self.matched.clean
            && self.matched.name_covered > WHOLE
            && self.explains_all()
    }
}

/// How far the term of a category has been typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CategoryAnswer {
    Begun,
    Whole,
}

/// Candidates of one part, each under its best reading.
#[derive(Default)]
pub(super) struct Pool {
    /// Candidates are large: they stay where they are, whatever becomes of the table.
    ranked: Vec<Ranked>,
    rows: FxHashMap<DocId, usize>,
}

impl Pool {
    /// Keeps the better of two readings of a candidate; whose whole name is typed is more than one of a category.
    pub(super) fn add(&mut self, ranked: Ranked) {
        match self.rows.entry(ranked.doc) {
            Entry::Vacant(free) => {
                free.insert(self.ranked.len());
                self.ranked.push(ranked);
            }
            Entry::Occupied(row) => {
                let known = &mut self.ranked[*row.get()];
                let named = known.is_named() || ranked.is_named();
                if known.score < ranked.score {
                    *known = ranked;
                }
                if named {
                    known.category = None;
                }
            }
        }
    }

    /// The candidates in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Ranked> {
        self.ranked.iter()
    }

    /// The candidates in no order.
    pub(super) fn into_ranked(self) -> Vec<Ranked> {
        self.ranked
    }
}

/// The candidates of a text, the best first, of equals the more important; while it grows, no more than a few of a
/// category stand before names.
pub(super) fn in_order(mut ranked: Vec<Ranked>, text: &QueryText) -> Vec<Ranked> {
    let place = |r: &Ranked| (r.part, r.doc);
    // Rows are sorted instead of candidates, which take some hundred bytes each.
    let mut rows: Vec<usize> = (0..ranked.len()).collect();
    let sort = |rows: &mut [usize], ranked: &[Ranked]| {
        rows.sort_unstable_by(|a, b| {
            let (a, b) = (&ranked[*a], &ranked[*b]);
            b.score.total_cmp(&a.score).then(place(a).cmp(&place(b)))
        });
    };
    sort(&mut rows, &ranked);
    if text.is_growing() {
        let mut seen = 0;
        let mut moved = false;
        for row in &rows {
            let answer = &mut ranked[*row];
            let first = match answer.category {
                None => continue,
                Some(CategoryAnswer::Begun) => BEGUN_CATEGORY_FIRST,
                Some(CategoryAnswer::Whole) => CATEGORY_FIRST,
            };
            seen += 1;
            if seen > first {
                answer.score -= CATEGORY_BEHIND;
                moved = true;
            }
        }
        if moved {
            sort(&mut rows, &ranked);
        }
    }
    let mut ranked: Vec<Option<Ranked>> = ranked.into_iter().map(Some).collect();
    let taken = rows.into_iter().filter_map(|row| ranked[row].take());
    taken.collect()
}
