//! Edits over a fresh import: kept, absorbed or conflicted, and never lost.
//!
//! A town is built, edited, and built again from a map on which mappers have been at work meanwhile.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot build its data has failed"
)]

use geodata::base::{Base, EditState, JournalEntry, NewEdit, NewToken, Role, StateChange, Subject};
use indexer::pipeline::run_build;
use indexer::progress::Progress;
use indexer::report::BuildReport;
use serde_json::{Value, json};
use std::path::PathBuf;
use tempfile::TempDir;
use tests::{MapFixture, Reply, TestApp, plan};
use tokio::runtime::Runtime;

const NOW_MS: i64 = 1_770_000_000_000;

const GRID: &str = "\
a b c d e
. . . . .
f g h i j
. . . . .
k l m n o";

const OBJECTS: &str = "
n100 a place=city | name=Дубове
w1 a-b-c highway=residential | name=вулиця Лісова
w2 f-g-h highway=residential | name=вулиця Польова
w3 k-l-m highway=residential | name=вулиця Річкова
n11 a addr:housenumber=1 | addr:street=вулиця Лісова
n12 b addr:housenumber=2 | addr:street=вулиця Лісова
n21 f addr:housenumber=1 | addr:street=вулиця Польова
n22 g addr:housenumber=2 | addr:street=вулиця Польова
n31 k addr:housenumber=1 | addr:street=вулиця Річкова
n41 e amenity=cafe | name=Жовтий Кіт";

/// A data folder with a base.
struct Town {
    data: TempDir,
    runtime: Runtime,
    base: Base,
    author: i64,
}

impl Town {
    fn new() -> Town {
        let data = tempfile::tempdir().unwrap();
        let runtime = Runtime::new().unwrap();
        let url = format!("sqlite:{}", data.path().join("kudy.db").display());
        let (base, author) = runtime.block_on(async {
            let base = Base::open(&url).unwrap();
            let token = NewToken {
                name: "Оксана",
                role: Role::Reviewer,
                secret: &"s".repeat(43),
                expires_ms: None,
            };
            let author = base.create_token(&token, None, NOW_MS).await.unwrap();
            (base, author)
        });
        let town = Town {
            data,
            runtime,
            base,
            author,
        };
        town.import(OBJECTS);
        town
    }

    /// Imports a map of the town.
    fn import(&self, objects: &str) -> BuildReport {
        let map = MapFixture::draw((30.0, 50.0), GRID, objects);
        let path: PathBuf = map.path();
        run_build(&plan(self.data.path(), vec![path]), Progress::silent()).unwrap()
    }

    /// An approved edit.
    fn edit(&self, operation: &str, target: &str, (before, after): (Value, Value)) -> i64 {
        let edit = NewEdit {
            operation: operation.to_owned(),
            target: Some(target.to_owned()).filter(|t| !t.is_empty()),
            before,
            after,
            comment: String::new(),
            evidence: Vec::new(),
            author: self.author,
            key: None,
            snapshot: String::new(),
        };
        let added = self.base.add_edit(&edit, EditState::Approved, NOW_MS);
        self.runtime.block_on(added).unwrap().id
    }

    fn state(&self, edit: i64) -> EditState {
        self.runtime.block_on(self.base.edit(edit)).unwrap().state
    }

    fn journal(&self, edit: i64) -> Vec<JournalEntry> {
        let journal = self.base.journal(Subject::Edit(edit));
        self.runtime.block_on(journal).unwrap()
    }

    fn ask(&self, path: &str) -> Reply {
        let snapshot = geodata::snapshot::Snapshot::open_current(self.data.path()).unwrap();
        TestApp::serving(snapshot).get(path)
    }

    fn search(&self, text: &str) -> Reply {
        self.ask(&format!("/v1/search?q={}", tests::encode(text)))
    }

    fn id_of(&self, text: &str) -> String {
        self.search(text).first("id")
    }
}

fn rename(before: &str, after: &str) -> (Value, Value) {
    (
        json!({ "name": before }),
        json!({ "name": after, "old_name": before }),
    )
}

