//! The recipe: the nearest places of some kind.
//!
//! POIs and stations of the wanted categories are looked at in growing circles, the nearest first, until enough have the
//! wanted brand and attributes and are open at the wanted moment.

use super::hours::{Clock, Moment, country_of};
use super::near::{Near, Viewpoint};
use super::view::{Part, View};
use geodata::snapshot::{DocId, NameRecord, Snapshot, TokenRecord};
use geodata::{LonLat, NameKind};
use std::ops::Range;
use synonyms::{Meaning, dictionary, fold, sound_key, tokenize};

/// How far is looked when a query does not say, in metres.
pub const DEFAULT_NEARBY_RADIUS_M: f64 = 5_000.0;
/// The farthest that is looked, in metres.
pub const MAX_NEARBY_RADIUS_M: f64 = 50_000.0;
/// The first circle, in metres.
const FIRST_CIRCLE_M: f64 = 250.0;
/// How much wider each next circle is.
const CIRCLE_GROWTH: f64 = 1.7;
/// So many places are looked at for one query; what lies beyond them is not.
const MAX_LOOKED_AT: usize = 20_000;

/// What is asked.
#[derive(Debug, Clone)]
pub struct NearbyQuery {
    pub point: LonLat,
    pub radius_m: f64,
    /// `key=value`, all values of a `key`, or a word that means a category; empty for all.
    pub categories: Vec<String>,
    /// Only places of this brand, operator or name, however it is spelt.
    pub brand: Option<String>,
    /// Only places that have all of these.
    pub attributes: Vec<WantedAttribute>,
    /// Only places that are known to be open then.
    pub open_at: Option<Moment>,
    pub limit: usize,
    /// Language tags in order of preference.
    pub languages: Vec<String>,
}

/// An attribute that a place must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedAttribute {
    pub key: String,
    /// One of the values of a list `a;b`; none for any but `no`.
    pub value: Option<String>,
}

/// Answers a query: the nearest first.
pub fn nearby(view: &View, query: &NearbyQuery) -> Vec<Near> {
    let parts = view.parts().iter().enumerate();
    let mut results: Vec<Near> = parts
        .flat_map(|(n, part)| nearby_in((n, part), query))
        .collect();
    let distance = |near: &Near| near.found.distance_m.unwrap_or(f64::INFINITY);
    results.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
    results.truncate(query.limit);
    results
}

/// Answers a query from one part of what is shown.
fn nearby_in((n, part): (usize, &Part), query: &NearbyQuery) -> Vec<Near> {
    let snapshot = &*part.snapshot;
    let lists = lists_of(snapshot, &query.categories);
    let brand = query.brand.as_deref().map(|b| Brand::read(snapshot, b));
    let from = Viewpoint::new((n, snapshot), query.point, &query.languages);
    let mut clock = query.open_at.map(Clock::new);
    let (mut results, mut looked_at, mut done_m) = (Vec::new(), 0, f64::NEG_INFINITY);
    for radius_m in query.circles() {
        let near = snapshot.pois_near(&lists, query.point, radius_m);
        for poi in near
            .iter()
            .filter(|n| n.distance_m > done_m && !part.hidden.contains(&n.doc))
        {
            looked_at += 1;
            let branded = brand.as_ref().is_none_or(|b| b.is_of(snapshot, poi.doc));
            if !branded || !query.has_attributes(snapshot, poi.doc) {
                continue;
            }
            let open = clock.as_mut().and_then(|c| is_open(snapshot, poi.doc, c));
            if clock.is_some() && open != Some(true) {
                continue;
            }
            let place = from.place(poi.doc, snapshot.place(poi.doc).point);
            results.push(Near { open, ..place });
            if results.len() == query.limit {
                return results;
            }
        }
        if looked_at >= MAX_LOOKED_AT {
            break;
        }
        done_m = radius_m;
    }
    results
}

/// The lists of POIs to look at, each once.
fn lists_of<'a>(snapshot: &'a Snapshot, categories: &[String]) -> Vec<&'a [DocId]> {
    if categories.is_empty() {
        return vec![snapshot.pois()];
    }
    let mut lists: Vec<&[DocId]> = categories
        .iter()
        .flat_map(|c| named(c))
        .flat_map(|c| snapshot.pois_of(&c))
        .collect();
    lists.sort_unstable_by_key(|l| l.as_ptr());
    lists.dedup_by_key(|l| l.as_ptr());
    lists
}

/// Categories that a text names: by its tag, or by a word for it.
fn named(category: &str) -> Vec<String> {
    let words: Vec<String> = tokenize(&fold(category))
        .into_iter()
        .map(|t| t.fold)
        .collect();
    let meanings = dictionary().meanings(&words.join(" ")).iter();
    let meant = meanings.filter_map(|m| match m {
        Meaning::Category(tag) => Some((*tag).to_owned()),
        _ => None,
    });
    std::iter::once(category.to_owned()).chain(meant).collect()
}

impl NearbyQuery {
    fn circles(&self) -> impl Iterator<Item = f64> {
        let growing = std::iter::successors(Some(FIRST_CIRCLE_M), |r| Some(r * CIRCLE_GROWTH));
        let last = self.radius_m;
        growing
            .take_while(move |r| *r < last)
            .chain(std::iter::once(last))
    }

    fn has_attributes(&self, snapshot: &Snapshot, doc: DocId) -> bool {
        let has = |wanted: &WantedAttribute| {
            let found = snapshot.attribute(doc, &wanted.key);
            found.is_some_and(|found| match &wanted.value {
                None => found != "no",
                Some(value) => found
                    .split(';')
                    .any(|v| v.trim().eq_ignore_ascii_case(value)),
            })
        };
        self.attributes.iter().all(has)
    }
}

/// Whether a place is open; `None` where nobody knows.
fn is_open<'a>(snapshot: &'a Snapshot, doc: DocId, clock: &mut Clock<'a>) -> Option<bool> {
    let hours = snapshot.attribute(doc, "opening_hours")?;
    clock.is_open(hours, snapshot.place(doc).point, country_of(snapshot, doc))
}

/// A brand as it sounds: «OKKO» is «ОККО».
struct Brand {
    /// The spellings of each of its words; none when the snapshot has no such word.
    words: Option<Vec<Range<u32>>>,
}

impl Brand {
    fn read(snapshot: &Snapshot, text: &str) -> Brand {
        let vocabulary = snapshot.words();
        let spellings = |fold: &str| {
            let key = snapshot.key(&sound_key(fold))?;
            Some(vocabulary.forms_of(key))
        };
        let words = tokenize(text).into_iter().map(|t| spellings(&t.fold));
        let words: Option<Vec<Range<u32>>> = words.collect();
        Brand {
            words: words.filter(|w| !w.is_empty()),
        }
    }

    /// Whether one of a place's names is the brand, or a brand or operator that has all of its words.
    fn is_of(&self, snapshot: &Snapshot, doc: DocId) -> bool {
        let Some(words) = &self.words else {
            return false;
        };
        let has = |(name, tokens): (&NameRecord, &[TokenRecord])| {
            let whole =
                NameKind::from_byte(name.kind) == NameKind::Brand || tokens.len() == words.len();
            let heard = |word: &Range<u32>| tokens.iter().any(|t| word.contains(&t.form().row()));
            whole && words.iter().all(heard)
        };
        snapshot
            .names(doc)
            .iter()
            .zip(snapshot.tokens(doc))
            .any(has)
    }
}
