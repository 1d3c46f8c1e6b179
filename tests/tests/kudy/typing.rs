//! Longer input does not get worse: a place that is in sight while its label is typed stays in sight.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot build its data has failed"
)]

use geodata::Layer;
use geodata::snapshot::{DocId, Snapshot};
use server::search::{RankWeights, SearchQuery, describe_place, search};
use std::thread;
use tests::{TestApp, extract};

/// Results that a rider sees.
const IN_SIGHT: usize = 5;
/// From so many letters on a place in sight has to stay: one or two belong to more names around than fit into sight.
const FIRST_LETTERS: usize = 3;
/// Labels that may get lost, in a thousand: «Stra» begins half of the streets.
const LOST_PER_THOUSAND: usize = 8;
/// Of the houses every so many-th is typed.
const EVERY_NTH_HOUSE: usize = 10;

/// A label to type, and the place it stands for.
struct Target {
    label: String,
    doc: DocId,
    point: geodata::LonLat,
    /// Characters of the label up to the end of the house number; 0 for a street.
    numbered: usize,
}

/// Whether a text shows the target. While the number of a house is being typed, its street's houses are as good: there
/// are more of them than a rider can look at.
fn shows(snapshot: &Snapshot, weights: &RankWeights, text: &str, target: &Target) -> bool {
    let query = SearchQuery {
        limit: IN_SIGHT,
        ..SearchQuery::typed(text, Some(target.point))
    };
    let on_its_way = text.chars().count() < target.numbered;
    let results = search(snapshot, weights, &query).results;
    results
        .iter()
        .any(|r| r.label.text == target.label || on_its_way && r.doc == target.doc)
}

/// Where a label that was in sight got lost, as the text that lost it.
fn lost(snapshot: &Snapshot, weights: &RankWeights, target: &Target) -> Option<String> {
    let letters: Vec<char> = target.label.chars().collect();
    let mut seen = false;
    for n in FIRST_LETTERS..=letters.len() {
        if letters[n - 1] == ' ' {
            continue;
        }
        let text: String = letters[..n].iter().collect();
        let found = shows(snapshot, weights, &text, target);
        if seen && !found {
            return Some(text);
        }
        seen |= found;
    }
    (!seen).then(|| format!("{} (never seen)", target.label))
}

/// Every street, and every tenth house, by the label that the search itself shows.
fn targets(snapshot: &Snapshot) -> Vec<Target> {
    let target = |doc: DocId, number: &str, point| {
        let id = geodata::PlaceRef::whole(snapshot.place(doc).id);
        let label = describe_place(snapshot, id, &[]).unwrap().label;
        let rest = label.text.strip_prefix(&label.name).unwrap();
        let named = if number.is_empty() {
            label.name.clone()
        } else {
            format!("{} {number}", label.name)
        };
        Target {
            label: format!("{named}{rest}"),
            doc,
            point,
            numbered: if number.is_empty() {
                0
            } else {
                named.chars().count()
            },
        }
    };
    let streets: Vec<DocId> = (0..u32::try_from(snapshot.len()).unwrap())
        .filter(|doc| snapshot.layer(*doc) == Layer::Street)
        .collect();
    let houses = streets
        .iter()
        .flat_map(|doc| snapshot.houses(*doc).iter().map(|h| (*doc, h)))
        .step_by(EVERY_NTH_HOUSE)
        .map(|(doc, house)| target(doc, snapshot.text(house.number), house.point));
    let whole = streets
        .iter()
        .map(|doc| target(*doc, "", snapshot.place(*doc).point));
    whole.chain(houses).collect()
}

#[test]
fn the_next_letter_does_not_lose_the_place() {
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
    assert!(
        lost.len() * 1000 <= targets.len() * LOST_PER_THOUSAND,
        "{} lost:\n{}",
        lost.len(),
        lost.join("\n")
    );
}
