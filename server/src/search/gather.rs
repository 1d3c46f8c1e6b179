//! Candidates of a query, gathered and ranked.
//!
//! First without slips of the pen, near the focus and everywhere; then, unless something fits well and near, with them;
//! then without the word that fits nothing. All candidates compete in one ranking.

use super::budget::Budget;
use super::candidates::{Lists, QuestionIndex};
use super::documents::{Documents, WORTH_WALKING, intersect};
use super::house::{HouseHit, MatchState};
use super::plan::Reading;
use super::query::SearchQuery;
use super::question::Question;
use super::rank::{NameMatches, RankWeights, Reason, TextMatch};
use super::spelling::Spelling;
use super::text::{Part, QueryText};
use super::view::Hidden;
use geodata::snapshot::{Cells, DocId, Snapshot};
use geodata::{Layer, LonLat, Plane};
use rustc_hash::{FxHashMap, FxHashSet};

/// The most important places of the whole snapshot that are ranked per reading.
const GLOBAL: usize = 80;
/// Places around the focus that are ranked per reading and size of cell.
const LOCAL: usize = 60;
/// Places right around the focus that are ranked per reading: a letter or a status word says nothing but "near".
const AROUND: usize = 150;
/// Enough places around the focus: larger cells are left out.
const ENOUGH_LOCAL: usize = 60;
/// The size of cell, of [`Cells::ZOOMS`], in which one looks first.
const TOWN: usize = 2;
/// So few documents are all looked at instead of cell by cell.
const FEW: usize = 3_000;
/// Of these the nearest to the focus and the most important ones are ranked.
const NEAREST: usize = 40;
const FOREMOST: usize = 24;
/// A text that fits so well needs no guessing.
const CONVINCING: f32 = 0.86;
/// So many candidates that fit a growing text leave no room for guesses.
const PAGE: usize = 10;
/// A candidate that fits so well explains all words of the query.
const EXPLAINED: f32 = 0.7;
/// Places of a category that stand before what has the words in its name, while its term or a longer word is typed.
const CATEGORY_FIRST: usize = 4;
const BEGUN_CATEGORY_FIRST: usize = 2;
/// What the further ones lose.
const CATEGORY_BEHIND: f32 = 0.4;
/// So few letters behind a status word look for streets only.
const MAX_STREET_BEGUN: usize = 2;
/// Words of a query in which slips are looked for, and of which one may be left out.
const MAX_CORRECTED: usize = 7;
/// Beyond this even a perfect match may be the wrong city's, in metres.
const NEAR_M: f64 = 40_000.0;

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

/// How far the term of a category has been typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CategoryAnswer {
    Begun,
    Whole,
}

/// The candidates of a text in order; while it grows, no more than a few of a category stand before names.
pub(super) fn in_order(mut ranked: Vec<Ranked>, text: &QueryText) -> Vec<Ranked> {
    sort(&mut ranked);
    if text.is_growing() {
        let mut seen = 0;
        for answer in &mut ranked {
            let first = match answer.category {
                None => continue,
                Some(CategoryAnswer::Begun) => BEGUN_CATEGORY_FIRST,
                Some(CategoryAnswer::Whole) => CATEGORY_FIRST,
            };
            seen += 1;
            if seen > first {
                answer.score -= CATEGORY_BEHIND;
            }
        }
        sort(&mut ranked);
    }
    ranked
}

/// The best first; of equals the more important.
fn sort(ranked: &mut [Ranked]) {
    let place = |r: &Ranked| (r.part, r.doc);
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then(place(a).cmp(&place(b))));
}

/// Candidates, each under its best reading.
pub(super) type Pool = FxHashMap<DocId, Ranked>;

/// Keeps the better of two readings of a candidate.
fn add(pool: &mut Pool, ranked: Ranked) {
    if pool
        .get(&ranked.doc)
        .is_none_or(|known| known.score < ranked.score)
    {
        pool.insert(ranked.doc, ranked);
    }
}

/// A text as one part answers it.
pub(super) struct Asked<'t> {
    text: &'t QueryText,
    /// One per token of the text.
    spellings: Vec<Spelling>,
    lists: Lists,
    pub(super) pool: Pool,
}

impl Asked<'_> {
    /// Candidates that have every word as typed: with other words they fit no better.
    fn settled(&self) -> impl Iterator<Item = DocId> {
        let clean = |r: &&Ranked| r.matched.clean && explains_all(r);
        self.pool.values().filter(clean).map(|r| r.doc)
    }

    /// How many words are known as typed.
    pub(super) fn known_words(&self) -> usize {
        let words = self.text.tokens.iter().zip(&self.spellings);
        let known = words.filter(|(t, s)| match t.part {
            Part::Word => !t.token.is_number() && s.is_known(),
            _ => true,
        });
        known.count()
    }
}

