//! What a candidate scores by where and what it is, before its words are compared: of many documents that have the words,
//! those are rated that promise most.
//!
//! The rules are those of the ranking as far as a place's sketch goes, and logarithms are rough: hundreds of places are
//! compared for each that is rated.

use super::distance::{least_nearness, least_share, share_of_kind};
use super::layer;
use crate::search::plan::Reading;
use crate::search::question::Question;
use geodata::Layer;
use geodata::snapshot::PlaceSketch;
use std::f32::consts::LOG10_2;

/// The share of a name that a query covers, as far as one can tell without the name.
const COVERED: f32 = 0.5;

/// How many places are compared at once: a few times as many as one instruction has room for.
pub(crate) const TOGETHER: usize = 64;

/// How the candidates of one reading are compared by what they are.
pub(crate) struct Prior<'a> {
    question: &'a Question<'a>,
    /// What nearness, importance and each doubling of popularity count.
    distance: f32,
    importance: f32,
    doubling: f32,
    layers: [LayerPrior; Layer::ALL.len()],
}

/// What places of a layer have before others.
#[derive(Debug, Clone, Copy, Default)]
struct LayerPrior {
    any: f32,
    /// For each part of the least nearness that its importance gives a settlement.
    known: f32,
    /// How much of that counts as nearness.
    anywhere: f32,
}

impl<'a> Prior<'a> {
    pub(crate) fn new(question: &'a Question<'a>, reading: &Reading) -> Prior<'a> {
        let weights = question.weights;
        let (mut distance, mut important) = (weights.distance, 1.0);
        if !reading.areas.is_empty() {
            distance *= weights.distance_with_area;
        }
        if reading.asks_for_category() {
            distance *= share_of_kind(reading, weights);
            important = weights.importance_in_category;
        }
        // Its whole name may be all that is typed.
        let whole = if reading.house.is_none() {
            weights.whole_settlement / weights.nearness_of_city
        } else {
            0.0
        };
        let layers = Layer::ALL.map(|layer| {
            let (known, anywhere) = match layer {
                Layer::City | Layer::Locality => (whole, 1.0),
                Layer::Country | Layer::State | Layer::County => (0.0, 1.0),
                _ => (0.0, 0.0),
            };
            LayerPrior {
                any: layer::part(layer, weights).unwrap_or(0.0),
                known,
                anywhere,
            }
        });
        Prior {
            question,
            distance,
            importance: important * weights.importance,
            doubling: important * weights.popularity * LOG10_2,
            layers,
        }
    }

    /// The prior scores of some places.
    pub(crate) fn of(&self, places: &[PlaceSketch; TOGETHER]) -> [f32; TOGETHER] {
        let Question {
            weights,
            around,
            nearness,
            ..
        } = *self.question;
        // Plain loops: of these compilers make instructions for several numbers at once.
        let mut scores = [0.0; TOGETHER];
        if let Some(plane) = around {
            for (near, place) in scores.iter_mut().zip(places) {
                *near = plane.roughly_m(place.degrees());
            }
            for (near, place) in scores.iter_mut().zip(places) {
                let away_m = (*near - place.radius_m()).max(0.0);
                *near = nearness.roughly_at(away_m);
            }
        }
        let layers = places.map(|place| {
            let layer = self.layers.get(place.layer());
            layer.copied().unwrap_or_default()
        });
        for ((score, place), layer) in scores.iter_mut().zip(places).zip(layers) {
            let importance = place.importance();
            let known = least_nearness(importance, weights);
            let least = layer.anywhere * known * least_share(importance, COVERED, weights);
            *score = self.distance * score.max(least)
                + self.importance * importance
                + self.doubling * place.popularity_log2()
                + layer.any
                + layer.known * known;
        }
        scores
    }
}

/// The binary logarithm of a positive number, up to 0.05 less or more: the exponent, and behind it the mantissa, which is
/// nearly its own logarithm.
#[expect(
    clippy::cast_precision_loss,
    reason = "the last bits of the mantissa do not matter"
)]
pub(super) fn rough_log2(x: f32) -> f32 {
    const ONE: f32 = (1 << (f32::MANTISSA_DIGITS - 1)) as f32;
    x.to_bits().cast_signed() as f32 * (1.0 / ONE) - 126.957
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rough_logarithms_are_good_enough_to_compare_by() {
        for n in 1..10_000_u16 {
            let x = f32::from(n) * f32::from(n) / 7.0;
            assert!((rough_log2(x) - x.log2()).abs() < 0.05, "{x}");
        }
    }
}
