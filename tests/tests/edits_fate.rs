//! What becomes of hundreds of edits when mappers have been at work too: compared with a plain re-computation that knows
//! nothing of the merge.
//!
//! Houses of a real extract are edited at random. A diff then does to a part of the same objects what mappers do: the
//! same, something else, or takes them away. Every edit has to end as the plain rule says, and to show what it says;
//! none is lost, and none applied twice.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot build its data has failed"
)]

use geodata::base::{EditFilter, EditState, NewEdit, Role};
use geodata::snapshot::{DocId, Snapshot};
use geodata::{Layer, PlaceRef, SourceId};
use indexer::pipeline::{BuildPlan, run_build};
use indexer::progress::Progress;
use osmpbfreader::{OsmObj, OsmPbfReader};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::fs::File;
use tests::{NOW_MS, TestApp, extract, plan};

/// Houses that are edited.
const EDITED: usize = 1_000;

/// What the cartographer does to a house.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Ours {
    Renumber,
    Move,
    Delete,
}

/// What mappers do to it meanwhile.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Theirs {
    Nothing,
    /// What the cartographer did, too.
    Same,
    Other,
    Delete,
}

/// A house with both.
struct Case {
    id: PlaceRef,
    source: SourceId,
    number: String,
    point: [f64; 2],
    ours: Ours,
    theirs: Theirs,
}

impl Case {
    fn new_number(&self) -> String {
        format!("{}Ж", self.number)
    }

    fn new_point(&self) -> [f64; 2] {
        [self.point[0] + 0.0004, self.point[1]]
    }

    fn edit(&self, author: i64) -> NewEdit {
        let (operation, before, after) = match self.ours {
            Ours::Renumber => (
                "set_housenumber",
                json!({ "housenumber": self.number }),
                json!({ "housenumber": self.new_number() }),
            ),
            Ours::Move => (
                "move",
                json!({ "position": self.point }),
                json!({ "position": self.new_point() }),
            ),
            Ours::Delete => (
                "delete",
                json!({ "housenumber": self.number, "position": self.point }),
                Value::Null,
            ),
        };
        NewEdit {
            operation: operation.to_owned(),
            target: Some(self.id.to_string()),
            before,
            after,
            comment: String::new(),
            evidence: Vec::new(),
            author,
            key: None,
            snapshot: String::new(),
        }
    }

    /// The number and the point that the map has now; `None` when the house is gone.
    fn upstream(&self) -> Option<(String, [f64; 2])> {
        let (number, point) = (self.number.clone(), self.point);
        match (self.theirs, self.ours) {
            (Theirs::Nothing, _) => Some((number, point)),
            (Theirs::Delete, _) | (Theirs::Same, Ours::Delete) => None,
            (Theirs::Same, Ours::Renumber) => Some((self.new_number(), point)),
            (Theirs::Same, Ours::Move) => Some((number, self.new_point())),
            (Theirs::Other, Ours::Move) => Some((number, [point[0], point[1] + 0.0003])),
            (Theirs::Other, _) => Some((format!("{}Ю", self.number), point)),
        }
    }

    /// The plain rule: what the edit has to end as.
    fn fate(&self) -> EditState {
        let Some((number, point)) = self.upstream() else {
            // Nothing is left to take away; nothing is left to change.
            return if self.ours == Ours::Delete {
                EditState::Absorbed
            } else {
                EditState::Conflicted
            };
        };
        let untouched = number == self.number && json!(point) == json!(self.point);
        let (was, is, wanted) = match self.ours {
            Ours::Renumber => (json!(self.number), json!(number), json!(self.new_number())),
            Ours::Move => (json!(self.point), json!(point), json!(self.new_point())),
            Ours::Delete => (json!(true), json!(untouched), Value::Null),
        };
        if is == wanted {
            EditState::Absorbed
        } else if is == was {
            EditState::Approved
        } else {
            EditState::Conflicted
        }
    }
}