/// A question to one part of what is searched.
pub(super) struct Run<'a> {
    /// Which part.
    pub(super) part: usize,
    pub(super) snapshot: &'a Snapshot,
    pub(super) hidden: &'a Hidden,
    pub(super) weights: &'a RankWeights,
    pub(super) query: &'a SearchQuery,
    /// The settlement that the focus lies in.
    pub(super) home: Option<DocId>,
    pub(super) budget: &'a Budget,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        (part, (snapshot, hidden)): (usize, (&'a Snapshot, &'a Hidden)),
        weights: &'a RankWeights,
        (query, budget): (&'a SearchQuery, &'a Budget),
    ) -> Run<'a> {
        let around = query
            .focus
            .map_or(Vec::new(), |f| snapshot.shapes().containing(f));
        let settlements = around
            .into_iter()
            .filter(|d| snapshot.layer(*d).is_settlement());
        // A village inside a city's boundary is the nearer home.
        let home = settlements.min_by_key(|d| snapshot.place(*d).radius_m);
        Run {
            part,
            snapshot,
            hidden,
            weights,
            query,
            home,
            budget,
        }
    }
}

impl Run<'_> {
    /// Candidates without slips of the pen.
    pub(super) fn as_typed<'t>(&self, text: &'t QueryText) -> Asked<'t> {
        let mut asked = Asked {
            text,
            spellings: self.spellings(text),
            lists: Lists::of(text),
            pool: Pool::default(),
        };
        self.gather(&mut asked);
        asked
    }

    /// Adds candidates in which words are corrected and, unless something is `explained` by then, lack one of them.
    ///
    /// Words that nobody knows come first: what they stand for leaves the others as they are, more often than not.
    pub(super) fn guess(&self, asked: &mut Asked<'_>, explained: bool) {
        let words: Vec<usize> = asked.text.words().take(MAX_CORRECTED).collect();
        let (known, unknown): (Vec<usize>, Vec<usize>) =
            words.iter().partition(|n| asked.spellings[**n].is_known());
        let cut = self.cut_short(asked, &words);
        self.correct(asked, &unknown, cut);
        let right = |r: &Ranked| explains_all(r) && self.is_in_place(r);
        if unknown.is_empty() || !asked.pool.values().any(right) {
            self.correct(asked, &known, false);
        }
        if !explained && !asked.pool.values().any(explains_all) {
            self.gather_without_a_word(asked);
        }
    }

    /// Words in front of a number may have been cut short: «шевч 56». Whether there are any.
    fn cut_short(&self, asked: &mut Asked<'_>, words: &[usize]) -> bool {
        let tokens = &asked.text.tokens;
        let number = |n: usize| {
            tokens
                .get(n)
                .is_some_and(|t| t.token.is_number() && t.part == Part::Word)
        };
        let mut any = false;
        for n in words.iter().copied().filter(|n| number(n + 1)) {
            asked.spellings[n].add_cut(self.snapshot);
            if asked.spellings[n].is_cut() {
                asked.lists.forget(n);
                any = true;
            }
        }
        any
    }

    /// Adds candidates in which some words are corrected, when there is anything to correct, or else to gather.
    fn correct(&self, asked: &mut Asked<'_>, words: &[usize], mut anything: bool) {
        for n in words.iter().copied() {
            asked.spellings[n].add_typos(&asked.text.tokens[n], self.snapshot);
            if !asked.spellings[n].typo_keys.is_empty() {
                asked.lists.forget(n);
                anything = true;
            }
        }
        if anything {
            self.gather(asked);
        }
    }

    pub(super) fn spellings(&self, text: &QueryText) -> Vec<Spelling> {
        let tokens = text.tokens.iter();
        tokens.map(|t| Spelling::of(t, self.snapshot)).collect()
    }

    pub(super) fn question<'q>(
        &'q self,
        text: &'q QueryText,
        spellings: &'q [Spelling],
        index: &'q QuestionIndex<'q>,
    ) -> Question<'q> {
        Question {
            snapshot: self.snapshot,
            weights: self.weights,
            query: self.query,
            text,
            spellings,
            budget: self.budget,
            index,
            home: self.home,
        }
    }

    /// Whether guessing is superfluous: something fits as well as can be, or a whole page fits a text that goes on.
    pub(super) fn is_answered(&self, text: &QueryText, pool: &Pool) -> bool {
        let mut fitting = 0;
        let mut fits = pool.values().filter(|r| self.fits(r));
        fits.any(|ranked| {
            fitting += 1;
            let page = text.is_growing() && fitting >= self.query.limit.max(PAGE);
            ranked.matched.score >= CONVINCING || page
        })
    }

    /// Whether every word of the query fits a candidate without a slip, and nothing else is against it.
    fn fits(&self, ranked: &Ranked) -> bool {
        let whole = ranked.matched.clean && ranked.matched.fits.all(|f| f.is_some());
        whole && self.is_in_place(ranked)
    }

    /// Whether a candidate is near or nobody said where, and has the house that is asked for.
    fn is_in_place(&self, ranked: &Ranked) -> bool {
        let near = self
            .query
            .focus
            .is_none_or(|f| f.distance_m(ranked.point) <= NEAR_M);
        let named = ranked.in_named_area;
        let housed = !ranked.asked_house
            || ranked
                .house
                .as_ref()
                .is_some_and(|h| h.state != MatchState::StreetOnly);
        (near || named) && housed
    }

    /// Adds the candidates of all readings to those that are known.
    fn gather(&self, asked: &mut Asked<'_>) {
        let settled: FxHashSet<DocId> = asked.settled().collect();
        let Asked {
            text,
            spellings,
            lists,
            pool,
        } = asked;
        let index = QuestionIndex::new(self.snapshot, text, (spellings, lists));
        let question = self.question(text, spellings, &index);
        for reading in question.readings() {
            let mut docs = self.candidates(&question, &reading);
            docs.retain(|doc| !settled.contains(doc));
            self.rate_all((&question, &reading), docs, pool);
        }
    }

    /// The last resort: one word of several fits nothing together with the others.
    fn gather_without_a_word(&self, asked: &mut Asked<'_>) {
        let Asked {
            text,
            spellings,
            lists,
            pool,
        } = asked;
        let index = QuestionIndex::new(self.snapshot, text, (spellings, lists));
        let question = self.question(text, spellings, &index);
        let tokens = &text.tokens;
        let words: Vec<usize> = text
            .words()
            .filter(|w| !tokens[*w].token.is_number())
            .collect();
        if !(2..=MAX_CORRECTED).contains(&words.len()) {
            return;
        }
        for drop in &words {
            let mut rest = QueryText::clone(text);
            rest.tokens[*drop].part = Part::Filler;
            let question = Question {
                text: &rest,
                ..question
            };
            for mut reading in question.readings() {
                let docs = self.candidates(&question, &reading);
                reading.dropped = Some(*drop);
                self.rate_all((&question, &reading), docs, pool);
            }
        }
    }

    /// The documents that may answer a reading: around the focus, and the most important ones everywhere.
    pub(super) fn candidates(&self, question: &Question<'_>, reading: &Reading) -> Vec<DocId> {
        let index = question.index;
        let in_company = reading.name.len() > 1;
        let areas: Vec<DocId> = reading.areas.iter().map(|a| a.doc).collect();
        let filters: Vec<Documents> = [
            (!areas.is_empty()).then(|| index.inside(&areas)),
            (!reading.categories.is_empty()).then(|| index.of_category(&reading.categories)),
            (!self.query.categories.is_empty()).then(|| index.of_category(&self.query.categories)),
            self.index_layers().map(|layers| index.of_layers(&layers)),
            begins_street(question, reading).then(|| index.of_layers(&[Layer::Street])),
        ]
        .into_iter()
        .flatten()
        .collect();
        let words = reading.name.iter().map(|n| index.with_word(*n, in_company));
        let sets: Vec<&Documents> = words.chain(&filters).collect();
        let keep = |doc: DocId| self.passes(doc);
        let Some(focus) = self.query.focus else {
            return intersect(sets, GLOBAL, self.budget, keep);
        };
        let shortest = sets.iter().map(|s| s.cost()).min().unwrap_or(0);
        // Several common words together are rare, more often than not.
        if shortest <= FEW || sets.len() > 1 && shortest <= FEW * WORTH_WALKING {
            let docs = intersect(sets.clone(), FEW, self.budget, keep);
            if shortest <= FEW || docs.len() < FEW {
                return self.nearest_and_foremost(focus, docs);
            }
        }
        let near = |zoom: usize| {
            let mut local = sets.clone();
            local.push(index.near(focus, zoom));
            let limit = if zoom == 0 { AROUND } else { LOCAL };
            intersect(local, limit, self.budget, keep)
        };
        let mut docs = in_growing_cells(near);
        docs.extend(intersect(sets, GLOBAL, self.budget, keep));
        docs.sort_unstable();
        docs.dedup();
        docs
    }

    /// Of documents in order of importance those that lie nearest to the focus, and the first.
    fn nearest_and_foremost(&self, focus: LonLat, mut docs: Vec<DocId>) -> Vec<DocId> {
        if docs.len() <= NEAREST + FOREMOST {
            return docs;
        }
        // Records lie all over the table: read one after the other with nothing in between, they arrive together.
        let rest: Vec<(LonLat, u32, DocId)> = docs
            .drain(FOREMOST..)
            .map(|doc| {
                let place = self.snapshot.place(doc);
                (place.point, place.radius_m, doc)
            })
            .collect();
        let plane = Plane::at(focus);
        // A long street is as near as its nearest end may be.
        let distance =
            |(point, radius_m, doc)| (plane.distance_m(point) - f64::from(radius_m), doc);
        let mut rest: Vec<(f64, DocId)> = rest.into_iter().map(distance).collect();
        rest.select_nth_unstable_by(NEAREST, |a, b| a.0.total_cmp(&b.0));
        docs.extend(rest[..NEAREST].iter().map(|(_, doc)| *doc));
        docs.sort_unstable();
        docs
    }

    /// Layers to look for in the index: houses, doors and crossings are found through their streets and places.
    fn index_layers(&self) -> Option<Vec<Layer>> {
        if self.query.layers.is_empty() {
            return None;
        }
        let mut layers = Vec::new();
        for layer in &self.query.layers {
            match layer {
                Layer::House => {
                    layers.extend([Layer::Street, Layer::City, Layer::Locality, Layer::District])
                }
                Layer::Entrance => layers.extend([Layer::Street, Layer::Station, Layer::Locality]),
                Layer::Intersection => layers.push(Layer::Street),
                other => layers.push(*other),
            }
        }
        layers.sort_unstable();
        layers.dedup();
        Some(layers)
    }

    /// Filters that are no words: box, country, the place around.
    fn passes(&self, doc: DocId) -> bool {
        if self.hidden.contains(&doc) {
            return false;
        }
        let SearchQuery {
            country,
            within,
            bbox,
            ..
        } = self.query;
        if country.is_none() && within.is_none() && bbox.is_none() {
            return true;
        }
        let parents = self.snapshot.parents(doc);
        let of_country = |code: &String| {
            std::iter::once(&doc)
                .chain(parents)
                .any(|p| self.snapshot.attribute(*p, "countrycode") == Some(code.as_str()))
        };
        let is_within = |id| {
            self.snapshot
                .find(id)
                .is_some_and(|w| w == doc || parents.contains(&w))
        };
        let in_box = |bbox: &geodata::Bbox| {
            bbox.contains(self.snapshot.place(doc).point)
                || self
                    .snapshot
                    .lines(doc)
                    .flatten()
                    .any(|p| bbox.contains(*p))
                || self
                    .snapshot
                    .houses(doc)
                    .iter()
                    .any(|h| bbox.contains(h.point))
        };
        country.as_ref().is_none_or(of_country)
            && within.is_none_or(is_within)
            && bbox.as_ref().is_none_or(in_box)
    }

    fn rate_all(
        &self,
        (question, reading): (&Question<'_>, &Reading),
        docs: Vec<DocId>,
        pool: &mut Pool,
    ) {
        let mut names = NameMatches::new(question, reading);
        for doc in docs {
            if let Some(ranked) = self.rate(&mut names, doc) {
                add(pool, ranked);
            }
        }
    }
}

