//! The order of candidates: a short list of pure rules, each in its own file, each returning its part of the score and
//! the reason. The weights are data (`weights.toml`).

/// Which word of a query stands for which word of a name.
mod alignment;
/// Named areas: the settlement that the query names.
mod area;
/// How far from the focus.
mod distance;
/// The settlement where the user stands.
mod home;
/// House states.
mod house;
/// Static importance and popularity.
mod importance;
/// What kinds of places come first.
mod layer;
/// What a candidate would score by where and what it is.
mod prior;
/// Words of the query against words of a name.
mod text;
/// The weights, typed.
mod weights;

pub(super) use distance::Nearness;
pub(super) use prior::{Prior, TOGETHER};
pub(super) use text::{Fits, NameMatches, TextMatch};
pub use weights::RankWeights;

use super::house::HouseHit;
use super::plan::{AreaHit, Reading};
use super::question::Question;
use geodata::snapshot::{DocId, NameRecord};
use geodata::{Layer, LonLat, NameKind};

/// One rule's part of a score; the reason is told only to those who ask for it (`debug=1`).
#[derive(Debug, Clone)]
pub struct Reason {
    pub rule: &'static str,
    pub part: f32,
    pub why: String,
}

/// What is ranked: a candidate under one reading of the query.
pub(super) struct Subject<'a> {
    pub(super) question: &'a Question<'a>,
    pub(super) reading: &'a Reading,
    pub(super) doc: DocId,
    /// Where the answer would be.
    pub(super) point: LonLat,
    pub(super) matched: &'a TextMatch,
    pub(super) house: Option<&'a HouseHit>,
    pub(super) area: Option<AreaHit>,
}

impl Subject<'_> {
    /// Whether anything of a kind would do, so that the nearest comes first: «аптека», «вул».
    fn asks_for_nearest(&self) -> bool {
        self.reading.asks_for_category() || self.matched.status_only
    }

    /// Whether it is one of a chain whose name was typed: which of them was asked for most says little.
    fn is_of_chain(&self) -> bool {
        let Subject {
            question, matched, ..
        } = self;
        let snapshot = question.snapshot;
        if matched.name_covered < 0.99 || snapshot.layer(self.doc) != Layer::Poi {
            return false;
        }
        let names = snapshot.names(self.doc);
        let Some(typed) = names.get(matched.name) else {
            return false;
        };
        let is_brand = |n: &&NameRecord| NameKind::from_byte(n.kind) == NameKind::Brand;
        let mut brands = names.iter().filter(is_brand);
        brands.any(|brand| snapshot.text(brand.text) == snapshot.text(typed.text))
    }

    /// A reason in words, when somebody wants to read it.
    fn because(&self, why: impl FnOnce() -> String) -> String {
        if self.question.query.debug {
            why()
        } else {
            String::new()
        }
    }
}

/// The score of a candidate, and, for those who ask, its parts.
pub(super) fn score(subject: &Subject<'_>) -> (f32, Vec<Reason>) {
    let weights = subject.question.weights;
    let rules = [
        text::rule,
        house::rule,
        area::rule,
        distance::rule,
        home::rule,
        importance::rule,
        layer::rule,
    ];
    let reasons = rules.iter().filter_map(|rule| rule(subject, weights));
    if subject.question.query.debug {
        let reasons: Vec<Reason> = reasons.collect();
        (reasons.iter().map(|r| r.part).sum(), reasons)
    } else {
        (reasons.map(|r| r.part).sum(), Vec::new())
    }
}