#[test]
fn an_edit_stays_while_the_map_says_what_it_said() {
    let town = Town::new();
    let street = town.id_of("вулиця Лісова");
    let edit = town.edit(
        "set_names",
        &street,
        rename("вулиця Лісова", "вулиця Героїв"),
    );
    for _ in 0..2 {
        let report = town.import(OBJECTS);
        assert_eq!(report.edits.unwrap().kept, 1);
        assert_eq!(town.state(edit), EditState::Approved);
        let found = town.search("вулиця Лісова 2");
        assert_eq!(found.first("label"), "вулиця Героїв 2, Дубове");
        assert_eq!(found.first("formerly"), "вулиця Лісова");
        assert_eq!(town.id_of("вулиця Героїв"), street);
    }
}

#[test]
fn an_edit_that_the_map_has_taken_up_retires() {
    let town = Town::new();
    let house = town.id_of("вулиця Польова 2");
    let (before, after) = (
        json!({ "housenumber": "2" }),
        json!({ "housenumber": "2А" }),
    );
    let edit = town.edit("set_housenumber", &house, (before, after));
    let map = OBJECTS.replace("n22 g addr:housenumber=2", "n22 g addr:housenumber=2А");
    assert_eq!(town.import(&map).edits.unwrap().absorbed, 1);
    assert_eq!(town.state(edit), EditState::Absorbed);
    assert_eq!(town.search("вулиця Польова 2а").first("id"), house);
    // It is not applied any more: what the map says next counts.
    let map = OBJECTS.replace("n22 g addr:housenumber=2", "n22 g addr:housenumber=4");
    assert_eq!(town.import(&map).edits.unwrap().absorbed, 0);
    assert_eq!(town.search("вулиця Польова 4").first("id"), house);
}

#[test]
fn a_map_that_went_elsewhere_is_a_conflict_until_somebody_decides() {
    let town = Town::new();
    let street = town.id_of("вулиця Лісова");
    let edit = town.edit(
        "set_names",
        &street,
        rename("вулиця Лісова", "вулиця Героїв"),
    );
    let map = OBJECTS.replace("вулиця Лісова", "вулиця Дубова");
    assert_eq!(town.import(&map).edits.unwrap().conflicted, 1);
    assert_eq!(town.state(edit), EditState::Conflicted);
    assert_eq!(
        town.id_of("вулиця Героїв 1").get(..12),
        Some(street.as_str())
    );
    let detail = town.journal(edit).pop().unwrap().detail.unwrap();
    let field = &detail["fields"][0];
    assert_eq!(
        [
            &field["field"],
            &field["base"],
            &field["theirs"],
            &field["ours"]
        ],
        ["name", "вулиця Лісова", "вулиця Дубова", "вулиця Героїв"]
    );
    // Decided: ours, knowing what the map says.
    let change = StateChange {
        id: edit,
        expected: &[EditState::Conflicted],
        to: EditState::Approved,
        who: Some(town.author),
        why: "checked on the spot",
        detail: Some(json!({ "decided": { "name": "вулиця Дубова" } })),
    };
    town.runtime
        .block_on(town.base.change_edit(&change, NOW_MS))
        .unwrap();
    assert_eq!(town.import(&map).edits.unwrap().kept, 1);
    assert_eq!(town.state(edit), EditState::Approved);
    // Another change of the map is another question.
    let map = OBJECTS.replace("вулиця Лісова", "вулиця Соснова");
    town.import(&map);
    assert_eq!(town.state(edit), EditState::Conflicted);
}

#[test]
fn edits_of_one_field_are_a_chain() {
    let town = Town::new();
    let street = town.id_of("вулиця Лісова");
    let first = town.edit(
        "set_names",
        &street,
        (
            json!({ "name": "вулиця Лісова" }),
            json!({ "name": "вулиця Перша" }),
        ),
    );
    let second = town.edit(
        "set_names",
        &street,
        (
            json!({ "name": "вулиця Перша" }),
            json!({ "name": "вулиця Друга" }),
        ),
    );
    town.import(OBJECTS);
    assert_eq!(
        (town.state(first), town.state(second)),
        (EditState::Approved, EditState::Approved)
    );
    assert_eq!(town.id_of("вулиця Друга"), street);
    // The map takes up the first.
    town.import(&OBJECTS.replace("вулиця Лісова", "вулиця Перша"));
    assert_eq!(
        (town.state(first), town.state(second)),
        (EditState::Absorbed, EditState::Approved)
    );
    assert_eq!(town.id_of("вулиця Друга"), street);
    town.import(&OBJECTS.replace("вулиця Лісова", "вулиця Друга"));
    assert_eq!(town.state(second), EditState::Absorbed);
}

