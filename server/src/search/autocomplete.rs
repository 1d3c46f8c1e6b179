//! The recipe: one query from text to ranked results.
//!
//! The text is read as typed and, where that explains too little, as typed on another keyboard layout; crossings come
//! first where the text asks for one.

use super::found::Found;
use super::gather::{Ranked, Run};
use super::query::SearchQuery;
use super::rank::RankWeights;
use super::text::QueryText;
use geodata::snapshot::Snapshot;
use synonyms::retype;

/// Words of another layout that fit so well are words, slips or not.
const EXPLAINED_WELL: f32 = 0.82;
/// Results with one label that lie this close are one, in metres.
const SAME_M: f64 = 250.0;
/// Another layout has to fit this much better than the text as typed.
const LAYOUT_GAIN: f32 = 0.12;
/// A text whose words fit so well needs no other layout.
const WELL_READ: f32 = 0.86;

/// The results of a query.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub results: Vec<Found>,
}

/// Answers a query.
pub fn search(snapshot: &Snapshot, weights: &RankWeights, query: &SearchQuery) -> Answer {
    let run = Run::new(snapshot, weights, query);
    let text = QueryText::read(&query.text, query.typing);
    let mut ranked = run.ranked(&text);
    let mut used = text;
    let confidence = |ranked: &[Ranked]| ranked.first().map_or(0.0, |r| r.matched.query_covered);
    if confidence(&ranked) < WELL_READ {
        for reading in retype(&query.text) {
            let other = QueryText::read(&reading, query.typing);
            let found = run.ranked(&other);
            // Nonsense is nonsense on any layout unless it becomes clean words.
            let clean = found
                .first()
                .is_some_and(|r| r.matched.clean || r.matched.query_covered >= EXPLAINED_WELL);
            if clean && confidence(&found) > confidence(&ranked) + LAYOUT_GAIN {
                (ranked, used) = (found, other);
            }
        }
    }
    let crossings = run.crossings(&used).into_iter();
    // Rendered one by one: what comes after the last result that is shown costs nothing.
    let results = crossings.chain(
        ranked
            .into_iter()
            .flat_map(|r| run.found_with_twins(r, &used)),
    );
    Answer {
        results: dedupe(results, query.limit),
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
