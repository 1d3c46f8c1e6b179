//! The recipe: from a point to its address.
//!
//! What is around the point is asked of the snapshot in growing circles, until there is enough of every wanted kind.
//! The answer has the first of each kind before the second of any: the house in whose building the point is, else the
//! nearest; the nearest street, which comes first where the point lies on it and the house is another street's; the
//! nearest POI and station; then the areas around the point, the smallest first.

use super::near::{Near, Viewpoint};
use super::view::{Part, View};
use geodata::snapshot::{AreaNames, DocId, NearHouse, NearPoi, NearStreet, Snapshot, Surroundings};
use geodata::{Bbox, Layer, LonLat, line_crosses};

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

/// One result before it is rendered, and the part of what is shown that it comes from.
type Hit = (usize, Spot);

/// What a hit is.
#[derive(Clone, Copy)]
enum Spot {
    House(NearHouse),
    Street(NearStreet),
    Place(DocId),
}

/// Houses, streets and POIs around the point, of all parts.
#[derive(Default)]
struct Around {
    houses: Vec<(usize, NearHouse)>,
    streets: Vec<(usize, NearStreet)>,
    pois: Vec<(usize, NearPoi)>,
}

/// Answers a query.
pub fn reverse(view: &View, query: &ReverseQuery) -> ReverseAnswer {
    let published = view.published();
    let areas = published.areas_of(query.point);
    let parts = view.parts().iter().enumerate();
    let from = parts.map(|(n, p)| Viewpoint::new((n, &p.snapshot), query.point, &query.languages));
    let from: Vec<Viewpoint<'_>> = from.collect();
    let results = in_order(query.queues(view, &areas), query.limit)
        .into_iter()
        .filter_map(|(part, spot)| match spot {
            Spot::House(house) => from[part].house(house),
            Spot::Street(street) => Some(from[part].place(street.doc, street.point)),
            Spot::Place(doc) => {
                let point = view.snapshot(part).place(doc).point;
                Some(from[part].place(doc, point))
            }
        });
    ReverseAnswer {
        results: results.collect(),
        areas: published.name_areas(&areas, &query.languages),
    }
}

impl ReverseQuery {
    fn wants(&self, layer: Layer) -> bool {
        self.layers.is_empty() || self.layers.contains(&layer)
    }

    /// What there is of each kind, the best first.
    fn queues(&self, view: &View, areas: &[DocId]) -> Vec<Vec<Hit>> {
        let around = self.around(view);
        let street_first = lies_on_street(&around);
        let houses = around.houses.into_iter().map(|(n, h)| (n, Spot::House(h)));
        let streets = around
            .streets
            .into_iter()
            .map(|(n, s)| (n, Spot::Street(s)));
        let (houses, streets) = (houses.collect(), streets.collect());
        let mut queues: Vec<Vec<Hit>> = if street_first {
            vec![streets, houses]
        } else {
            vec![houses, streets]
        };
        for layer in [Layer::Poi, Layer::Station] {
            let of_layer = |(n, poi): &&(usize, NearPoi)| view.snapshot(*n).layer(poi.doc) == layer;
            let pois = around.pois.iter().filter(of_layer);
            queues.push(pois.map(|(n, p)| (*n, Spot::Place(p.doc))).collect());
        }
        // Districts, settlements, counties …, each kind a queue of its own.
        let published = view.published();
        let wanted = areas.iter().filter(|a| self.wants(published.layer(**a)));
        let wanted: Vec<DocId> = wanted.copied().collect();
        let kind = |doc: &DocId| match published.layer(*doc) {
            Layer::Locality => Layer::City,
            layer => layer,
        };
        // An area may have been edited, or deleted.
        let shown = |doc: &DocId| {
            let (part, doc) = view.find(published.place(*doc).id)?;
            Some((part, Spot::Place(doc)))
        };
        let kinds = wanted.chunk_by(|a, b| kind(a) == kind(b));
        queues.extend(kinds.map(|k| k.iter().filter_map(shown).collect()));
        queues
    }

