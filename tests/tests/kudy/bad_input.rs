//! What is wrong is refused with a message that says what; nothing half-written is ever published.

use geodata::snapshot::FORMAT_VERSION;
use std::ffi::OsStr;
use std::path::Path;
use tests::{Output, extract, run_indexer, run_server};

fn build(data: &Path, osm: &Path, more: &[&OsStr]) -> Output {
    let mut arguments: Vec<&OsStr> = vec![
        "build".as_ref(),
        "--data".as_ref(),
        data.as_os_str(),
        "--osm".as_ref(),
        osm.as_os_str(),
    ];
    arguments.extend(more);
    run_indexer(&arguments)
}

#[track_caller]
fn refused(output: &Output, data: &Path, code: i32, expect: &str) {
    assert_eq!(output.code, code, "{output:?}");
    assert!(
        output.stderr.contains(expect),
        "expected `{expect}` in {}",
        output.stderr
    );
    assert!(!data.join("current").exists(), "something was published");
    let left = std::fs::read_dir(data.join("snapshots"))
        .map(Iterator::count)
        .unwrap_or(0);
    assert_eq!(left, 0, "something half-written was left");
}

#[test]
fn files_that_are_no_extracts() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let file = dir.path().join("map.osm.pbf");
    let try_bytes = |bytes: &[u8], expect: &str| {
        std::fs::write(&file, bytes).unwrap();
        refused(&build(&data, &file, &[]), &data, 1, expect);
    };
    let whole = std::fs::read(extract("chisinau-tiny")).unwrap();
    try_bytes(b"", "is empty");
    try_bytes(b"just some text\n", "is no OSM extract");
    try_bytes(&whole[..whole.len() / 2], "is truncated");
    try_bytes(&whole[..whole.len() - 1], "is truncated");
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 400].fill(0x55);
    try_bytes(&damaged, "cannot be decoded");
    refused(
        &build(&data, &dir.path().join("none.osm.pbf"), &[]),
        &data,
        1,
        "cannot read",
    );
}

#[test]
fn lists_that_lack_what_is_needed() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let list = dir.path().join("list.csv");
    std::fs::write(&list, "street,lat,lon\nЛісова,47,28\n").unwrap();
    let output = build(
        &data,
        &extract("chisinau-tiny"),
        &["--addresses".as_ref(), list.as_os_str()],
    );
    refused(&output, &data, 1, "has no column `housenumber`");
    let popularity = dir.path().join("popularity.csv");
    std::fs::write(&popularity, "osm,count\nw1,many\n").unwrap();
    let output = build(
        &data,
        &extract("chisinau-tiny"),
        &["--popularity".as_ref(), popularity.as_os_str()],
    );
    refused(&output, &data, 1, "line 2: expected a count, got `many`");
}

#[test]
fn wrong_usage_exits_with_two() {
    let dir = tempfile::tempdir().unwrap();
    for arguments in [
        &["build"][..],
        &["build", "--data", "x"],
        &["build", "--nonsense"],
        &["frobnicate"],
    ] {
        assert_eq!(run_indexer(arguments).code, 2, "{arguments:?}");
    }
    let country = build(
        dir.path(),
        &extract("chisinau-tiny"),
        &["--country".as_ref(), "Україна".as_ref()],
    );
    assert_eq!(country.code, 2, "{}", country.stderr);
    assert_eq!(run_server(&["serve", "--data", "x", "--nonsense"]).code, 2);
}

#[test]
fn folders_that_cannot_be_written() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a-file");
    std::fs::write(&file, "x").unwrap();
    let output = build(&file.join("data"), &extract("chisinau-tiny"), &[]);
    assert_eq!(output.code, 1);
    assert!(output.stderr.contains("cannot write"), "{}", output.stderr);
}

#[test]
fn a_full_disk_leaves_the_live_snapshot_as_it_is() {
    // The one device that is always full; a snapshot's folder cannot be on it, but its report can.
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    assert_eq!(build(&data, &extract("chisinau-tiny"), &[]).code, 0);
    let before = std::fs::read_link(data.join("current")).unwrap();
    let output = build(
        &data,
        &extract("chisinau-tiny"),
        &[
            "--no-publish".as_ref(),
            "--report".as_ref(),
            "/dev/full".as_ref(),
        ],
    );
    assert_eq!(output.code, 1);
    assert!(
        output.stderr.contains("cannot write `/dev/full`")
            && output.stderr.contains("No space left"),
        "{}",
        output.stderr
    );
    assert_eq!(std::fs::read_link(data.join("current")).unwrap(), before);
}

#[test]
fn snapshots_that_are_missing_damaged_or_of_another_version() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let serve = || {
        run_server(&[
            "serve".as_ref(),
            "--listen".as_ref(),
            "127.0.0.1:0".as_ref(),
            "--data".as_ref(),
            data.as_os_str(),
        ])
    };
    let failed = |expect: &[&str]| {
        let output = serve();
        assert_eq!(output.code, 1, "{output:?}");
        for part in expect {
            assert!(
                output.stderr.contains(part),
                "expected `{part}` in {}",
                output.stderr
            );
        }
    };
    failed(&["found none; run `kudy-indexer build"]);
    assert_eq!(build(&data, &extract("chisinau-tiny"), &[]).code, 0);
    let live = std::fs::canonicalize(data.join("current")).unwrap();
    let manifest = std::fs::read_to_string(live.join("manifest.json")).unwrap();
    std::fs::write(
        live.join("manifest.json"),
        manifest.replace(
            &format!("\"format_version\": {FORMAT_VERSION}"),
            "\"format_version\": 999",
        ),
    )
    .unwrap();
    let expected = format!("format version 999, expected {FORMAT_VERSION}");
    failed(&[&expected, "rebuild it"]);
    std::fs::write(live.join("manifest.json"), "{").unwrap();
    failed(&["is no manifest"]);
    std::fs::write(live.join("manifest.json"), &manifest).unwrap();
    let houses = std::fs::read(live.join("houses.bin")).unwrap();
    let mut flipped = houses.clone();
    flipped[10] ^= 1;
    std::fs::write(live.join("houses.bin"), &flipped).unwrap();
    failed(&["houses.bin` is damaged: expected", "roll back or rebuild"]);
    std::fs::remove_file(live.join("houses.bin")).unwrap();
    failed(&["expected the file", "houses.bin`, found none"]);
}
