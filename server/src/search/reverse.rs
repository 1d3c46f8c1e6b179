//! The recipe: from a point to its address.
//!
//! What is around the point is asked of the snapshot in growing circles, until there is enough of every wanted kind.
//! The answer has the first of each kind before the second of any: the house in whose building the point is, else the
//! nearest; the nearest street, which comes first where the point lies on it and the house is another street's; the
//! nearest POI and station; then the areas around the point, the smallest first.

use super::label::{AreaNames, area_names};
use super::near::{Near, View};
use geodata::snapshot::{DocId, NearHouse, NearPoi, NearStreet, Snapshot, Surroundings};
use geodata::{Layer, LonLat};

/// How far a rider walks without asking: how far is looked when a query does not say, in metres.
pub const DEFAULT_REVERSE_RADIUS_M: f64 = 250.0;
/// The farthest that is looked, in metres.
pub const MAX_REVERSE_RADIUS_M: f64 = 2_000.0;
/// Layers that a point can be turned into, in the order of an answer.
pub const REVERSE_LAYERS: [Layer; 10] = [
    Layer::House,
    Layer::Street,
    Layer::Poi,
    Layer::Station,
    Layer::District,
    Layer::City,
    Layer::Locality,
    Layer::County,
    Layer::State,
    Layer::Country,
];
/// The first circle, in metres: in a town it has all that is asked for.
const FIRST_CIRCLE_M: f64 = 60.0;
/// How much wider each next circle is.
const CIRCLE_GROWTH: f64 = 3.0;
/// Nearer to its line than this a point lies on the street: half a carriageway of four lanes, in metres.
const ON_STREET_M: f64 = 8.0;

/// What is asked.
#[derive(Debug, Clone)]
pub struct ReverseQuery {
    pub point: LonLat,
    pub radius_m: f64,
    /// Only these layers; empty for all of [`REVERSE_LAYERS`].
    pub layers: Vec<Layer>,
    pub limit: usize,
    /// Language tags in order of preference.
    pub languages: Vec<String>,
}

/// What a point is.
#[derive(Debug, Clone)]
pub struct ReverseAnswer {
    pub results: Vec<Near>,
    /// The areas the point lies in.
    pub areas: AreaNames,
}

/// One result before it is rendered.
#[derive(Clone, Copy)]
enum Hit {
    House(NearHouse),
    Street(NearStreet),
    Place(DocId),
}

/// Answers a query.
pub fn reverse(snapshot: &Snapshot, query: &ReverseQuery) -> ReverseAnswer {
    let areas = snapshot.areas_of(query.point);
    let view = View {
        snapshot,
        from: query.point,
        languages: &query.languages,
    };
    let results = in_order(query.queues(snapshot, &areas), query.limit)
        .into_iter()
        .map(|hit| match hit {
            Hit::House(house) => view.house(house),
            Hit::Street(street) => view.place(street.doc, street.point),
            Hit::Place(doc) => view.place(doc, snapshot.place(doc).point),
        });
    ReverseAnswer {
        results: results.collect(),
        areas: area_names(snapshot, &areas, &query.languages),
    }
}

impl ReverseQuery {
    fn wants(&self, layer: Layer) -> bool {
        self.layers.is_empty() || self.layers.contains(&layer)
    }

    /// What there is of each kind, the best first.
    fn queues(&self, snapshot: &Snapshot, areas: &[DocId]) -> Vec<Vec<Hit>> {
        let around = self.addresses(snapshot);
        let street_first = lies_on_street(&around);
        let houses = around.houses.into_iter().map(Hit::House).collect();
        let streets = around.streets.into_iter().map(Hit::Street).collect();
        let mut queues: Vec<Vec<Hit>> = if street_first {
            vec![streets, houses]
        } else {
            vec![houses, streets]
        };
        let pois = self.pois(snapshot);
        for layer in [Layer::Poi, Layer::Station] {
            let of_layer = pois.iter().filter(|p| snapshot.layer(p.doc) == layer);
            queues.push(of_layer.map(|p| Hit::Place(p.doc)).collect());
        }
        // Districts, settlements, counties …, each kind a queue of its own.
        let wanted = areas.iter().filter(|a| self.wants(snapshot.layer(**a)));
        let wanted: Vec<DocId> = wanted.copied().collect();
        let kind = |doc: &DocId| match snapshot.layer(*doc) {
            Layer::Locality => Layer::City,
            layer => layer,
        };
        let kinds = wanted.chunk_by(|a, b| kind(a) == kind(b));
        queues.extend(kinds.map(|k| k.iter().map(|a| Hit::Place(*a)).collect()));
        queues
    }

    /// Houses and streets, as far as they are wanted.
    fn addresses(&self, snapshot: &Snapshot) -> Surroundings {
        let (houses, streets) = (self.wants(Layer::House), self.wants(Layer::Street));
        let mut found = Surroundings::default();
        for radius_m in self.circles().take_while(|_| houses || streets) {
            found = snapshot.surroundings(self.point, radius_m);
            let enough = |wanted: bool, n: usize| !wanted || n >= self.limit;
            // A building that holds the point may have other houses that are nearer than its own point.
            let whole = found.houses.iter().all(|h| h.distance_m <= radius_m);
            if whole && enough(houses, found.houses.len()) && enough(streets, found.streets.len()) {
                break;
            }
        }
        if !houses {
            found.houses.clear();
        }
        if !streets {
            found.streets.clear();
        }
        found
    }

    /// POIs and stations, as far as they are wanted.
    fn pois(&self, snapshot: &Snapshot) -> Vec<NearPoi> {
        let wanted = [Layer::Poi, Layer::Station].map(|l| (l, self.wants(l)));
        let mut found = Vec::new();
        for radius_m in self
            .circles()
            .take_while(|_| wanted.iter().any(|(_, w)| *w))
        {
            found = snapshot.pois_near(&[snapshot.pois()], self.point, radius_m);
            let of = |layer| {
                found
                    .iter()
                    .filter(|p: &&NearPoi| snapshot.layer(p.doc) == layer)
                    .count()
            };
            if wanted.iter().all(|(l, w)| !w || of(*l) >= self.limit) {
                break;
            }
        }
        found.retain(|p| self.wants(snapshot.layer(p.doc)));
        found
    }

    /// Radii in metres in which is looked, one after the other.
    fn circles(&self) -> impl Iterator<Item = f64> {
        let growing = std::iter::successors(Some(FIRST_CIRCLE_M), |r| Some(r * CIRCLE_GROWTH));
        let last = self.radius_m;
        growing
            .take_while(move |r| *r < last)
            .chain(std::iter::once(last))
    }
}

/// Whether the point is on a street whose houses are farther than another street's, and in no known building.
fn lies_on_street(around: &Surroundings) -> bool {
    let nearest = around.streets.first().zip(around.houses.first());
    nearest.is_some_and(|(street, house)| {
        street.distance_m <= ON_STREET_M && !house.contains && house.doc != street.doc
    })
}

/// The first of each kind, then the second of each, and so on.
fn in_order(queues: Vec<Vec<Hit>>, limit: usize) -> Vec<Hit> {
    let rounds = queues.iter().map(Vec::len).max().unwrap_or_default();
    (0..rounds)
        .flat_map(|n| queues.iter().filter_map(move |q| q.get(n).copied()))
        .take(limit)
        .collect()
}