    /// What is around the point, of all parts, each kind in order.
    fn around(&self, view: &View) -> Around {
        let mut around = Around::default();
        for (n, part) in view.parts().iter().enumerate() {
            let found = self.addresses(part, view.published());
            around
                .houses
                .extend(found.houses.into_iter().map(|h| (n, h)));
            around
                .streets
                .extend(found.streets.into_iter().map(|s| (n, s)));
            around
                .pois
                .extend(self.pois(part).into_iter().map(|p| (n, p)));
        }
        let Around {
            houses,
            streets,
            pois,
        } = &mut around;
        houses.sort_by(|(_, a), (_, b)| {
            let contains = b.contains.cmp(&a.contains);
            contains.then(a.distance_m.total_cmp(&b.distance_m))
        });
        streets.sort_by(|(_, a), (_, b)| a.distance_m.total_cmp(&b.distance_m));
        pois.sort_by(|(_, a), (_, b)| a.distance_m.total_cmp(&b.distance_m));
        let reach_m = houses.last().map_or(0.0, |(_, h)| h.distance_m);
        let bank = Bank::around(view.published(), self.point, reach_m);
        houses.sort_by_cached_key(|(part, house)| bank.is_across(view.snapshot(*part), house));
        around
    }

    /// Houses and streets of a part, as far as they are wanted.
    fn addresses(&self, part: &Part, published: &Snapshot) -> Surroundings {
        let (houses, streets) = (self.wants(Layer::House), self.wants(Layer::Street));
        let mut found = Surroundings::default();
        for radius_m in self.circles().take_while(|_| houses || streets) {
            found = part.snapshot.surroundings(self.point, radius_m);
            found.houses.retain(|h| !part.hidden.contains(&h.doc));
            found.streets.retain(|s| !part.hidden.contains(&s.doc));
            let enough = |wanted: bool, n: usize| !wanted || n >= self.limit;
            // A building that holds the point may have other houses that are nearer than its own point.
            let whole = found.houses.iter().all(|h| h.distance_m <= radius_m);
            if !whole || !enough(streets, found.streets.len()) {
                continue;
            }
            let bank = Bank::around(published, self.point, radius_m);
            let across = |h: &&NearHouse| bank.is_across(&part.snapshot, h);
            let near_bank = found.houses.iter().filter(|h| !across(h));
            if !houses || near_bank.count() >= self.limit {
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

    /// POIs and stations of a part, as far as they are wanted.
    fn pois(&self, part: &Part) -> Vec<NearPoi> {
        let snapshot = &*part.snapshot;
        let wanted = [Layer::Poi, Layer::Station].map(|l| (l, self.wants(l)));
        let mut found = Vec::new();
        for radius_m in self
            .circles()
            .take_while(|_| wanted.iter().any(|(_, w)| *w))
        {
            found = snapshot.pois_near(&[snapshot.pois()], self.point, radius_m);
            found.retain(|p| !part.hidden.contains(&p.doc));
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

/// The side of rivers and lakes that a point is on.
struct Bank {
    point: LonLat,
    waters: Vec<Vec<LonLat>>,
}

impl Bank {
    fn around(published: &Snapshot, point: LonLat, radius_m: f64) -> Bank {
        let boxes = Bbox::within(point, radius_m);
        Bank {
            point,
            waters: boxes.flat_map(|b| published.waters(&b)).collect(),
        }
    }

    /// Whether water lies between the point and a house in whose building it is not.
    fn is_across(&self, snapshot: &Snapshot, near: &NearHouse) -> bool {
        let Some(house) = snapshot.houses(near.doc).get(near.row) else {
            return false;
        };
        let crosses = |line: &Vec<LonLat>| line_crosses(line, self.point, house.point);
        !near.contains && self.waters.iter().any(crosses)
    }
}

/// Whether the point is on a street whose houses are farther than another street's, and in no known building.
fn lies_on_street(around: &Around) -> bool {
    let nearest = around.streets.first().zip(around.houses.first());
    nearest.is_some_and(|((street_part, street), (house_part, house))| {
        let own = (house_part, house.doc) == (street_part, street.doc);
        street.distance_m <= ON_STREET_M && !house.contains && !own
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
