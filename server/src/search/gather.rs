//! Candidates of a query, gathered and rated.
//!
//! First without slips of the pen, near the focus and everywhere; then, unless something fits well and near, with them;
//! then without the word that fits nothing. All candidates compete in one ranking.

use super::budget::Budget;
use super::candidates::{Lists, QuestionIndex};
use super::house::MatchState;
use super::label::Labels;
use super::plan::Reading;
use super::pool::{Pool, Ranked};
use super::query::SearchQuery;
use super::question::Question;
use super::rank::{Nearness, RankWeights};
use super::rate::Rating;
use super::spelling::Spelling;
use super::text::{Part, QueryText};
use super::view::Hidden;
use geodata::snapshot::{DocId, Snapshot};
use geodata::{Layer, Plane};
use rustc_hash::FxHashSet;
use std::hint::black_box;

/// A text that fits so well needs no guessing.
const CONVINCING: f32 = 0.86;
/// So many candidates that fit a growing text leave no room for guesses.
const PAGE: usize = 10;
/// Words of a query in which slips are looked for, and of which one may be left out.
const MAX_CORRECTED: usize = 7;
/// Beyond this even a perfect match may be the wrong city's, in metres.
const NEAR_M: f64 = 40_000.0;
/// Beyond this a street outside of the focus's settlement may be the namesake of one around the corner, in metres.
const NEAR_STREET_M: f64 = 5_000.0;

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
        let clean = |r: &&Ranked| r.matched.clean && r.explains_all();
        self.pool.iter().filter(clean).map(|r| r.doc)
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
    /// The earth around the focus.
    pub(super) around: Option<Plane>,
    nearness: Nearness,
    /// The settlement that the focus lies in.
    pub(super) home: Option<DocId>,
    pub(super) budget: &'a Budget,
    pub(super) labels: Labels<'a>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        part: (usize, (&'a Snapshot, &'a Hidden)),
        weights: &'a RankWeights,
        (query, budget): (&'a SearchQuery, &'a Budget),
    ) -> Run<'a> {
        let (_, (snapshot, _)) = part;
        let settlement = |doc| snapshot.layer(doc).is_settlement();
        let shapes = snapshot.shapes();
        let homes = query
            .focus
            .map_or(Vec::new(), |f| shapes.those_containing(f, settlement));
        // A village inside a city's boundary is the nearer home.
        let home = homes
            .into_iter()
            .min_by_key(|d| snapshot.place(*d).radius_m);
        Run::from_home(part, weights, (query, budget), home)
    }

    /// A question by somebody of whom is known in which settlement they are.
    pub(super) fn from_home(
        (part, (snapshot, hidden)): (usize, (&'a Snapshot, &'a Hidden)),
        weights: &'a RankWeights,
        (query, budget): (&'a SearchQuery, &'a Budget),
        home: Option<DocId>,
    ) -> Run<'a> {
        Run {
            part,
            snapshot,
            hidden,
            weights,
            query,
            around: query.focus.map(Plane::at),
            nearness: Nearness::new(query.zoom, weights.distance_scale_m),
            home,
            budget,
            labels: Labels::new(snapshot, &query.languages),
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
            pool: Pool::new(),
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
        let right = |r: &Ranked| r.explains_all() && self.is_in_place(r);
        if unknown.is_empty() || !asked.pool.iter().any(right) {
            self.correct(asked, &known, false);
        }
        if !explained && !asked.pool.iter().any(Ranked::explains_all) {
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
            if !asked.spellings[n].typo_keys().is_empty() {
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
            around: self.around,
            nearness: self.nearness,
            home: self.home,
        }
    }

    /// Whether guessing is superfluous: something fits as well as can be, or a whole page fits a text that goes on.
    pub(super) fn is_answered(&self, text: &QueryText, pool: &Pool) -> bool {
        let mut fitting = 0;
        let mut fits = pool.iter().filter(|r| self.fits(r));
        fits.any(|ranked| {
            fitting += 1;
            let page = text.is_growing() && fitting >= self.query.limit.max(PAGE);
            ranked.matched.score >= CONVINCING && !self.may_be_namesake(ranked) || page
        })
    }

    /// Whether every word of the query fits a candidate without a slip, and nothing else is against it.
    fn fits(&self, ranked: &Ranked) -> bool {
        let whole = ranked.matched.clean && ranked.matched.fits.all(|f| f.is_some());
        whole && self.is_in_place(ranked)
    }

    /// Whether a candidate is near or nobody said where, and has the house that is asked for; a street around the corner
    /// whose whole name is typed is meant without it: other names have the house by chance.
    fn is_in_place(&self, ranked: &Ranked) -> bool {
        let around = self.around;
        let near = around.is_none_or(|p| p.distance_m(ranked.point) <= NEAR_M);
        let named = ranked.in_named_area;
        let housed = !ranked.asked_house
            || ranked.house.as_ref().is_some_and(|h| {
                let meant = || ranked.is_named() && !self.may_be_namesake(ranked);
                h.state != MatchState::StreetOnly || meant()
            });
        (near || named) && housed
    }

    /// Whether a candidate is a street somewhere else: one around the corner may be meant, that the map calls by its name
    /// in another language, or that was typed with a slip.
    fn may_be_namesake(&self, ranked: &Ranked) -> bool {
        let around = self.around;
        self.snapshot.layer(ranked.doc) == Layer::Street
            && !ranked.in_named_area
            && around.is_some_and(|p| p.distance_m(ranked.point) > NEAR_STREET_M)
            && (self.home.is_none() || self.snapshot.settlement(ranked.doc) != self.home)
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

    fn rate_all(
        &self,
        (question, reading): (&Question<'_>, &Reading),
        docs: Vec<DocId>,
        pool: &mut Pool,
    ) {
        let mut rating = Rating::new(question, reading);
        // Nothing is done with the numbers, but the records are near by then.
        black_box(self.snapshot.fetch(&docs));
        if let Some(number) = rating.number_row() {
            black_box(self.snapshot.fetch_houses(&docs, number));
        }
        for doc in docs {
            if let Some(ranked) = self.rate(&mut rating, doc) {
                pool.add(ranked);
            }
        }
    }
}
