//! What kinds of places come first when everything else is equal: streets and settlements; stops last.

use super::distance::least_nearness;
use super::{RankWeights, Reason, Subject};
use geodata::Layer;

pub(super) fn rule(subject: &Subject<'_>, weights: &RankWeights) -> Option<Reason> {
    let layer = subject.question.snapshot.layer(subject.doc);
    let snapshot = subject.question.snapshot;
    let category = || snapshot.text(snapshot.place(subject.doc).category);
    let part = match layer {
        Layer::City | Layer::Locality if is_whole(subject) => {
            let importance = snapshot.place(subject.doc).importance;
            let known = least_nearness(importance, weights) / weights.nearness_of_city;
            weights.layer_settlement + weights.whole_settlement * known
        }
        Layer::Poi if matches!(category(), "highway=bus_stop" | "railway=tram_stop") => {
            weights.layer_stop
        }
        other => part(other, weights)?,
    };
    Some(Reason {
        rule: "layer",
        part,
        why: subject.because(|| layer.to_string()),
    })
}

/// What a layer counts by itself; `None` for those that count nothing.
pub(super) fn part(layer: Layer, weights: &RankWeights) -> Option<f32> {
    match layer {
        Layer::Street => Some(weights.layer_street),
        Layer::City | Layer::Locality | Layer::District => Some(weights.layer_settlement),
        Layer::Station => Some(weights.layer_station),
        _ => None,
    }
}

/// Whether all of the name was typed, and nothing else, not even a house number.
fn is_whole(subject: &Subject<'_>) -> bool {
    let m = subject.matched;
    let typed = m.name_covered > 0.99 && m.query_covered > 0.9;
    // «вокзал Мерефа» and «вулиця Мерефа» name something else.
    typed && m.status >= 0.0 && subject.reading.house.is_none()
}
