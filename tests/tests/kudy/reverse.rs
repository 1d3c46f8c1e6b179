//! From points back to addresses, over real extracts: compared with looking at everything there is.

#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a test may stop, and shows what it measured"
)]

use geodata::snapshot::{DocId, Snapshot};
use geodata::{Bbox, Layer, LonLat, OsmKind, PlaceRef, SourceId};
use osmpbfreader::{OsmObj, OsmPbfReader};
use proptest::prelude::*;
use server::search::{NearbyQuery, ReverseQuery, View, nearby, reverse};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use tests::{TestApp, extract};

const EXTRACTS: [&str; 2] = ["chisinau-bbbike", "ladyzhyn"];
/// Random points of the comparison.
const POINTS: usize = 5_000;
/// How far they lie from some house, in degrees.
const SPREAD: f64 = 0.004;
/// The share of houses whose own point gives them back.
const LEAST: f64 = 0.99;
/// Distances that are equal for a person, in metres: outlines are kept to some centimetres.
const SAME_M: f64 = 0.1;

struct Country {
    snapshot: Arc<Snapshot>,
    view: View,
    /// All houses, each once.
    houses: Vec<House>,
    /// Outlines of houses as the map has them.
    outlines: Vec<Outline>,
    /// Shores, rivers, canals and streams.
    waters: Vec<Vec<LonLat>>,
}

struct House {
    id: PlaceRef,
    street: DocId,
    source: SourceId,
    point: LonLat,
}

struct Outline {
    /// Position of the house.
    house: usize,
    rings: Vec<Vec<LonLat>>,
    bbox: Bbox,
}

impl Outline {
    fn holds(&self, point: LonLat) -> bool {
        self.bbox.contains(point) && is_inside(&self.rings, point)
    }
}

static COUNTRY: LazyLock<Country> = LazyLock::new(|| {
    let app = TestApp::from_extracts(&EXTRACTS.map(extract));
    let snapshot = Arc::new(app.snapshot());
    let mut houses = Vec::new();
    let mut by_source: HashMap<SourceId, usize> = HashMap::new();
    for doc in docs(&snapshot) {
        for house in snapshot.houses(doc).iter().filter(|h| !h.is_corner()) {
            let id = PlaceRef::house(snapshot.place(doc).id, house.source);
            // Houses between others share the object they were computed from.
            let known = by_source.get(&house.source).copied();
            if known.is_some() && !house.is_interpolated() {
                continue;
            }
            by_source.insert(house.source, houses.len());
            for other in snapshot.joined(house.source) {
                by_source.insert(other, houses.len());
            }
            houses.push(House {
                id,
                street: doc,
                source: house.source,
                point: house.point,
            });
        }
    }
    let outlines = EXTRACTS
        .iter()
        .flat_map(|name| outlines(name))
        .filter_map(|(source, rings)| {
            Some(Outline {
                house: *by_source.get(&source)?,
                bbox: Bbox::around(rings.iter().flatten().copied())?,
                rings,
            })
        })
        .collect();
    Country {
        view: View::of(Arc::clone(&snapshot)),
        snapshot,
        houses,
        outlines,
        waters: EXTRACTS.iter().flat_map(|name| waters(name)).collect(),
    }
});

fn docs(snapshot: &Snapshot) -> std::ops::Range<DocId> {
    0..DocId::try_from(snapshot.len()).unwrap()
}

