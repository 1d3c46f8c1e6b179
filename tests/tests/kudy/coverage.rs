//! Every object with a house number is found by "street number" with `match: exact`, where it is: measured by asking
//! for every one of them.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may stop, and shows what it measured"
)]

use geodata::snapshot::Snapshot;
use geodata::{LonLat, OsmKind, SourceId};
use osmpbfreader::{OsmObj, OsmPbfReader};
use server::search::{MatchState, RankWeights, SearchQuery, search};
use std::collections::{BTreeMap, HashMap};
use tests::{TestApp, extract};

/// The share that must be found.
const LEAST: f64 = 0.98;
/// How far the answer may be from the object, in metres: the same number on one street is one house within 150 m.
const NEAR_M: f64 = 160.0;

/// An object with a house number, as the map has it.
struct Addressed {
    source: SourceId,
    number: String,
    street: String,
    place: String,
    point: LonLat,
}

/// Reads the addressed objects of an extract, independently of the indexer.
fn addressed(name: &str) -> Vec<Addressed> {
    let file = std::fs::File::open(extract(name)).unwrap();
    let mut reader = OsmPbfReader::new(file);
    let objects: Vec<OsmObj> = reader.iter().map(Result::unwrap).collect();
    let mut points: HashMap<i64, LonLat> = HashMap::new();
    let mut lines: HashMap<i64, Vec<i64>> = HashMap::new();
    for object in &objects {
        match object {
            OsmObj::Node(n) => {
                points.insert(n.id.0, LonLat::clamped(n.lon(), n.lat()));
            }
            OsmObj::Way(w) => {
                lines.insert(w.id.0, w.nodes.iter().map(|n| n.0).collect());
            }
            OsmObj::Relation(_) => {}
        }
    }
    let middle = |way: i64| -> Option<LonLat> {
        let points: Vec<LonLat> = lines
            .get(&way)?
            .iter()
            .filter_map(|n| points.get(n).copied())
            .collect();
        let n = points.len().max(1) as f64;
        let (x, y) = points
            .iter()
            .fold((0.0, 0.0), |(x, y), p| (x + p.lon(), y + p.lat()));
        (!points.is_empty()).then(|| LonLat::clamped(x / n, y / n))
    };
    let mut found = Vec::new();
    for object in &objects {
        let (source, point) = match object {
            OsmObj::Node(n) => (
                SourceId::osm(OsmKind::Node, n.id.0),
                points.get(&n.id.0).copied(),
            ),
            OsmObj::Way(w) => (SourceId::osm(OsmKind::Way, w.id.0), middle(w.id.0)),
            OsmObj::Relation(r) => {
                let way = r
                    .refs
                    .iter()
                    .find_map(|m| m.member.way().and_then(|w| middle(w.0)));
                (SourceId::osm(OsmKind::Relation, r.id.0), way)
            }
        };
        let tag = |key: &str| {
            object
                .tags()
                .get(key)
                .map(ToString::to_string)
                .unwrap_or_default()
        };
        if object.tags().contains_key("addr:housenumber") {
            let point = point.unwrap_or(LonLat::clamped(0.0, 0.0));
            let place = ["addr:place", "addr:village", "addr:city"]
                .map(tag)
                .into_iter()
                .find(|p| !p.is_empty());
            found.push(Addressed {
                source,
                number: tag("addr:housenumber"),
                street: tag("addr:street"),
                place: place.unwrap_or_default(),
                point,
            });
        }
    }
    found
}

