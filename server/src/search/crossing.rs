//! Where two streets cross: «Саксаганського / Антоновича».

use super::autocomplete::Ranked;
use geodata::LonLat;
use geodata::snapshot::{DocId, Snapshot};

/// How many candidates of each street are paired.
const MAX_PAIRED: usize = 12;

/// A crossing of two candidates.
pub(super) struct Crossing {
    pub(super) a: usize,
    pub(super) b: usize,
    pub(super) point: LonLat,
    /// Mean of both streets' scores.
    pub(super) score: f32,
}

/// Crossings of the candidates of one side with those of the other, the best first.
pub(super) fn find_crossings(
    snapshot: &Snapshot,
    left: &[Ranked],
    right: &[Ranked],
) -> Vec<Crossing> {
    let mut found = Vec::new();
    for (a, one) in left.iter().enumerate().take(MAX_PAIRED) {
        for (b, other) in right.iter().enumerate().take(MAX_PAIRED) {
            if let Some(point) = crossing_of(snapshot, one.doc, other.doc) {
                found.push(Crossing {
                    a,
                    b,
                    point,
                    score: f32::midpoint(one.score, other.score),
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