/// Closed ways, and relations of closed ways, with a house number: independently of the indexer.
fn outlines(name: &str) -> Vec<(SourceId, Vec<Vec<LonLat>>)> {
    let file = std::fs::File::open(extract(name)).unwrap();
    let mut reader = OsmPbfReader::new(file);
    let objects: Vec<OsmObj> = reader.iter().map(Result::unwrap).collect();
    let nodes: HashMap<i64, LonLat> = objects
        .iter()
        .filter_map(OsmObj::node)
        .map(|n| (n.id.0, LonLat::clamped(n.lon(), n.lat())))
        .collect();
    let ways = objects.iter().filter_map(OsmObj::way);
    let closed = ways.filter(|w| w.nodes.len() >= 4 && w.nodes.first() == w.nodes.last());
    let rings: HashMap<i64, Vec<LonLat>> = closed
        .map(|w| {
            let ring = w.nodes.iter().filter_map(|n| nodes.get(&n.0).copied());
            (w.id.0, ring.collect())
        })
        .collect();
    let addressed = objects
        .iter()
        .filter(|o| o.tags().contains_key("addr:housenumber"));
    let outline = |object: &OsmObj| match object {
        OsmObj::Node(_) => None,
        OsmObj::Way(w) => Some((
            SourceId::osm(OsmKind::Way, w.id.0),
            vec![rings.get(&w.id.0)?.clone()],
        )),
        OsmObj::Relation(r) => {
            let ways = r.refs.iter().filter_map(|m| m.member.way());
            let parts = ways.filter_map(|w| rings.get(&w.0).cloned()).collect();
            Some((SourceId::osm(OsmKind::Relation, r.id.0), parts))
        }
    };
    addressed.filter_map(outline).collect()
}

/// Lines that nobody walks over, as far as snapshots keep them: to a decimetre.
fn waters(name: &str) -> Vec<Vec<LonLat>> {
    let file = std::fs::File::open(extract(name)).unwrap();
    let mut reader = OsmPbfReader::new(file);
    let objects: Vec<OsmObj> = reader.iter().map(Result::unwrap).collect();
    let rounded = |v: f64| (v * 1e6).round() / 1e6;
    let nodes: HashMap<i64, LonLat> = objects
        .iter()
        .filter_map(OsmObj::node)
        .map(|n| (n.id.0, LonLat::clamped(rounded(n.lon()), rounded(n.lat()))))
        .collect();
    let lines: HashMap<i64, Vec<LonLat>> = objects
        .iter()
        .filter_map(OsmObj::way)
        .map(|w| {
            let line = w.nodes.iter().filter_map(|n| nodes.get(&n.0).copied());
            (w.id.0, line.collect())
        })
        .collect();
    let is_water = |o: &&OsmObj| {
        let tag = |key: &str| o.tags().get(key).map_or("", |v| v.as_str());
        let wet = ["river", "canal", "stream", "riverbank"].contains(&tag("waterway"))
            || tag("natural") == "water";
        let under = tag("layer").starts_with('-') || !["", "no"].contains(&tag("tunnel"));
        wet && !under && tag("highway").is_empty() && tag("railway").is_empty()
    };
    let of = |object: &OsmObj| match object {
        OsmObj::Node(_) => Vec::new(),
        OsmObj::Way(w) => vec![w.id.0],
        OsmObj::Relation(r) => r
            .refs
            .iter()
            .filter_map(|m| m.member.way())
            .map(|w| w.0)
            .collect(),
    };
    let wanted = objects.iter().filter(is_water).flat_map(of);
    wanted.filter_map(|id| lines.get(&id).cloned()).collect()
}

/// Whether the straight way from a point to another leads over water, by the signs of areas.
fn leads_over(waters: &[Vec<LonLat>], from: LonLat, to: LonLat) -> bool {
    let side = |a: LonLat, b: LonLat, c: LonLat| {
        (b.lon() - a.lon()) * (c.lat() - a.lat()) - (b.lat() - a.lat()) * (c.lon() - a.lon())
    };
    let near =
        |p: LonLat| (p.lat() - from.lat()).abs() < 0.05 && (p.lon() - from.lon()).abs() < 0.05;
    let mut segments = waters
        .iter()
        .flat_map(|line| line.windows(2))
        .filter(|s| near(s[0]));
    segments.any(|s| {
        side(from, to, s[0]) * side(from, to, s[1]) < 0.0
            && side(s[0], s[1], from) * side(s[0], s[1], to) < 0.0
    })
}

