//! How far from the focus: near is better, on a logarithmic scale that the map's zoom stretches.
//!
//! Where the user is matters less for a city than for a street, and less once the query names a settlement.

use super::prior::rough_log2;
use super::{RankWeights, Reason, Subject};
use crate::search::plan::Reading;
use crate::search::query::DEFAULT_ZOOM;
use geodata::Layer;
use std::f32::consts::LN_2;

/// The importance of a city and of a village, in which about 100,000 and 1,500 people live.
const CITY: f32 = 0.7;
const VILLAGE: f32 = 0.5;
/// Beyond this nearness is nothing, in metres.
const HORIZON_M: f32 = 1_000_000.0;

pub(super) fn rule(subject: &Subject<'_>, weights: &RankWeights) -> Option<Reason> {
    let plane = subject.question.around?;
    let layer = subject.question.snapshot.layer(subject.doc);
    let mut distance_m = plane.distance_m(subject.point);
    if layer.is_area() {
        distance_m = (distance_m
            - f64::from(subject.question.snapshot.place(subject.doc).radius_m))
        .max(0.0);
    }
    let least = match layer {
        Layer::Country | Layer::State | Layer::County | Layer::City | Layer::Locality => {
            let importance = subject.question.snapshot.place(subject.doc).importance;
            let covered = subject.matched.name_covered;
            least_nearness(importance, weights) * least_share(importance, covered, weights)
        }
        _ => 0.0,
    };
    let mut factor = 1.0;
    // A letter or two do not say yet that an area is meant.
    if subject.area.is_some() && subject.reading.begun_area.is_none() {
        factor *= weights.distance_with_area;
    }
    if subject.asks_for_nearest() {
        factor *= share_of_kind(subject.reading, weights);
    }
    let near = subject.question.nearness.at(distance_m).max(least);
    let part = weights.distance * factor * near;
    Some(Reason {
        rule: "distance",
        part,
        why: subject.because(|| format!("{distance_m:.0} m from the focus")),
    })
}

/// How many times as much nearness counts where anything of a kind would do.
pub(super) fn share_of_kind(reading: &Reading, weights: &RankWeights) -> f32 {
    if reading.category_begun {
        weights.distance_of_begun_category
    } else {
        weights.distance_of_category
    }
}

/// How near a settlement counts at least that lies far away: a city's name means the city wherever one stands, a hamlet's
/// is more often a street's. Between the two anchors and beyond the village it is a line.
pub(super) fn least_nearness(importance: f32, weights: &RankWeights) -> f32 {
    let (city, village) = (weights.nearness_of_city, weights.nearness_of_village);
    let slope = (city - village) / (CITY - VILLAGE);
    (village + (importance - VILLAGE) * slope).clamp(0.0, city)
}

/// How much of it is left while only a share of the name is typed: of a city all, of a village the less, the less there
/// is. «Ясий» is rather a slip in the name of a street around the corner than a village at the other end of the country.
pub(super) fn least_share(importance: f32, name_covered: f32, weights: &RankWeights) -> f32 {
    let village = ((CITY - importance) / (CITY - VILLAGE)).clamp(0.0, 1.0);
    1.0 - village * (1.0 - weights.nearness_of_begun) * (1.0 - name_covered)
}

/// How near a distance is: 1 at the focus, 0 at the horizon. What the map's zoom makes of it is worked out once per query.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nearness {
    /// In metres.
    scale: f32,
    horizon: f32,
    /// What each doubling takes.
    doubling: f32,
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a score needs no more than single precision"
)]
impl Nearness {
    /// For a map's zoom, 0 to 20, and the scale of the default one, in metres.
    pub(crate) fn new(zoom: f64, scale_m: f32) -> Nearness {
        let wider = 2_f64.powf((DEFAULT_ZOOM - zoom) / 2.0).clamp(0.25, 64.0) as f32;
        let scale = scale_m * wider;
        let horizon = (1.0 + HORIZON_M / scale).ln();
        Nearness {
            scale,
            horizon,
            doubling: LN_2 / horizon,
        }
    }

    fn at(self, distance_m: f64) -> f32 {
        let near = 1.0 - (1.0 + distance_m as f32 / self.scale).ln() / self.horizon;
        near.clamp(0.0, 1.0)
    }

    /// The same, up to 0.01 less or more.
    pub(super) fn roughly_at(self, distance_m: f32) -> f32 {
        let near = 1.0 - self.doubling * rough_log2(1.0 + distance_m / self.scale);
        near.max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_is_meant_by_its_first_letters_a_village_by_its_whole_name() {
        let weights = RankWeights::default();
        let share = |importance, covered| least_share(importance, covered, &weights);
        assert!(
            [0.1, 0.5, 1.0]
                .iter()
                .all(|covered| share(CITY, *covered) >= 1.0)
        );
        assert!(
            share(VILLAGE, 0.3) < share(VILLAGE, 0.6) && share(VILLAGE, 0.6) < share(VILLAGE, 1.0)
        );
        assert!(share(VILLAGE, 1.0) >= 1.0 && share(VILLAGE, 0.5) < share(0.6, 0.5));
    }

    #[test]
    fn nearer_is_never_worse_and_a_wider_map_cares_less() {
        let steps = [0.0, 100.0, 1e3, 1e4, 1e5, 1e6, 1e7_f32];
        let scores = steps.map(|d| Nearness::new(14.0, 300.0).at(d.into()));
        assert!(
            scores.windows(2).all(|p| p[0] >= p[1]) && scores[0] > 0.99 && scores[6] < 0.01,
            "{scores:?}"
        );
        let rough = steps.map(|d| Nearness::new(14.0, 300.0).roughly_at(d));
        let same = |(a, b): (&f32, &f32)| (a - b).abs() < 0.01;
        assert!(scores.iter().zip(&rough).all(same), "{rough:?}");
        let near = |zoom, distance_m| Nearness::new(zoom, 300.0).at(distance_m);
        let loss = |zoom| near(zoom, 0.0) - near(zoom, 5_000.0);
        assert!(loss(8.0) < loss(14.0));
    }
}
