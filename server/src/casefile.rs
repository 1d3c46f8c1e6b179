//! What is shown of a reported address: the probable street, its nearest houses, where the number would lie, and
//! whether the address is there by now.

use crate::search::{Found, MatchState, RankWeights, SearchQuery, View, list_houses, search_view};
use geodata::{Layer, LonLat, PlaceRef};

/// How far from the reported point a house may lie to be the one that was missed, in metres: people report from the car.
const HOUSE_REACH_M: f64 = 500.0;
/// How far any other place.
const PLACE_REACH_M: f64 = 150.0;
/// How far the street.
const STREET_REACH_M: f64 = 3000.0;
/// How well the words have to fit a place without a number.
const SURE: f32 = 0.9;
/// Results that are looked at.
const LOOKED_AT: usize = 5;
/// Houses that are shown.
const NEAREST: usize = 5;

/// What is shown of a reported address.
#[derive(Debug, Clone, Default)]
pub(crate) struct CaseFile {
    /// The probable street: id and label.
    pub(crate) street: Option<(PlaceRef, String)>,
    /// Its nearest houses.
    pub(crate) houses: Vec<NearHouse>,
    /// Where the number lies between its neighbours, and how far off that may be, in metres.
    pub(crate) interpolated: Option<(LonLat, f64)>,
    /// The address, if it is there.
    pub(crate) existing: Option<Found>,
}

/// A house of the probable street.
#[derive(Debug, Clone)]
pub(crate) struct NearHouse {
    pub(crate) id: PlaceRef,
    pub(crate) number: String,
    pub(crate) point: LonLat,
    pub(crate) distance_m: f64,
}

/// Looks a reported text up near its point.
pub(crate) fn look_up(view: &View, weights: &RankWeights, text: &str, point: LonLat) -> CaseFile {
    let query = SearchQuery {
        typing: false,
        limit: LOOKED_AT,
        ..SearchQuery::typed(text, Some(point))
    };
    let results = search_view(view, weights, &query).results;
    let away = |f: &Found| f.distance_m.unwrap_or(f64::INFINITY);
    let existing = results.iter().find(|f| answers(f, away(f))).cloned();
    let of_street = |f: &&Found| {
        (f.layer == Layer::Street || f.label.street.is_some()) && away(f) <= STREET_REACH_M
    };
    let street = results.iter().find(of_street);
    let interpolated = results
        .iter()
        .find(|f| f.state == Some(MatchState::Interpolated) && away(f) <= STREET_REACH_M);
    CaseFile {
        houses: street.map_or(Vec::new(), |f| nearest_houses(view, f.id, point)),
        street: street.map(|f| (PlaceRef::whole(f.id.place), street_label(f))),
        interpolated: interpolated.map(|f| (f.point, f.uncertainty_m)),
        existing,
    }
}

/// Whether a result is what was missed.
fn answers(found: &Found, away_m: f64) -> bool {
    match found.state {
        Some(MatchState::Exact | MatchState::Entrance) => away_m <= HOUSE_REACH_M,
        Some(_) => false,
        None => away_m <= PLACE_REACH_M && found.confidence >= SURE,
    }
}

fn street_label(found: &Found) -> String {
    let own = || found.label.name.clone();
    found.label.street.clone().unwrap_or_else(own)
}

fn nearest_houses(view: &View, street: PlaceRef, point: LonLat) -> Vec<NearHouse> {
    let listed = list_houses(view, PlaceRef::whole(street.place), "").unwrap_or_default();
    let mut houses: Vec<NearHouse> = listed
        .into_iter()
        .map(|house| NearHouse {
            id: house.id,
            number: house.number,
            point: house.point,
            distance_m: house.point.distance_m(point),
        })
        .collect();
    houses.sort_by(|a, b| a.distance_m.total_cmp(&b.distance_m));
    houses.truncate(NEAREST);
    houses
}
