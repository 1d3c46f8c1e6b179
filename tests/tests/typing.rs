//! Longer input never gets worse: a place that is in sight while its label is typed stays in sight.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot build its data has failed"
)]

use geodata::Layer;
use geodata::snapshot::{DocId, Snapshot};
use server::search::{RankWeights, SearchQuery, search};
use std::thread;
use tests::{TestApp, extract};

/// Results that a rider sees.
const IN_SIGHT: usize = 5;
/// Of the houses every so many-th is typed.
const EVERY_NTH_HOUSE: usize = 10;

/// A label to type, and where its place is.
struct Target {
    label: String,
    point: geodata::LonLat,
}

fn search_labels(
    snapshot: &Snapshot,
    weights: &RankWeights,
    text: &str,
    target: &Target,
) -> Vec<String> {
    let query = SearchQuery {
        limit: IN_SIGHT,
        ..SearchQuery::typed(text, Some(target.point))
    };
    let results = search(snapshot, weights, &query).results;
    results.into_iter().map(|r| r.label.text).collect()
}

/// Where a label that was in sight got lost, as the text that lost it.
fn lost(snapshot: &Snapshot, weights: &RankWeights, target: &Target) -> Option<String> {
    let letters: Vec<char> = target.label.chars().collect();
    let mut seen = false;
    for n in 1..=letters.len() {
        if letters[n - 1] == ' ' {
            continue;
        }
        let text: String = letters[..n].iter().collect();
        let found = search_labels(snapshot, weights, &text, target).contains(&target.label);
        if seen && !found {
            return Some(text);
        }
        seen |= found;
    }
    (!seen).then(|| format!("{} (never seen)", target.label))
}

/// Every street, and every tenth house, by the label that the search itself shows.
fn targets(snapshot: &Snapshot) -> Vec<Target> {
    let label = |doc: DocId, part: &str| {
        let id = snapshot.place(doc).id;
        let details =
            server::search::describe_place(snapshot, geodata::PlaceRef::whole(id), &[]).unwrap();
        let rest = details
            .label
            .text
            .strip_prefix(&details.label.name)
            .unwrap_or_default();
        format!("{}{part}{rest}", details.label.name)
    };
    let streets: Vec<DocId> = (0..u32::try_from(snapshot.len()).unwrap())
        .filter(|doc| snapshot.layer(*doc) == Layer::Street)
        .collect();
    let houses = streets
        .iter()
        .flat_map(|doc| snapshot.houses(*doc).iter().map(|h| (*doc, h)))
        .step_by(EVERY_NTH_HOUSE)
        .map(|(doc, house)| Target {
            label: label(doc, &format!(" {}", snapshot.text(house.number))),
            point: house.point,
        });
    let whole = streets.iter().map(|doc| Target {
        label: label(*doc, ""),
        point: snapshot.place(*doc).point,
    });
    whole.chain(houses).collect()
}

#[test]
fn the_next_letter_never_loses_the_place() {
    let app =
        TestApp::from_extracts(&["chisinau-bbbike", "ladyzhyn", "mykolaiv-streets"].map(extract));
    let (snapshot, weights) = (app.snapshot(), RankWeights::default());
    let targets = targets(&snapshot);
    assert!(targets.len() > 3_000, "only {} places", targets.len());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let lost: Vec<String> = thread::scope(|scope| {
        let share = targets.len().div_ceil(workers);
        let started: Vec<_> = targets
            .chunks(share)
            .map(|part| {
                let (snapshot, weights) = (&snapshot, &weights);
                scope.spawn(move || {
                    let lost = part
                        .iter()
                        .filter_map(|t| Some((t, lost(snapshot, weights, t)?)));
                    lost.map(|(t, text)| format!("{} at «{text}»", t.label))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        started
            .into_iter()
            .flat_map(|s| s.join().unwrap())
            .collect()
    });
    println!(
        "{} of {} labels stay in sight",
        targets.len() - lost.len(),
        targets.len()
    );
    assert!(lost.is_empty(), "{} lost:\n{}", lost.len(), lost.join("\n"));
}