#[test]
fn what_edits_created_survives_until_the_map_has_it() {
    let town = Town::new();
    let street = town.id_of("вулиця Річкова");
    let house = json!({ "housenumber": "7", "position": [30.0005, 49.9979], "postcode": "01001" });
    let houses = town.edit(
        "create_houses",
        &street,
        (Value::Null, json!({ "houses": [house] })),
    );
    let city = town.id_of("Дубове");
    let place = json!({ "layer": "poi", "name": "Пральня Бобер", "category": "shop=laundry", "position": [30.001, 49.999], "within": city });
    let place = town.edit("create_place", "", (Value::Null, place));
    let road = json!({ "name": "вулиця Нова", "within": city, "lines": [[[30.002, 49.998], [30.003, 49.998]]],
        "houses": [{ "housenumber": "5", "position": [30.0021, 49.9981] }] });
    let road = town.edit("create_street", "", (Value::Null, road));
    town.import(OBJECTS);
    let ids: Vec<String> = [
        "вулиця Річкова 7",
        "Пральня Бобер",
        "вулиця Нова 5",
        "вулиця Нова",
    ]
    .map(|text| town.id_of(text))
    .to_vec();
    assert!(ids.iter().all(|id| !id.is_empty()), "{ids:?}");
    assert_eq!(
        town.search("вулиця Нова 5").first("label"),
        "вулиця Нова 5, Дубове"
    );
    // A created house can be edited like any other.
    let moved = town.edit(
        "move",
        &ids[0],
        (
            json!({ "position": [30.0005, 49.9979] }),
            json!({ "position": [30.0006, 49.9979] }),
        ),
    );
    town.import(OBJECTS);
    assert_eq!(town.state(moved), EditState::Approved);
    assert_eq!(
        town.search("вулиця Річкова 7").features()[0]["geometry"]["coordinates"],
        json!([30.0006, 49.9979])
    );
    assert_eq!(
        ids[1..].to_vec(),
        ["Пральня Бобер", "вулиця Нова 5", "вулиця Нова"]
            .map(|t| town.id_of(t))
            .to_vec()
    );
    // A mapper adds the house.
    let map = format!("{OBJECTS}\nn37 l addr:housenumber=7 | addr:street=вулиця Річкова");
    town.import(&map);
    assert_eq!(town.state(houses), EditState::Absorbed);
    assert_eq!(
        (town.state(place), town.state(road)),
        (EditState::Approved, EditState::Approved)
    );
    assert_eq!(town.search("вулиця Річкова 7").first("osm"), "n37");
}

#[test]
fn what_was_taken_away_stays_away_and_its_id_says_so() {
    let town = Town::new();
    let (house, cafe) = (town.id_of("вулиця Лісова 2"), town.id_of("Жовтий Кіт"));
    let (one, two) = (town.id_of("вулиця Польова"), town.id_of("вулиця Річкова"));
    let gone = town.edit(
        "delete",
        &house,
        (json!({ "housenumber": "2" }), Value::Null),
    );
    let closed = town.edit(
        "delete",
        &cafe,
        (json!({ "name": "Жовтий Кіт" }), Value::Null),
    );
    let merged = town.edit("merge", &one, (Value::Null, json!({ "into": two })));
    for _ in 0..2 {
        town.import(OBJECTS);
        for id in [&house, &cafe, &one] {
            assert_eq!(town.ask(&format!("/v1/places/{id}")).status, 410, "{id}");
        }
        assert_eq!(
            town.ask(&format!("/v1/places/{one}")).body["successor"],
            two
        );
        assert_eq!(
            town.search("вулиця Польова 2").first("id").get(..12),
            Some(two.as_str())
        );
        for edit in [gone, closed, merged] {
            assert_eq!(town.state(edit), EditState::Approved);
        }
    }
    // Mappers remove the house and rename the café: one edit is absorbed, about the other somebody has to decide.
    let map = OBJECTS
        .replace("n12 b addr:housenumber=2 | addr:street=вулиця Лісова", "")
        .replace("Жовтий Кіт", "Рудий Кіт");
    town.import(&map);
    assert_eq!(
        (town.state(gone), town.state(closed)),
        (EditState::Absorbed, EditState::Conflicted)
    );
    assert_eq!(town.ask(&format!("/v1/places/{cafe}")).status, 410);
}