/// Metres on the sphere: haversine, another formula than the code under test uses at short range.
fn metres(a: LonLat, b: LonLat) -> f64 {
    let (p, q) = (a.lat().to_radians(), b.lat().to_radians());
    let half = |v: f64| (v / 2.0).sin().powi(2);
    let h = half(q - p) + p.cos() * q.cos() * half((b.lon() - a.lon()).to_radians());
    2.0 * 6_371_008.8 * h.sqrt().asin()
}

/// Metres to the nearest point of a line, by trying shares of every segment and closing in.
fn metres_to_line(line: &[LonLat], p: LonLat) -> f64 {
    let segment = |a: LonLat, b: LonLat| {
        let far = |share: f64| metres(geodata::interpolate(a, b, share), p);
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..60 {
            let third = (high - low) / 3.0;
            if far(low + third) < far(high - third) {
                high -= third;
            } else {
                low += third;
            }
        }
        far(f64::midpoint(low, high)).min(far(0.0)).min(far(1.0))
    };
    let segments = line.windows(2).map(|s| segment(s[0], s[1]));
    segments.fold(metres(line[0], p), f64::min)
}

/// Whether a ray to the east leaves an odd number of edges behind.
fn is_inside(rings: &[Vec<LonLat>], p: LonLat) -> bool {
    let edges = rings.iter().flat_map(|r| r.windows(2));
    let crossed = edges.filter(|e| {
        let (a, b) = (e[0], e[1]);
        let between = (a.lat() > p.lat()) != (b.lat() > p.lat());
        let at = (p.lat() - a.lat()) / (b.lat() - a.lat());
        between && p.lon() < a.lon() + at * (b.lon() - a.lon())
    });
    crossed.count() % 2 == 1
}

