//! The recipe: one query from text to ranked results.
//!
//! The text is read as typed and, where that explains too little, with other spaces and as typed on another keyboard
//! layout; crossings come first where the text asks for one.

use super::budget::{Budget, Work};
use super::found::Found;
use super::gather::Asked;
use super::ordinals;
use super::pool::{Ranked, Ranking};
use super::query::SearchQuery;
use super::rank::RankWeights;
use super::spacing::respace;
use super::text::QueryText;
use super::view::{Hidden, Runs, View};
use geodata::Layer;
use geodata::snapshot::Snapshot;
use synonyms::retype;

/// Words of another layout that fit so well are words, slips or not.
const EXPLAINED_WELL: f32 = 0.82;
/// Results with one label that lie this close are one, in metres.
const SAME_M: f64 = 250.0;
/// Another layout has to fit this much better than the text as typed.
const LAYOUT_GAIN: f32 = 0.12;
/// So has a reading of Cyrillic letters as Latin ones: names of the country are hardly ever meant that way.
const LATIN_GAIN: f32 = 0.25;
/// So has another spacing.
const SPACING_GAIN: f32 = 0.15;
/// The share of its words that a text with slips of the pen is likely to explain at most.
const MOST_WITH_SLIPS: f32 = 0.9;
/// Names with an "and" that are shown beside a crossing.
const NAMES_WITH_AND: usize = 2;
/// Candidates that a rider looks at.
const SHOWN: usize = 5;
/// A text whose words fit so well needs no other reading.
const WELL_READ: f32 = 0.86;

/// The results of a query.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub results: Vec<Found>,
    /// What it cost.
    pub work: Work,
}

/// Asks a few questions of every kind, so that dictionaries, automata and the first pages of the index are there when a
/// rider asks.
pub fn warm_up(snapshot: &Snapshot, weights: &RankWeights) {
    for text in ["а", "вул", "шевченка 1", "shevchnko 12", "аптека", "цщкдвв"]
    {
        search(snapshot, weights, &SearchQuery::typed(text, None));
    }
}

/// Answers a query.
pub fn search(snapshot: &Snapshot, weights: &RankWeights, query: &SearchQuery) -> Answer {
    let nothing = Hidden::default();
    answer(std::iter::once((snapshot, &nothing)), weights, query)
}

/// Answers a query from a snapshot and the edited places over it.
pub fn search_view(view: &View, weights: &RankWeights, query: &SearchQuery) -> Answer {
    let parts = view.parts().iter();
    answer(parts.map(|p| (&*p.snapshot, &*p.hidden)), weights, query)
}

fn answer<'p>(
    parts: impl Iterator<Item = (&'p Snapshot, &'p Hidden)>,
    weights: &RankWeights,
    query: &SearchQuery,
) -> Answer {
    let budget = Budget::new();
    let run = Runs::new(parts, weights, (query, &budget));
    Answer {
        results: results(&run),
        work: budget.used(),
    }
}

/// Results a person can tell apart, at most as many as were asked for.
fn results(run: &Runs<'_>) -> Vec<Found> {
    let query = run.query;
    let text = QueryText::read(&query.text, query.typing);
    let mut crossings = run.crossings(&text);
    if crossings.first().is_some_and(|c| c.confidence >= WELL_READ) {
        if !text.names_a_corner() {
            // «Кирила і Мефодія» may be a street as well.
            let names = run.ranked_as_typed(&text);
            let names = names.iter().take(NAMES_WITH_AND);
            crossings.splice(1..1, names.map(|r| run.of(r).found(r, &text)));
        }
        return dedupe(
            crossings.into_iter().filter(|f| query.admits(f)),
            query.limit,
        );
    }
    let (mut best, known) = run.read(text);
    if best.confidence() < WELL_READ {
        let reread = |text: String| QueryText::read(&text, query.typing);
        let named = best.text.without_corner().into_iter();
        let spaced = respaced(run, &best.text).into_iter().map(reread);
        let in_digits = ordinals::in_digits(&query.text, &best.text).map(reread);
        let retyped = retype(&query.text).into_iter();
        let others = named
            .chain(in_digits)
            .map(|text| (text, 0.0, 0))
            .chain(spaced.map(|text| (text, SPACING_GAIN, 0)))
            .chain(retyped.map(|text| {
                let latin = text.contains(|c: char| c.is_ascii_alphabetic());
                let gain = if latin { LATIN_GAIN } else { LAYOUT_GAIN };
                (reread(text), gain, known)
            }));
        for (other, gain, known) in others {
            let least = best.confidence() + gain;
            let Some(other) = run.read_otherwise(other, least, known) else {
                continue;
            };
            // Nonsense is nonsense on any layout unless it becomes clean words.
            if other.is_believable() && other.confidence() > least {
                crossings = run.crossings(&other.text);
                best = other;
            }
        }
    }
    let Read { text, ranked } = best;
    let first = ranked.first();
    // Without a word or sign for a corner, a crossing found by guessing is no better than a name that fits.
    let fits_better = |r: &Ranked| {
        crossings
            .first()
            .is_some_and(|c| c.confidence < r.matched.score)
    };
    if !text.names_a_corner() && first.is_some_and(fits_better) {
        crossings.clear();
    }
    let crossings = crossings.into_iter();
    run.fetch_shown(&ranked);
    // Rendered one by one: what comes after the last result that is shown costs nothing.
    let results = crossings.chain(
        ranked
            .iter()
            .flat_map(|r| run.of(r).found_with_twins(r, &text)),
    );
    let results = dedupe(results.filter(|f| query.admits(f)), query.limit);
    match first {
        Some(first) => run.of(first).offer_houses(first, &text, results),
        None => results,
    }
}

