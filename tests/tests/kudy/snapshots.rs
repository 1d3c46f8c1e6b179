//! Snapshots as a managed thing: kept, listed, gone back to, checked to the last byte; and ids that stay.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail with the test")]

use geodata::snapshot::{Manifest, Snapshot};
use geodata::{Layer, PlaceRef};
use indexer::pipeline::{BuildPlan, run_build};
use indexer::progress::Progress;
use indexer::snapshots;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tests::{MapFixture, TestApp, extract, plan, run_indexer};

const GRID: &str = "\
a b c d e
. . . . .
f g h i j
. . . . .
k l m n o";

/// Builds one day's map into a data folder and publishes it.
fn day(data: &Path, day: u8, objects: &str) -> String {
    let map = MapFixture::draw((30.0, 50.0), GRID, objects);
    let plan = BuildPlan {
        built_at: format!("2026-01-{day:02}T02:00:00Z"),
        ..plan(data, vec![map.path()])
    };
    run_build(&plan, Progress::silent()).unwrap().snapshot
}

const MONDAY: &str = "
n100 a place=city | name=Дубове
w1 a-b-c highway=residential | name=вулиця Лісова
w2 f-g highway=residential | name=вулиця Польова
w3 g-h highway=residential | name=вулиця Польова
w4 k-l highway=residential | name=вулиця Зайва
w5 n-o highway=residential | name=вулиця Кутова
n11 a addr:housenumber=1 | addr:street=вулиця Лісова
n12 b addr:housenumber=2 | addr:street=вулиця Лісова
n21 f addr:housenumber=1 | addr:street=вулиця Польова
n41 k addr:housenumber=7 | addr:street=вулиця Зайва
n51 i amenity=cafe | name=Кавʼярня
n52 j shop=bakery | name=Пекарня";

/// Лісова is renamed and its first way replaced; Польова is split and one part renamed; Зайва is joined to Кутова;
/// house 2 is a building now, house 1 has another number; the bakery is gone.
const TUESDAY: &str = "
n100 a place=city | name=Дубове
w9 a-b highway=residential | name=вулиця Шевченка | old_name=вулиця Лісова
w1 b-c highway=residential | name=вулиця Шевченка | old_name=вулиця Лісова
w2 f-g highway=residential | name=вулиця Лугова
w3 g-h highway=residential | name=вулиця Польова
w4 k-l highway=residential | name=вулиця Кутова
w5 n-o highway=residential | name=вулиця Кутова
n11 a addr:housenumber=1А | addr:street=вулиця Шевченка
n13 b addr:housenumber=2 | addr:street=вулиця Шевченка
n21 g addr:housenumber=1 | addr:street=вулиця Польова
n41 k addr:housenumber=7 | addr:street=вулиця Кутова
n51 i amenity=cafe | name=Кавʼярня";

fn id(snapshot: &Snapshot, name: &str) -> String {
    let docs = 0..u32::try_from(snapshot.len()).unwrap();
    let doc = docs.into_iter().find(|d| snapshot.name_in(*d, &[]) == name);
    let doc = doc.unwrap_or_else(|| panic!("no `{name}`"));
    PlaceRef::whole(snapshot.place(doc).id).to_string()
}

fn house(snapshot: &Snapshot, street: &str, number: &str) -> String {
    let docs = 0..u32::try_from(snapshot.len()).unwrap();
    let doc = docs
        .into_iter()
        .find(|d| snapshot.name_in(*d, &[]) == street)
        .unwrap();
    let mut houses = snapshot.houses(doc).iter();
    let house = houses.find(|h| snapshot.text(h.number) == number).unwrap();
    PlaceRef::house(snapshot.place(doc).id, house.source).to_string()
}

