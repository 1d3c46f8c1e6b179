//! Pickup points over real extracts that somebody looked at on a drawing, and what a second opinion thinks of many more.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

use geodata::pickup::{Guidance, Meeting, PickupAnswer, PickupQuery, SideWish, pickup_points};
use geodata::snapshot::{DocId, Snapshot};
use geodata::{LonLat, PlaceRef, SourceId};
use std::path::Path;
use tests::{PickupJudge, Proposal, TestApp, extract, places_by_source};

/// Places of each extract that the second opinion is asked about.
const SAMPLE: usize = 300;
/// The share of first points that it must find good.
const LEAST_GOOD: f64 = 0.95;

fn answer(snapshot: &Snapshot, doc: DocId, id: PlaceRef) -> PickupAnswer {
    let query = PickupQuery {
        meeting: Meeting::of(snapshot, doc, id).unwrap(),
        side: SideWish::Either,
        limit: 5,
        languages: vec!["uk".to_owned()],
    };
    pickup_points(snapshot, &query, |_| Guidance::default())
}

/// A line of a golden file: place, kind, road, where (lon, lat), how near in metres, why.
fn check(snapshot: &Snapshot, (line, at): (&str, String), failed: &mut Vec<String>) {
    let columns: Vec<&str> = line.split('\t').collect();
    let [place, kind, way, lon, lat, within_m, why] = columns[..] else {
        panic!("{at}: expected 7 columns, got {}", columns.len());
    };
    let source: SourceId = place.parse().unwrap();
    let places = places_by_source(snapshot);
    let Some((doc, id)) = places.get(&source).copied() else {
        return failed.push(format!("{at}: {place} is not in the snapshot"));
    };
    let answer = answer(snapshot, doc, id);
    let Some(first) = answer.points.first() else {
        return failed.push(format!("{at}: nothing found ({why})"));
    };
    let expected = LonLat::new(lon.parse().unwrap(), lat.parse().unwrap()).unwrap();
    let away_m = first.point.distance_m(expected);
    let roads: Vec<&str> = way.split('|').collect();
    let right = first.kind.as_str() == kind
        && (way == "-" || roads.contains(&first.way.to_string().as_str()))
        && away_m <= within_m.parse::<f64>().unwrap();
    if !right {
        let found = format!(
            "{} on {} {away_m:.0} m away",
            first.kind.as_str(),
            first.way
        );
        failed.push(format!(
            "{at}: {place} expected {kind} on {way} ({why}), got {found}"
        ));
    }
}

#[test]
fn every_golden_pickup_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/pickups");
    let (mut failed, mut cases) = (Vec::new(), 0);
    for name in ["chisinau-bbbike", "minsk-centre"] {
        let text = std::fs::read_to_string(folder.join(format!("{name}.tsv"))).unwrap();
        let app = TestApp::from_extracts(&[extract(name)]);
        let snapshot = app.snapshot();
        let lines = (1..)
            .zip(text.lines())
            .skip(1)
            .filter(|(_, l)| !l.starts_with('#') && !l.is_empty());
        for (n, line) in lines {
            cases += 1;
            check(&snapshot, (line, format!("{name}.tsv:{n}")), &mut failed);
        }
    }
    assert!(cases >= 40, "only {cases} cases were found");
    assert!(
        failed.is_empty(),
        "{} of {cases} failed:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

#[test]
fn a_second_opinion_finds_most_first_points_good() {
    for name in ["chisinau-bbbike", "minsk-centre"] {
        let judge = PickupJudge::read(&extract(name));
        let app = TestApp::from_extracts(&[extract(name)]);
        let snapshot = app.snapshot();
        let mut places: Vec<(SourceId, (DocId, PlaceRef))> =
            places_by_source(&snapshot).into_iter().collect();
        places.sort_unstable_by_key(|(source, _)| *source);
        let step = (places.len() / SAMPLE).max(1);
        let (mut asked, mut good) = (0_u32, 0_u32);
        for (_, (doc, id)) in places.into_iter().step_by(step) {
            let answer = answer(&snapshot, doc, id);
            let Some(first) = answer.points.first() else {
                continue;
            };
            let proposal = Proposal {
                point: first.point,
                heading_deg: Some(first.heading_deg),
            };
            asked += 1;
            good += u32::from(judge.judge(&answer.anchors(), proposal).is_good());
        }
        let share = f64::from(good) / f64::from(asked);
        println!("{name}: {good} of {asked} good, {share:.3}");
        assert!(
            asked > 100 && share >= LEAST_GOOD,
            "{name}: {good} of {asked}"
        );
    }
}
