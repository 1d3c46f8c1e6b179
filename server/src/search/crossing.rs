//! Where two streets cross: «Саксаганського / Антоновича».

use super::found::Found;
use super::gather::Run;
use super::label::{LabelPart, highlight};
use super::pool::{Ranked, Ranking};
use super::query::SearchQuery;
use super::rank::Reason;
use super::text::{Part, QueryText};
use super::view::Runs;
use geodata::snapshot::{DocId, Snapshot};
use geodata::{Layer, LonLat, PlaceRef, SourceId};

/// How many candidates of each street are paired.
const MAX_PAIRED: usize = 12;

impl Run<'_> {
    /// Crossings, where the text puts something between two streets, and behind them the streets themselves.
    pub(super) fn crossings(&self, text: &QueryText) -> Vec<Found> {
        let wanted =
            self.query.layers.is_empty() || self.query.layers.contains(&Layer::Intersection);
        if !wanted {
            return Vec::new();
        }
        let side = |range: std::ops::Range<usize>| -> Ranking {
            let mut half = text.clone();
            half.tokens = text.tokens[range].to_vec();
            half.announced = None;
            half.keep_something();
            let query = SearchQuery {
                layers: vec![Layer::Street],
                ..self.query.clone()
            };
            let part = (self.part, (self.snapshot, self.hidden));
            let side = Run::new(part, self.weights, (&query, self.budget));
            Runs::one(side).ranked(&half)
        };
        let cut = |at: usize| {
            let skip = usize::from(matches!(text.tokens[at].part, Part::And | Part::Corner));
            let (left, right) = (side(0..at), side(at + skip..text.tokens.len()));
            let crossings = find_crossings(self.snapshot, &left, &right);
            if crossings.is_empty() {
                return None;
            }
            let crossings = crossings.iter().take(self.query.limit);
            let streets = [&left, &right].into_iter().filter_map(Ranking::first);
            let found = crossings
                .map(|crossing| self.crossing_found(crossing, text))
                .chain(streets.map(|r| self.found(r, text)));
            Some(found.collect())
        };
        let cuts = text.crossing_cuts();
        cuts.into_iter().find_map(cut).unwrap_or_default()
    }
}

impl Run<'_> {
    /// Renders the crossing of two streets.
    fn crossing_found(&self, crossing: &Crossing<'_>, text: &QueryText) -> Found {
        let Crossing { a, b, .. } = crossing;
        let label = self.labels.render(a.doc, LabelPart::Crossing(b.doc));
        let other = self.snapshot.place(b.doc).id;
        let why = format!("crossing with «{}»", self.labels.name(b.doc));
        Found {
            id: PlaceRef::part(self.snapshot.place(a.doc).id, &format!("c:{other}")),
            part: self.part,
            doc: a.doc,
            layer: Layer::Intersection,
            point: crossing.point,
            matched: highlight(&label.text, text),
            label,
            housenumber: None,
            postcode: None,
            state: None,
            uncertainty_m: 0.0,
            formerly: None,
            source: SourceId::NONE,
            distance_m: self.query.focus.map(|f| f.distance_m(crossing.point)),
            confidence: f32::midpoint(a.matched.score, b.matched.score).clamp(0.0, 1.0),
            score: crossing.score,
            why: vec![Reason {
                rule: "crossing",
                part: crossing.score,
                why,
            }],
        }
    }
}

/// A crossing of two candidates.
struct Crossing<'a> {
    a: &'a Ranked,
    b: &'a Ranked,
    point: LonLat,
    /// Mean of both streets' scores.
    score: f32,
}

/// Crossings of the candidates of one side with those of the other, the best first.
fn find_crossings<'a>(
    snapshot: &Snapshot,
    left: &'a Ranking,
    right: &'a Ranking,
) -> Vec<Crossing<'a>> {
    let mut found = Vec::new();
    for a in left.iter().take(MAX_PAIRED) {
        for b in right.iter().take(MAX_PAIRED) {
            if let Some(point) = crossing_of(snapshot, a.doc, b.doc) {
                found.push(Crossing {
                    a,
                    b,
                    point,
                    score: f32::midpoint(a.score, b.score),
                });
            }
        }
    }
    found.sort_by(|x, y| y.score.total_cmp(&x.score));
    found
}

/// Where two streets meet; of several meetings the middle one.
fn crossing_of(snapshot: &Snapshot, a: DocId, b: DocId) -> Option<LonLat> {
    let crossings = snapshot.crossings(a);
    let first = crossings.partition_point(|c| c.street < b);
    let same: Vec<LonLat> = crossings[first..]
        .iter()
        .take_while(|c| c.street == b)
        .map(|c| c.point)
        .collect();
    same.get(same.len() / 2).copied()
}
