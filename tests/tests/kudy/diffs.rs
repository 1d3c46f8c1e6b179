//! Diffs: an extract and what changed since give the same places as the new extract.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail with the test")]

use indexer::pipeline::{BuildPlan, run_build};
use indexer::progress::Progress;
use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tests::{MapFixture, data_folder, extract, plan, run_indexer};

/// Checksums of all tables: equal ones mean equal names, houses, positions, shapes, everything but the index, whose
/// files Tantivy names at random.
fn tables(data: &Path) -> Vec<(String, Value)> {
    let manifest = std::fs::read(data.join("current/manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let files = manifest["files"].as_object().unwrap().clone().into_iter();
    files
        .filter(|(name, _)| !name.starts_with("index/"))
        .collect()
}

fn osc(name: &str) -> PathBuf {
    data_folder().join("osm").join(name)
}

#[test]
fn seven_years_of_a_country_lead_to_its_state_of_today() {
    let (base, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let with_diff = BuildPlan {
        osc: vec![osc("liechtenstein-2015-to-2022.osc.gz")],
        ..plan(base.path(), vec![extract("liechtenstein-2015")])
    };
    let report = run_build(&with_diff, Progress::silent()).unwrap();
    assert!(
        report.diffs.deleted > 20_000 && report.diffs.outdated == 0,
        "{:?}",
        report.diffs
    );
    let direct = plan(
        new.path(),
        vec![extract("liechtenstein-2015-plus-osc.expected")],
    );
    run_build(&direct, Progress::silent()).unwrap();
    assert_eq!(tables(base.path()), tables(new.path()));
}

const GRID: &str = "\
a b c d e
. . . . .
f g h i j";

const OBJECTS: &str = "
n100 a place=city | name=Дубове
w1 a-b-c highway=residential | name=вулиця Лісова
w2 f-g-h highway=residential | name=вулиця Польова
n11 a addr:housenumber=1 | addr:street=вулиця Лісова
n12 b addr:housenumber=2 | addr:street=вулиця Лісова
n21 f addr:housenumber=1 | addr:street=вулиця Польова";

/// Builds the town as a diff leaves it; the summary, and the names and houses of its streets.
fn town_with(diffs: &[&str]) -> (TempDir, indexer::report::BuildReport) {
    let map = MapFixture::draw((30.0, 50.0), GRID, OBJECTS);
    let data = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> = diffs
        .iter()
        .enumerate()
        .map(|(n, text)| {
            let path = data.path().join(format!("{n}.osc"));
            let whole = format!("<?xml version='1.0'?><osmChange version='0.6'>{text}</osmChange>");
            std::fs::write(&path, whole).unwrap();
            path
        })
        .collect();
    let with_diffs = BuildPlan {
        osc: files,
        ..plan(data.path(), vec![map.path()])
    };
    let report = run_build(&with_diffs, Progress::silent()).unwrap();
    (data, report)
}

fn streets(data: &TempDir) -> Vec<(String, Vec<String>)> {
    let snapshot = geodata::snapshot::Snapshot::open_current(data.path()).unwrap();
    let docs = 0..u32::try_from(snapshot.len()).unwrap();
    let street = |doc: &u32| snapshot.layer(*doc) == geodata::Layer::Street;
    let mut streets: Vec<(String, Vec<String>)> = docs
        .filter(street)
        .map(|doc| {
            let houses = snapshot.houses(doc).iter();
            let houses = houses.map(|h| snapshot.text(h.number).to_owned()).collect();
            (snapshot.name_in(doc, &[]).to_owned(), houses)
        })
        .collect();
    streets.sort();
    streets
}

fn expect(data: &TempDir, wanted: &[(&str, &[&str])]) {
    let wanted: Vec<(String, Vec<String>)> = wanted
        .iter()
        .map(|(name, houses)| {
            (
                (*name).to_owned(),
                houses.iter().map(|h| (*h).to_owned()).collect(),
            )
        })
        .collect();
    assert_eq!(streets(data), wanted);
}

#[test]
fn objects_come_change_and_go() {
    let (data, report) = town_with(&["
        <create><node id='31' version='1' lat='50.0' lon='30.001'>
            <tag k='addr:housenumber' v='3&#x410;'/><tag k='addr:street' v='вулиця Лісова'/></node></create>
        <modify><way id='2' version='2'><nd ref='1000102'/><nd ref='1000103'/>
            <tag k='highway' v='residential'/><tag k='name' v='вулиця &quot;Нова&quot;'/></way></modify>
        <delete><node id='12' version='2'/></delete>"]);
    assert_eq!(
        (
            report.diffs.created,
            report.diffs.modified,
            report.diffs.deleted
        ),
        (1, 1, 1)
    );
    // The house keeps its old street's name, which no way has any more: a slip of a mapper that the product survives.
    expect(
        &data,
        &[
            ("вулиця \"Нова\"", &[]),
            ("вулиця Лісова", &["1", "3А"]),
            ("вулиця Польова", &["1"]),
        ],
    );
}

#[test]
fn the_last_change_of_an_object_counts_whatever_the_order_of_the_files() {
    let renamed = |version: u8, name: &str| {
        format!(
            "<modify><way id='1' version='{version}'><nd ref='1000097'/><nd ref='1000098'/>
             <tag k='highway' v='residential'/><tag k='name' v='{name}'/></way></modify>"
        )
    };
    let (second, third) = (renamed(2, "вулиця Друга"), renamed(3, "вулиця Третя"));
    let forgotten = "<delete><way id='2' version='2'/></delete>";
    let again = "<create><way id='2' version='3'><nd ref='1000102'/><nd ref='1000103'/>
        <tag k='highway' v='residential'/><tag k='name' v='вулиця Польова'/></way></create>";
    for diffs in [
        [&second, forgotten, &third, again],
        [&third, again, &second, forgotten],
    ] {
        let (data, _) = town_with(&diffs);
        let names: Vec<String> = streets(&data).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["вулиця Лісова", "вулиця Польова", "вулиця Третя"]);
    }
}

#[test]
fn a_moved_node_moves_what_is_drawn_through_it() {
    let (data, _) = town_with(&[
        "<modify><node id='1000098' version='2' lat='49.999' lon='30.0005'/></modify>",
    ]);
    let snapshot = geodata::snapshot::Snapshot::open_current(data.path()).unwrap();
    let docs = 0..u32::try_from(snapshot.len()).unwrap();
    let forest = docs.filter(|d| snapshot.name_in(*d, &[]) == "вулиця Лісова");
    let south = forest.flat_map(|d| {
        snapshot
            .lines(d)
            .flatten()
            .map(|p| p.lat())
            .collect::<Vec<_>>()
    });
    let south = south.fold(90.0, f64::min);
    assert!((south - 49.999).abs() < 1e-7, "{south}");
}

#[test]
fn a_thing_that_loses_its_tags_is_gone_and_one_that_gets_some_is_there() {
    let (data, _) = town_with(&["
        <modify><node id='11' version='2' lat='50.0' lon='30.0'/></modify>
        <modify><node id='1000101' version='2' lat='50.0' lon='30.002'>
            <tag k='amenity' v='cafe'/><tag k='name' v='Кавʼярня'/></node></modify>"]);
    expect(
        &data,
        &[("вулиця Лісова", &["2"]), ("вулиця Польова", &["1"])],
    );
    let snapshot = geodata::snapshot::Snapshot::open_current(data.path()).unwrap();
    assert_eq!(snapshot.manifest().counts["poi"], 1);
}

#[test]
fn what_is_no_diff_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let osm = extract("chisinau-tiny");
    for (text, expected) in [
        ("", "got `nothing`"),
        ("hello", "is no diff"),
        ("<html></html>", "got `<html>`"),
        (
            "<osmChange><node id='1' version='1' lat='5' lon='5'/></osmChange>",
            "outside `<create>`",
        ),
        (
            "<osmChange><create><node id='x' version='1' lat='5' lon='5'/></create></osmChange>",
            "`id` of a node is `x`",
        ),
        (
            "<osmChange><create><node id='1' lat='5'/></create></osmChange>",
            "`lon` of a node is ``",
        ),
        (
            "<osmChange><create><way id='1'><nd ref=''/></way></create></osmChange>",
            "`ref` of a nd is ``",
        ),
        (
            "<osmChange><create><relation id='1'><member type='thing' ref='1'/></relation></create></osmChange>",
            "`thing`",
        ),
        ("<osmChange><create><way id='1'>", "ends before"),
        ("<osmChange><create></modify></osmChange>", "is damaged"),
        ("\u{1f}\u{8b}", "is no diff"),
    ] {
        let path = data.path().join("x.osc");
        std::fs::write(&path, text).unwrap();
        let folder = data.path().join("data");
        let arguments: [&std::ffi::OsStr; 7] = [
            "build".as_ref(),
            "--data".as_ref(),
            folder.as_ref(),
            "--osm".as_ref(),
            osm.as_ref(),
            "--osc".as_ref(),
            path.as_ref(),
        ];
        let output = run_indexer(&arguments);
        assert_eq!(output.code, 1, "{text}");
        assert!(
            output.stderr.contains(expected) && output.stderr.contains("x.osc"),
            "{text}: {}",
            output.stderr
        );
        assert!(!folder.join("current").exists());
    }
}