/// Numbers that look random and are always the same: xorshift.
fn next(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

/// Houses that stand for one object, on one street, under one plain number.
fn cases(snapshot: &Snapshot, seed: &mut u64) -> Vec<Case> {
    let mut cases = Vec::new();
    for doc in 0..DocId::try_from(snapshot.len()).unwrap() {
        if snapshot.layer(doc) != Layer::Street {
            continue;
        }
        let mut numbers: HashMap<u64, usize> = HashMap::new();
        for house in snapshot.houses(doc).iter() {
            *numbers.entry(house.key()).or_default() += 1;
        }
        for house in snapshot.houses(doc).iter() {
            let number = snapshot.text(house.number);
            let object = house.source.to_string();
            let drawn = object.starts_with('n') || object.starts_with('w');
            let plain = drawn && number.bytes().all(|b| b.is_ascii_digit());
            let alone =
                numbers[&house.key()] == 1 && snapshot.joined(house.source).next().is_none();
            if !plain || !alone || house.is_interpolated() {
                continue;
            }
            let ours = [Ours::Renumber, Ours::Move, Ours::Delete][(next(seed) % 3) as usize];
            let node = object.starts_with('n');
            let theirs = match next(seed) % 10 {
                // A building is moved by its corners: the plain rule knows no geometry.
                0 | 1 if !node && ours == Ours::Move => Theirs::Nothing,
                0 => Theirs::Same,
                1 => Theirs::Other,
                2 => Theirs::Delete,
                _ => Theirs::Nothing,
            };
            cases.push(Case {
                id: PlaceRef::house(snapshot.place(doc).id, house.source),
                source: house.source,
                number: number.to_owned(),
                point: [house.point.lon(), house.point.lat()],
                ours,
                theirs,
            });
        }
    }
    cases.sort_by_key(|c| c.source.packed().wrapping_mul(0x9e37_79b9_7f4a_7c15));
    cases.truncate(EDITED);
    cases
}

/// The diff of what mappers did, as OSM's change format has it.
fn diff(cases: &[Case]) -> String {
    let touched: BTreeMap<String, &Case> = cases
        .iter()
        .filter(|c| c.theirs != Theirs::Nothing)
        .map(|c| (c.source.to_string(), c))
        .collect();
    let file = File::open(extract("chisinau-bbbike")).unwrap();
    let mut diff = "<osmChange version=\"0.6\">".to_owned();
    for object in OsmPbfReader::new(file).iter().map(Result::unwrap) {
        let (id, body) = match &object {
            OsmObj::Node(node) => (format!("n{}", node.id.0), String::new()),
            OsmObj::Way(way) => {
                let refs = way.nodes.iter().map(|n| format!("<nd ref=\"{}\"/>", n.0));
                (format!("w{}", way.id.0), refs.collect())
            }
            OsmObj::Relation(_) => continue,
        };
        let Some(case) = touched.get(&id) else {
            continue;
        };
        let (kind, number) = if id.starts_with('n') {
            ("node", id.trim_start_matches('n'))
        } else {
            ("way", id.trim_start_matches('w'))
        };
        let Some((housenumber, point)) = case.upstream() else {
            write!(
                diff,
                "<delete><{kind} id=\"{number}\" version=\"999\"/></delete>"
            )
            .unwrap();
            continue;
        };
        let at = if kind == "node" {
            format!(" lon=\"{}\" lat=\"{}\"", point[0], point[1])
        } else {
            String::new()
        };
        let head = format!("<{kind} id=\"{number}\" version=\"999\"{at}>");
        write!(
            diff,
            "<modify>{head}{body}{}</{kind}></modify>",
            tags(&object, &housenumber)
        )
        .unwrap();
    }
    diff.push_str("</osmChange>");
    diff
}

/// The tags of an object, with another house number.
fn tags(object: &OsmObj, number: &str) -> String {
    let tag = |(key, value): (&str, &str)| {
        let value = if key == "addr:housenumber" {
            number
        } else {
            value
        };
        let value = value
            .replace('&', "&amp;")
            .replace('"', "&quot;")
            .replace('<', "&lt;");
        format!("<tag k=\"{key}\" v=\"{value}\"/>")
    };
    let all = object.tags().iter();
    all.map(|(k, v)| tag((k.as_str(), v.as_str()))).collect()
}

/// What is shown under a case's id has to be what its edit says, whatever became of it.
#[track_caller]
fn check_shown(app: &TestApp, case: &Case) {
    let reply = app.get(&format!("/v1/places/{}", case.id));
    let what = format!("{:?}, {:?}: {}", case.ours, case.theirs, reply.body);
    if case.ours == Ours::Delete || case.upstream().is_none() {
        assert_eq!(reply.status, 410, "{what}");
        return;
    }
    assert_eq!(reply.status, 200, "{what}");
    let (number, point) = case.upstream().unwrap();
    let (number, point) = match case.ours {
        Ours::Renumber => (case.new_number(), point),
        _ => (number, case.new_point()),
    };
    assert_eq!(
        reply.body["properties"]["housenumber"],
        json!(number),
        "{what}"
    );
    let at = &reply.body["geometry"]["coordinates"];
    let off = |n: usize| (at[n].as_f64().unwrap() - point[n]).abs();
    assert!(off(0) < 1e-6 && off(1) < 1e-6, "{what}");
}

#[test]
fn every_edit_ends_as_the_plain_rule_says() {
    let app = TestApp::from_extracts(&[extract("chisinau-bbbike")]);
    let cases = cases(&app.snapshot(), &mut 7);
    assert!(cases.len() > EDITED / 2, "only {} houses", cases.len());
    let (author, _) = app.token("all", Role::Reviewer);
    let edits: Vec<NewEdit> = cases.iter().map(|c| c.edit(author)).collect();
    let added = app
        .run(app.base.add_edits(&edits, EditState::Approved, NOW_MS))
        .unwrap();
    let osc = app.data.path().join("mappers.osc");
    std::fs::write(&osc, diff(&cases)).unwrap();
    let again = BuildPlan {
        osc: vec![osc],
        ..plan(app.data.path(), vec![extract("chisinau-bbbike")])
    };
    let report = run_build(&again, Progress::silent()).unwrap();
    let counts = report.edits.unwrap();
    let total = counts.kept + counts.absorbed + counts.conflicted + counts.orphaned;
    assert_eq!(total, u64::try_from(cases.len()).unwrap(), "{counts:?}");
    let stored = app
        .run(app.base.edits(&EditFilter::default(), 10_000))
        .unwrap();
    let states: HashMap<i64, EditState> = stored.iter().map(|e| (e.id, e.state)).collect();
    assert_eq!(states.len(), cases.len());
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (case, added) in cases.iter().zip(&added) {
        let state = states[&added.id];
        assert_eq!(
            state,
            case.fate(),
            "{:?}, {:?}: {}",
            case.ours,
            case.theirs,
            case.id
        );
        *seen.entry(state.as_str()).or_default() += 1;
    }
    // All of them happened, so that none was compared with nothing.
    assert!(
        seen.len() == 3 && seen.values().all(|n| *n > 10),
        "{seen:?}"
    );
    let app = TestApp::serving(app.snapshot());
    for case in &cases {
        check_shown(&app, case);
    }
}