/// One way to read what was typed, and its candidates, the best first.
struct Read {
    text: QueryText,
    ranked: Ranking,
}

impl Read {
    /// The share of the query's words that one of the first candidates explains.
    fn confidence(&self) -> f32 {
        let first = self.ranked.iter().take(SHOWN);
        first.map(|r| r.matched.query_covered).fold(0.0, f32::max)
    }

    fn is_believable(&self) -> bool {
        let best = self.ranked.first();
        best.is_some_and(|r| r.matched.clean || r.matched.query_covered >= EXPLAINED_WELL)
    }
}

/// How many words of a text some part knows.
fn known_words(asked: &[Asked<'_>]) -> usize {
    asked.iter().map(Asked::known_words).max().unwrap_or(0)
}

/// The text with other spaces, by the words of every part.
fn respaced(run: &Runs<'_>, text: &QueryText) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for snapshot in run.snapshots() {
        for other in respace(&run.query.text, text, snapshot) {
            if !texts.contains(&other) {
                texts.push(other);
            }
        }
    }
    texts
}

impl Runs<'_> {
    /// Reads the text as typed; also tells how many of its words are known.
    fn read(&self, text: QueryText) -> (Read, usize) {
        let mut asked = self.ask(&text);
        let known = known_words(&asked);
        self.guess(&text, &mut asked);
        let ranked = Runs::in_order(asked, &text);
        (Read { text, ranked }, known)
    }

    /// Reads another text that may have been meant: it has to have as many `known` words, and to explain the `least`
    /// share of them, which one with slips of the pen hardly does when that is much.
    fn read_otherwise(&self, text: QueryText, least: f32, known: usize) -> Option<Read> {
        let mut asked = self.ask(&text);
        if known_words(&asked) < known {
            return None;
        }
        if least < MOST_WITH_SLIPS {
            self.guess(&text, &mut asked);
        }
        let ranked = Runs::in_order(asked, &text);
        Some(Read { text, ranked })
    }
}

impl SearchQuery {
    /// Whether a result is of a wanted layer and in the wanted box; houses, doors and crossings are told from their
    /// streets only when they are found.
    pub(super) fn admits(&self, found: &Found) -> bool {
        let layers = &self.layers;
        let line = matches!(found.layer, Layer::Street) || found.layer.is_area();
        let layer = layers.is_empty() || layers.contains(&found.layer);
        layer && (line || self.bbox.is_none_or(|b| b.contains(found.point)))
    }
}

/// Drops results that a person could not tell apart.
fn dedupe(results: impl Iterator<Item = Found>, limit: usize) -> Vec<Found> {
    let mut kept: Vec<Found> = Vec::with_capacity(limit);
    for found in results {
        let same = |k: &Found| {
            k.label.text == found.label.text
                && k.layer == found.layer
                && k.point.distance_m(found.point) <= SAME_M
        };
        if !kept.iter().any(same) {
            kept.push(found);
        }
        if kept.len() == limit {
            break;
        }
    }
    kept
}