/// Why an object is not found, or `None` when it is.
fn miss(snapshot: &Snapshot, weights: &RankWeights, object: &Addressed) -> Option<String> {
    let text = match (object.street.as_str(), object.place.as_str()) {
        ("", "") => return by_neighbourhood(snapshot, object),
        ("", place) => format!("{place} {}", object.number),
        (street, _) => format!("{street} {}", object.number),
    };
    let query = SearchQuery {
        typing: false,
        ..SearchQuery::typed(&text, Some(object.point))
    };
    let answer = search(snapshot, weights, &query);
    let honest =
        |s: Option<MatchState>| matches!(s, Some(MatchState::Exact | MatchState::Entrance));
    let right = answer
        .results
        .iter()
        .any(|r| honest(r.state) && r.point.distance_m(object.point) <= NEAR_M);
    if right {
        return None;
    }
    if object.street.is_empty() && by_neighbourhood(snapshot, object).is_none() {
        return None;
    }
    let first = answer.results.first();
    Some(match first {
        None => "nothing found".to_owned(),
        Some(r) => match r.state {
            Some(MatchState::Exact) => "another house".to_owned(),
            Some(state) => state.as_str().to_owned(),
            None => "no house".to_owned(),
        },
    })
}

/// An object without `addr:street`: it must have been attached somewhere under its number.
fn by_neighbourhood(snapshot: &Snapshot, object: &Addressed) -> Option<String> {
    let attached = (0..u32::try_from(snapshot.len()).unwrap()).any(|doc| {
        snapshot.houses(doc).iter().any(|h| {
            h.source == object.source || snapshot.joined(h.source).any(|s| s == object.source)
        })
    });
    (!attached).then(|| "without addr:street, attached nowhere".to_owned())
}

#[track_caller]
fn check(name: &str) {
    let app = TestApp::from_extracts(&[extract(name)]);
    let snapshot = app.snapshot();
    let weights = RankWeights::default();
    let objects = addressed(name);
    let mut misses: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for object in &objects {
        if let Some(why) = miss(&snapshot, &weights, object) {
            misses.entry(why).or_default().push(format!(
                "{} {} {}",
                object.source, object.street, object.number
            ));
        }
    }
    let missed: usize = misses.values().map(Vec::len).sum();
    let share = 1.0 - missed as f64 / objects.len() as f64;
    println!(
        "{name}: {} of {} addressed objects found exactly ({:.2} %)",
        objects.len() - missed,
        objects.len(),
        share * 100.0
    );
    for (why, objects) in &misses {
        println!(
            "  {:5} {why}: {}",
            objects.len(),
            objects[..objects.len().min(6)].join("; ")
        );
    }
    assert!(share >= LEAST, "{name}: {share}");
}

#[test]
fn every_house_of_chisinau_is_found() {
    check("chisinau-bbbike");
}

/// Every numbered entrance of the extract, asked for as "street number entrance".
#[test]
fn every_entrance_of_ladyzhyn_is_found() {
    let app = TestApp::from_extracts(&[extract("ladyzhyn")]);
    let file = std::fs::File::open(extract("ladyzhyn")).unwrap();
    let mut reader = OsmPbfReader::new(file);
    let nodes = reader
        .iter()
        .map(Result::unwrap)
        .filter_map(|o| o.node().cloned());
    let doors: Vec<_> = nodes.filter(|n| n.tags.contains_key("entrance")).collect();
    assert_eq!(doors.len(), 529);
    let mut missed = Vec::new();
    for door in &doors {
        let tag = |key: &str| {
            door.tags
                .get(key)
                .map(ToString::to_string)
                .unwrap_or_default()
        };
        let text = format!(
            "{} {} під'їзд {}",
            tag("addr:street"),
            tag("addr:housenumber"),
            tag("ref")
        );
        let reply = app.autocomplete(&text, Some((door.lon(), door.lat())));
        if reply.first("match") != "entrance" {
            missed.push(format!("{text}: {}", reply.first("label")));
        }
    }
    println!(
        "ladyzhyn: {} of {} entrances found",
        doors.len() - missed.len(),
        doors.len()
    );
    assert!(missed.is_empty(), "{missed:?}");
}

#[test]
fn every_house_of_ladyzhyn_is_found() {
    check("ladyzhyn");
}

#[test]
fn every_house_of_liechtenstein_is_found() {
    check("liechtenstein-2015");
}