/// Documents around the focus, from small cells to large ones until there are enough; `near` gives those in cells of one
/// size, [`LOCAL`] at most.
fn in_growing_cells(near: impl Fn(usize) -> Vec<DocId>) -> Vec<DocId> {
    let mut docs: Vec<DocId> = Vec::new();
    let mut add = |found: Vec<DocId>| {
        docs.extend(found);
        docs.sort_unstable();
        docs.dedup();
        docs.len() >= ENOUGH_LOCAL
    };
    let town = near(TOWN);
    // Larger cells hold the smaller ones: with all of theirs nothing is left to find in those.
    let more = town.len() == LOCAL;
    let _enough = more && (0..TOWN).any(|zoom| add(near(zoom)))
        || add(town)
        || (TOWN + 1..Cells::ZOOMS.len()).any(|zoom| add(near(zoom)));
    docs
}

/// Whether all that is typed of a name is a letter or two behind a street's status word: «вул. Л».
fn begins_street(question: &Question<'_>, reading: &Reading) -> bool {
    let tokens = &question.text.tokens;
    let begun = matches!(reading.name[..], [n] if tokens[n].token.len() <= MAX_STREET_BEGUN);
    begun && tokens.iter().any(|t| matches!(t.part, Part::Status(_)))
}

/// Whether every word of the query is a word of the candidate.
pub(super) fn explains_all(ranked: &Ranked) -> bool {
    let found = ranked.matched.fits.all(|fit| fit.is_some());
    found && ranked.matched.query_covered >= EXPLAINED
}
