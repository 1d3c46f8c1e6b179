//! What is searched: the published snapshot, and small ones of edited places over it.
//!
//! Every part hides what a later part shows anew or what an edit took away. All parts are asked the same question, and
//! their candidates compete in one ranking.

use super::budget::Budget;
use super::found::Found;
use super::gather::{Asked, Run};
use super::pool::{Ranked, Ranking};
use super::query::SearchQuery;
use super::rank::RankWeights;
use super::text::QueryText;
use geodata::snapshot::{DocId, Gone, Snapshot};
use geodata::{PlaceId, PlaceRef};
use rustc_hash::{FxHashMap, FxHashSet};
use std::hint::black_box;
use std::sync::Arc;

/// Places of a part that are no results: others are shown in their stead, or they only give names to what lies in them.
pub type Hidden = FxHashSet<DocId>;

/// A snapshot, and what of it is shown.
#[derive(Clone)]
pub struct Part {
    pub snapshot: Arc<Snapshot>,
    pub hidden: Arc<Hidden>,
}

/// A published snapshot with what was edited since.
#[derive(Clone)]
pub struct View {
    /// The published one first, the latest edits last.
    parts: Vec<Part>,
    /// Ids that edits took away, with what took their place.
    gone: Arc<FxHashMap<PlaceRef, Option<PlaceRef>>>,
}

impl View {
    /// A snapshot as it is.
    pub fn of(snapshot: Arc<Snapshot>) -> View {
        View {
            parts: vec![Part {
                snapshot,
                hidden: Arc::default(),
            }],
            gone: Arc::default(),
        }
    }

    /// A snapshot with edited places over it.
    pub fn layered(parts: Vec<Part>, gone: FxHashMap<PlaceRef, Option<PlaceRef>>) -> View {
        View {
            parts,
            gone: Arc::new(gone),
        }
    }

    /// The published snapshot.
    pub fn published(&self) -> &Snapshot {
        &self.parts[0].snapshot
    }

    /// All parts, the published one first.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The snapshot that a result comes from.
    pub fn snapshot(&self, part: usize) -> &Snapshot {
        &self.parts[part].snapshot
    }

    /// The place that is shown under an id: its part and its number there.
    pub fn find(&self, id: PlaceId) -> Option<(usize, DocId)> {
        let shown = |(n, part): (usize, &Part)| {
            let doc = part.snapshot.find(id)?;
            (!part.hidden.contains(&doc)).then_some((n, doc))
        };
        self.parts.iter().enumerate().rev().find_map(shown)
    }

    /// Whether an id that points at nothing once pointed at something, and what took its place since.
    pub fn gone(&self, id: PlaceRef) -> Option<Gone> {
        if let Some(successor) = self.gone.get(&id) {
            return Some(Gone {
                successor: *successor,
            });
        }
        let street = PlaceRef::whole(id.place);
        if let Some(successor) = self.gone.get(&street) {
            let part = |s: PlaceRef| PlaceRef { part: id.part, ..s };
            return Some(Gone {
                successor: successor.map(part),
            });
        }
        self.published().gone(id)
    }
}

/// One question to all parts of a view.
pub(super) struct Runs<'a> {
    pub(super) query: &'a SearchQuery,
    runs: Vec<Run<'a>>,
}

impl<'a> Runs<'a> {
    pub(super) fn new<'p: 'a>(
        parts: impl Iterator<Item = (&'p Snapshot, &'p Hidden)>,
        weights: &'a RankWeights,
        (query, budget): (&'a SearchQuery, &'a Budget),
    ) -> Runs<'a> {
        let numbered = parts.enumerate();
        let runs = numbered.map(|(n, part)| Run::new((n, part), weights, (query, budget)));
        Runs {
            query,
            runs: runs.collect(),
        }
    }

    /// A question to one part only.
    pub(super) fn one(run: Run<'a>) -> Runs<'a> {
        Runs {
            query: run.query,
            runs: vec![run],
        }
    }

    /// The snapshots that are asked.
    pub(super) fn snapshots(&self) -> impl Iterator<Item = &'a Snapshot> {
        self.runs.iter().map(|run| run.snapshot)
    }

    /// The part that a candidate comes from.
    pub(super) fn of(&self, ranked: &Ranked) -> &Run<'a> {
        let found = self.runs.iter().find(|run| run.part == ranked.part);
        found.unwrap_or(&self.runs[0])
    }

    /// Candidates of a text, the best first: as typed, then, unless something fits well and near, with slips of the
    /// pen, then without the word that fits nothing.
    pub(super) fn ranked(&self, text: &QueryText) -> Ranking {
        let mut asked = self.ask(text);
        self.guess(text, &mut asked);
        Runs::in_order(asked, text)
    }

    /// Candidates of every part that have the words of a text as typed.
    pub(super) fn ask<'t>(&self, text: &'t QueryText) -> Vec<Asked<'t>> {
        self.runs.iter().map(|run| run.as_typed(text)).collect()
    }

    /// Adds candidates with slips of the pen, unless something fits well and near.
    pub(super) fn guess(&self, text: &QueryText, asked: &mut [Asked<'_>]) {
        let answered = |(run, asked): (&Run<'a>, &Asked<'_>)| run.is_answered(text, &asked.pool);
        if self.runs.iter().zip(&*asked).any(answered) {
            return;
        }
        // The small parts first: what they explain saves guesses in the large one.
        let mut explained = false;
        for (run, asked) in self.runs.iter().zip(asked).rev() {
            run.guess(asked, explained);
            explained |= asked.pool.iter().any(Ranked::explains_all);
        }
    }

    /// Reads what is shown of the first candidates.
    pub(super) fn fetch_shown(&self, ranked: &Ranking) {
        for run in &self.runs {
            let shown = ranked.iter().take(self.query.limit);
            let docs = shown.filter(|r| r.part == run.part).map(|r| r.doc);
            // Nothing is done with the number, but the records are near by then.
            black_box(run.snapshot.fetch_shown(&docs.collect::<Vec<_>>()));
        }
    }

    /// The candidates of all parts, the best first.
    pub(super) fn in_order(asked: Vec<Asked<'_>>, text: &QueryText) -> Ranking {
        let pools = asked.into_iter().map(|a| a.pool.into_ranked());
        let ranked = pools.reduce(|mut all, more| {
            all.extend(more);
            all
        });
        Ranking::of(ranked.unwrap_or_default(), text)
    }

    /// Candidates that have every word of a text as typed, the best first.
    pub(super) fn ranked_as_typed(&self, text: &QueryText) -> Ranking {
        let pools = self.ask(text).into_iter();
        let clean = |r: &Ranked| r.explains_all() && r.matched.clean;
        let ranked = pools.flat_map(|a| a.pool.into_ranked()).filter(clean);
        Ranking::of(ranked.collect(), text)
    }

    /// Crossings that a text asks for, those of the part that knows them best first.
    pub(super) fn crossings(&self, text: &QueryText) -> Vec<Found> {
        let mut found: Vec<Vec<Found>> = self.runs.iter().map(|run| run.crossings(text)).collect();
        let best = |found: &Vec<Found>| found.first().map_or(0.0, |f| f.confidence);
        found.sort_by(|a, b| best(b).total_cmp(&best(a)));
        found.into_iter().flatten().collect()
    }
}