#[test]
fn a_street_that_is_renamed_split_or_joined_keeps_its_id() {
    let data = tempfile::tempdir().unwrap();
    day(data.path(), 1, MONDAY);
    let monday = Snapshot::open_current(data.path()).unwrap();
    day(data.path(), 2, TUESDAY);
    let app = TestApp::over(data);
    let tuesday = app.snapshot();
    assert_eq!(
        id(&tuesday, "вулиця Шевченка"),
        id(&monday, "вулиця Лісова")
    );
    assert_eq!(
        id(&tuesday, "вулиця Польова"),
        id(&monday, "вулиця Польова")
    );
    assert_ne!(id(&tuesday, "вулиця Лугова"), id(&monday, "вулиця Польова"));
    assert_eq!(id(&tuesday, "вулиця Кутова"), id(&monday, "вулиця Кутова"));
    assert_eq!(id(&tuesday, "Кавʼярня"), id(&monday, "Кавʼярня"));
    let gone = |id: String| {
        let reply = app.get(&format!("/v1/places/{id}"));
        (
            reply.status,
            reply.body["successor"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        )
    };
    let there = |id: String| {
        let reply = app.get(&format!("/v1/places/{id}"));
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body["properties"]["label"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    // A joined street, and its house, which is on the other one now.
    assert_eq!(
        gone(id(&monday, "вулиця Зайва")),
        (410, id(&tuesday, "вулиця Кутова"))
    );
    let moved = house(&tuesday, "вулиця Кутова", "7");
    assert_eq!(gone(house(&monday, "вулиця Зайва", "7")), (410, moved));
    // Another object with the number, and another number of the object.
    assert_eq!(
        gone(house(&monday, "вулиця Лісова", "2")),
        (410, house(&tuesday, "вулиця Шевченка", "2"))
    );
    assert!(there(house(&monday, "вулиця Лісова", "1")).contains("1А"));
    assert_eq!(gone(id(&monday, "Пекарня")), (410, String::new()));
    assert_eq!(gone("000000000000".to_owned()).0, 404);
}

#[test]
fn what_is_retired_stays_retired_until_it_comes_back() {
    let data = tempfile::tempdir().unwrap();
    day(data.path(), 1, MONDAY);
    let monday = Snapshot::open_current(data.path()).unwrap();
    let ids = [
        id(&monday, "Пекарня"),
        id(&monday, "вулиця Зайва"),
        house(&monday, "вулиця Лісова", "2"),
    ];
    day(data.path(), 2, TUESDAY);
    day(data.path(), 3, TUESDAY);
    let standing = |data: &Path| {
        let snapshot = Snapshot::open_current(data).unwrap();
        ids.clone()
            .map(|id| snapshot.gone(id.parse().unwrap()).is_some())
    };
    assert_eq!(standing(data.path()), [true; 3]);
    day(data.path(), 4, MONDAY);
    let thursday = Snapshot::open_current(data.path()).unwrap();
    assert_eq!(standing(data.path()), [false; 3]);
    assert_eq!(id(&thursday, "Пекарня"), ids[0]);
    assert_eq!(id(&thursday, "вулиця Зайва"), ids[1]);
}

#[test]
fn places_of_a_town_keep_their_ids_while_nothing_changes() {
    let data = tempfile::tempdir().unwrap();
    let build = |day: u8| {
        let plan = BuildPlan {
            built_at: format!("2026-01-{day:02}T02:00:00Z"),
            ..plan(data.path(), vec![extract("chisinau-tiny")])
        };
        run_build(&plan, Progress::silent()).unwrap()
    };
    build(1);
    let second = build(2);
    for (layer, churn) in &second.changes {
        assert_eq!((churn.new, churn.retired), (0, 0), "{layer}");
    }
    assert!(second.changes[Layer::House.as_str()].kept > 150);
}

#[test]
fn a_rollback_goes_to_what_was_live_and_prune_keeps_it() {
    let data = tempfile::tempdir().unwrap();
    let names: Vec<String> = (1..=4).map(|n| day(data.path(), n, MONDAY)).collect();
    let live = || snapshots::live_name(data.path()).unwrap();
    // Built but never live: nothing to go back to.
    let map = MapFixture::draw((30.0, 50.0), GRID, MONDAY);
    let hidden = BuildPlan {
        built_at: "2026-01-03T12:00:00Z".to_owned(),
        publish: false,
        ..plan(data.path(), vec![map.path()])
    };
    let hidden = run_build(&hidden, Progress::silent()).unwrap().snapshot;
    assert_eq!(snapshots::rollback(data.path(), None).unwrap(), names[2]);
    assert_eq!(live(), names[2]);
    let pruned = snapshots::prune(data.path(), 1).unwrap();
    assert_eq!(pruned.snapshots, [hidden, names[0].clone()]);
    assert_eq!(snapshots::rollback(data.path(), None).unwrap(), names[1]);
    let error = snapshots::rollback(data.path(), None)
        .unwrap_err()
        .to_string();
    assert!(error.contains("nothing to go back to"), "{error}");
    assert_eq!(
        snapshots::rollback(data.path(), Some(&names[3])).unwrap(),
        names[3]
    );
    let error = snapshots::rollback(data.path(), Some("x"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("`x`") && error.contains(&names[3]),
        "{error}"
    );
}

#[test]
fn sources_are_kept_as_long_as_a_snapshot_was_built_from_them() {
    let data = tempfile::tempdir().unwrap();
    (1..=3).for_each(|n| {
        day(
            data.path(),
            n,
            &format!("{MONDAY}\nn9{n} e amenity=bar | name=Бар {n}"),
        );
    });
    let kept = || {
        std::fs::read_dir(data.path().join("sources"))
            .unwrap()
            .count()
    };
    assert_eq!(kept(), 3);
    let pruned = snapshots::prune(data.path(), 2).unwrap();
    assert_eq!(
        (pruned.snapshots.len(), pruned.sources.len(), kept()),
        (1, 1, 2)
    );
}

fn tiny() -> (TempDir, PathBuf) {
    let data = tempfile::tempdir().unwrap();
    run_build(
        &plan(data.path(), vec![extract("chisinau-tiny")]),
        Progress::silent(),
    )
    .unwrap();
    let folder = std::fs::canonicalize(data.path().join("current")).unwrap();
    (data, folder)
}

#[test]
fn any_flipped_byte_is_found() {
    let (_data, folder) = tiny();
    let manifest = Manifest::read(&folder).unwrap();
    let mut files: Vec<PathBuf> = manifest.files.keys().map(|f| folder.join(f)).collect();
    files.extend(["manifest.json", "manifest.sha256"].map(|f| folder.join(f)));
    files.retain(|f| std::fs::metadata(f).unwrap().len() > 0);
    // Where to flip is drawn from a fixed sequence, so that a failure can be repeated.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for n in 0..200 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let file = &files[n % files.len()];
        let mut bytes = std::fs::read(file).unwrap();
        let at = usize::try_from(state >> 33).unwrap() % bytes.len();
        let bit = 1 << (n / files.len() % 8);
        bytes[at] ^= bit;
        std::fs::write(file, &bytes).unwrap();
        assert!(
            Snapshot::open(&folder).is_err(),
            "byte {at} of {}",
            file.display()
        );
        bytes[at] ^= bit;
        std::fs::write(file, &bytes).unwrap();
    }
    Snapshot::open(&folder).unwrap();
}

#[test]
fn a_build_whose_live_snapshot_is_damaged_keeps_the_ids_of_the_one_before() {
    let data = tempfile::tempdir().unwrap();
    let first = day(data.path(), 1, MONDAY);
    let second = day(data.path(), 2, MONDAY);
    std::fs::write(
        data.path().join("snapshots").join(second).join("names.bin"),
        "x",
    )
    .unwrap();
    let map = MapFixture::draw((30.0, 50.0), GRID, TUESDAY);
    let report = run_build(&plan(data.path(), vec![map.path()]), Progress::silent()).unwrap();
    assert_eq!(report.ids_from, Some(first));
}

#[test]
fn the_commands_say_what_they_did() {
    let (data, folder) = tiny();
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    let run = |arguments: &[&str]| {
        let data = data.path().to_string_lossy().into_owned();
        let all: Vec<&str> = arguments.iter().copied().chain(["--data", &data]).collect();
        run_indexer(&all)
    };
    let listed = run(&["list"]);
    assert!(
        listed.stdout.starts_with(&format!("live  {name}")),
        "{}",
        listed.stdout
    );
    let snapshot = Snapshot::open(&folder).unwrap();
    let street = PlaceRef::whole(snapshot.place(0).id).to_string();
    let inspected = run(&["inspect", &street]);
    assert!(
        inspected.stdout.contains(&street) && inspected.stdout.contains("name "),
        "{}",
        inspected.stdout
    );
    let unknown = run(&["inspect", "000000000000"]);
    assert_eq!(unknown.code, 1);
    assert!(
        unknown.stderr.contains("000000000000"),
        "{}",
        unknown.stderr
    );
    assert_eq!(run(&["inspect", "no-id"]).code, 2);
    let alone = run(&["rollback"]);
    assert!(
        alone.code == 1 && alone.stderr.contains("nothing to go back to"),
        "{}",
        alone.stderr
    );
    assert!(run(&["prune"]).stdout.contains("nothing to remove"));
    std::fs::write(folder.join("manifest.json"), "{}").unwrap();
    assert!(run(&["list"]).stdout.contains("unusable"));
}