/// A stream of numbers from 0 to 1 that is always the same (`SplitMix64`).
fn numbers() -> impl FnMut() -> f64 {
    let mut state = 42_u64;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn points(country: &Country) -> Vec<LonLat> {
    let mut next = numbers();
    let mut point = || {
        let n = (next() * country.houses.len() as f64) as usize;
        let near = country.houses[n].point;
        let mut off = || (next() - 0.5) * 2.0 * SPREAD * next();
        LonLat::clamped(near.lon() + off(), near.lat() + off())
    };
    (0..POINTS).map(|_| point()).collect()
}

fn query(point: LonLat, layer: Layer) -> ReverseQuery {
    ReverseQuery {
        point,
        radius_m: 2_000.0,
        layers: vec![layer],
        limit: 1,
        languages: Vec::new(),
    }
}

/// Houses that may stand first for a point: those of the building around it, else the nearest on this side of the water,
/// else the nearest.
fn expected(country: &Country, point: LonLat) -> Vec<PlaceRef> {
    let around: Vec<&Outline> = country.outlines.iter().filter(|o| o.holds(point)).collect();
    let in_building = |n: usize| {
        let at = country.houses[n].point;
        around.iter().any(|o| o.house == n || o.holds(at))
    };
    let all = (0..country.houses.len()).filter(|n| around.is_empty() || in_building(*n));
    let mut far: Vec<(f64, usize)> = all
        .map(|n| (metres(point, country.houses[n].point), n))
        .filter(|(d, _)| !around.is_empty() || *d <= 2_000.0)
        .collect();
    far.sort_by(|a, b| a.0.total_cmp(&b.0));
    let this_bank = |(_, n): &&(f64, usize)| {
        !around.is_empty() || !leads_over(&country.waters, point, country.houses[*n].point)
    };
    let Some((least, first)) = far.iter().find(this_bank).or(far.first()).copied() else {
        return Vec::new();
    };
    let equal = far
        .iter()
        .filter(|(d, n)| *n == first || (*d - least).abs() <= SAME_M);
    equal.map(|(_, n)| country.houses[*n].id).collect()
}

#[test]
fn every_house_is_found_at_its_own_point() {
    let country = &*COUNTRY;
    let found = country.houses.iter().filter(|house| {
        let answer = reverse(&country.view, &query(house.point, Layer::House));
        answer
            .results
            .first()
            .is_some_and(|r| r.found.id == house.id && r.found.doc == house.street)
    });
    let (found, all) = (found.count(), country.houses.len());
    println!("{found} of {all} houses are found at their own point");
    assert!(found as f64 >= LEAST * all as f64, "{found} of {all}");
}

#[test]
fn the_first_house_is_the_one_that_looking_at_all_gives() {
    let country = &*COUNTRY;
    let (mut wrong, mut inside) = (Vec::new(), 0);
    for point in points(country) {
        let answer = reverse(&country.view, &query(point, Layer::House));
        let found = answer.results.first().map(|r| r.found.id);
        let expect = expected(country, point);
        inside += usize::from(country.outlines.iter().any(|o| o.holds(point)));
        if found.map_or(!expect.is_empty(), |f| !expect.contains(&f)) {
            let found = answer.results.first().map(|r| &r.found);
            let found = found.map(|f| (f.source.to_string(), f.distance_m));
            let expect = country.houses.iter().filter(|h| expect.contains(&h.id));
            let expect: Vec<_> = expect
                .map(|h| (h.source.to_string(), metres(point, h.point)))
                .collect();
            wrong.push(format!("{point:?}: {found:?}, expected {expect:?}"));
        }
    }
    println!(
        "{} of {POINTS} differ; {inside} lie in buildings",
        wrong.len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_first_street_is_the_one_that_looking_at_all_gives() {
    let country = &*COUNTRY;
    let (snapshot, view) = (&country.snapshot, &country.view);
    // Streets far away in any direction need no exact distance.
    let near = |line: &[LonLat], p: LonLat| {
        let off = |v: &LonLat| (v.lat() - p.lat()).abs() < 0.02 && (v.lon() - p.lon()).abs() < 0.03;
        line.iter().any(off)
    };
    for point in points(country).into_iter().step_by(10) {
        let answer = reverse(view, &query(point, Layer::Street));
        let found = answer
            .results
            .first()
            .map(|r| (r.found.distance_m.unwrap(), r.found.doc));
        let lines = docs(snapshot).flat_map(|doc| snapshot.lines(doc));
        let least = lines
            .filter(|l| near(l, point))
            .map(|l| metres_to_line(l, point))
            .fold(f64::INFINITY, f64::min);
        match found {
            None => assert!(least > 1_999.0, "{point:?}: none, expected {least} m"),
            Some((distance, doc)) => {
                assert!(
                    (distance - least).abs() <= SAME_M + 0.001 * least,
                    "{point:?}: {distance} m, expected {least} m"
                );
                let own = snapshot
                    .lines(doc)
                    .map(|l| metres_to_line(l, point))
                    .fold(f64::INFINITY, f64::min);
                assert!(
                    (own - least).abs() <= SAME_M + 0.001 * least,
                    "{point:?}: {own} m, expected {least} m"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn no_point_of_the_world_panics(
        lon in prop_oneof![-180.0..=180.0, Just(180.0), Just(-180.0), 28.6..29.4, Just(0.0)],
        lat in prop_oneof![-90.0..=90.0, Just(90.0), Just(-90.0), 46.9..48.8, Just(0.0)],
        radius in prop_oneof![Just(1.0), 1.0..50_000.0],
        limit in 1_usize..=20,
    ) {
        let view = &COUNTRY.view;
        let point = LonLat::new(lon, lat).unwrap();
        let radius_m = f64::min(radius, 2_000.0);
        let answer = reverse(view, &ReverseQuery { limit, radius_m, layers: Vec::new(), ..query(point, Layer::House) });
        prop_assert!(answer.results.len() <= limit);
        let asked = NearbyQuery {
            point,
            radius_m: radius,
            categories: vec!["amenity".to_owned()],
            brand: None,
            attributes: Vec::new(),
            open_at: "2026-11-21T10:00:00Z".parse().ok(),
            limit,
            languages: Vec::new(),
        };
        for near in nearby(view, &asked) {
            prop_assert!(near.open == Some(true) && near.found.distance_m.unwrap() <= radius);
        }
    }
}
