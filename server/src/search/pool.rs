//! Candidates of a text, each under its best reading, and their order.

use super::house::HouseHit;
use super::rank::{Reason, TextMatch};
use super::text::QueryText;
use geodata::LonLat;
use geodata::snapshot::DocId;
use rustc_hash::{FxBuildHasher, FxHashMap};
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
/// Candidates that most queries have no more of.
const USUAL: usize = 128;

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

    /// The same with another house of its street.
    pub(super) fn with_house(&self, hit: HouseHit) -> Ranked {
        Ranked {
            point: hit.point,
            house: Some(hit),
            ..self.clone()
        }
    }

    /// Whether its whole name is typed.
    pub(super) fn is_named(&self) -> bool {
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
pub(super) struct Pool {
    /// Candidates are large: they stay where they are, whatever becomes of the table.
    ranked: Vec<Ranked>,
    rows: FxHashMap<DocId, usize>,
}

impl Pool {
    /// A pool with room for what most queries find.
    pub(super) fn new() -> Pool {
        Pool {
            ranked: Vec::with_capacity(USUAL),
            rows: FxHashMap::with_capacity_and_hasher(USUAL, FxBuildHasher),
        }
    }

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

/// The candidates of a text, the best first.
pub(super) struct Ranking {
    ranked: Vec<Ranked>,
    /// Rows of `ranked` in their order: a candidate takes some hundred bytes, and few of them are shown.
    order: Vec<usize>,
}

impl Ranking {
    /// Puts candidates in their order, of equals the more important first; while the text grows, no more than a few of a
    /// category stand before names.
    pub(super) fn of(mut ranked: Vec<Ranked>, text: &QueryText) -> Ranking {
        let mut order: Vec<usize> = (0..ranked.len()).collect();
        sort(&mut order, &ranked);
        if text.is_growing() && put_back_category(&mut ranked, &order) {
            sort(&mut order, &ranked);
        }
        Ranking { ranked, order }
    }

    pub(super) fn first(&self) -> Option<&Ranked> {
        self.iter().next()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Ranked> {
        self.order.iter().map(|row| &self.ranked[*row])
    }
}

fn sort(order: &mut [usize], ranked: &[Ranked]) {
    let place = |r: &Ranked| (r.part, r.doc);
    order.sort_unstable_by(|a, b| {
        let (a, b) = (&ranked[*a], &ranked[*b]);
        b.score.total_cmp(&a.score).then(place(a).cmp(&place(b)))
    });
}

/// Takes something off the score of those that answer a question for a category, but for the first few; whether there
/// are any.
fn put_back_category(ranked: &mut [Ranked], order: &[usize]) -> bool {
    let mut seen = 0;
    let mut moved = false;
    for row in order {
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
    moved
}