/// Each night the map has again what edits took away; it has to be known again by its objects, whatever its id once came
/// from and however large it is.
#[test]
fn what_was_taken_away_stays_away_when_mappers_add_to_it() {
    let town = Town::new();
    let (one, two) = (town.id_of("вулиця Польова"), town.id_of("вулиця Річкова"));
    let forest = town.id_of("вулиця Лісова");
    // More and older ways: the smallest object, from which ids come, is another one now.
    let map = OBJECTS
        .replace("w2 f-g-h", "w42 f-g-h")
        .replace("w1 a-b-c", "w41 a-b-c")
        + "
w12 g-h highway=residential | name=вулиця Польова
w13 h-i highway=residential | name=вулиця Польова
w11 b-c highway=residential | name=вулиця Лісова";
    town.import(&map);
    let merged = town.edit("merge", &one, (Value::Null, json!({ "into": two })));
    let deleted = town.edit(
        "delete",
        &forest,
        (json!({ "name": "вулиця Лісова" }), Value::Null),
    );
    for _ in 0..3 {
        town.import(&map);
        for edit in [merged, deleted] {
            assert_eq!(town.state(edit), EditState::Approved);
        }
        for gone in [&one, &forest] {
            assert_eq!(town.ask(&format!("/v1/places/{gone}")).status, 410);
        }
        assert_eq!(town.id_of("вулиця Польова"), two);
        assert_eq!(town.search("вулиця Лісова").features().len(), 0);
    }
}

#[test]
fn an_edit_of_what_mappers_made_one_with_another_leaves_the_other_alone() {
    let town = Town::new();
    let (one, two) = (town.id_of("вулиця Польова"), town.id_of("вулиця Річкова"));
    let (before, after) = rename("вулиця Польова", "вулиця Нова");
    let renamed = town.edit("set_names", &one, (before.clone(), after));
    let deleted = town.edit("delete", &one, (before, Value::Null));
    let map = OBJECTS.replace("вулиця Польова", "вулиця Річкова");
    town.import(&map);
    let states = (town.state(renamed), town.state(deleted));
    assert_eq!(states, (EditState::Conflicted, EditState::Absorbed));
    assert_eq!(town.id_of("вулиця Річкова"), two);
    assert_eq!(
        town.search("вулиця Річкова").first("name"),
        "вулиця Річкова"
    );
}

#[test]
fn an_edit_whose_target_is_gone_goes_to_the_queue() {
    let town = Town::new();
    let cafe = town.id_of("Жовтий Кіт");
    let edit = town.edit(
        "set_names",
        &cafe,
        (
            json!({ "name": "Жовтий Кіт" }),
            json!({ "name": "Синій Кіт" }),
        ),
    );
    let map = OBJECTS.replace("n41 e amenity=cafe | name=Жовтий Кіт", "");
    assert_eq!(town.import(&map).edits.unwrap().orphaned, 1);
    assert_eq!(town.state(edit), EditState::Conflicted);
    let detail = town.journal(edit).pop().unwrap().detail.unwrap();
    assert_eq!(detail["missing"], cafe);
}

#[test]
fn an_edit_finds_its_street_again_when_mappers_draw_it_anew() {
    let town = Town::new();
    let street = town.id_of("вулиця Лісова");
    let house = town.id_of("вулиця Лісова 2");
    let rename = town.edit(
        "set_names",
        &street,
        rename("вулиця Лісова", "вулиця Героїв"),
    );
    let number = town.edit(
        "set_housenumber",
        &house,
        (
            json!({ "housenumber": "2" }),
            json!({ "housenumber": "2Б" }),
        ),
    );
    let map = OBJECTS.replace("w1 a-b-c", "w901 a-b-c");
    town.import(&map);
    assert_eq!(
        (town.state(rename), town.state(number)),
        (EditState::Approved, EditState::Approved)
    );
    assert_eq!(town.id_of("вулиця Героїв"), street);
    assert_eq!(town.id_of("вулиця Героїв 2б"), house);
}
