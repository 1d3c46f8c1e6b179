//! Snapshots change under load: no request fails, no answer mixes two, and a bad one is never served.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail with the test")]

use indexer::pipeline::{BuildPlan, run_build};
use indexer::progress::Progress;
use indexer::snapshots;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tests::{MapFixture, ServerProcess, encode, http_get, plan};

const CONNECTIONS: usize = 32;
const PUBLICATIONS: usize = 20;
const ROLLBACKS: usize = 5;
/// How long a server may take to notice, load and swap on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A town whose every name says which edition it is.
fn publish(data: &Path, edition: usize) -> String {
    let objects = format!(
        "n100 a place=city | name=Місто{edition}
         w1 a-b-c highway=residential | name=вулиця Лісова{edition}
         n11 a addr:housenumber=1 | addr:street=вулиця Лісова{edition}"
    );
    let map = MapFixture::draw((30.0, 50.0), "a b c", &objects);
    let plan = BuildPlan {
        built_at: format!("2026-01-31T02:{:02}:{:02}Z", edition / 60, edition % 60),
        ..plan(data, vec![map.path()])
    };
    run_build(&plan, Progress::silent()).unwrap().snapshot
}

fn served(server: &ServerProcess) -> Value {
    let (status, body) = http_get(&server.address, "/v1/status");
    assert_eq!(status, 200);
    serde_json::from_str(&body).unwrap()
}

#[track_caller]
fn wait_until(server: &ServerProcess, what: &str, done: impl Fn(&Value) -> bool) {
    let began = Instant::now();
    while !done(&served(server)) {
        assert!(began.elapsed() < PATIENCE, "{what}: {}", served(server));
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[track_caller]
fn wait_for(server: &ServerProcess, snapshot: &str) {
    wait_until(server, snapshot, |status| status["snapshot"] == snapshot);
}

#[test]
fn twenty_publications_and_five_rollbacks_under_load_fail_no_request() {
    let data = tempfile::tempdir().unwrap();
    let editions = Mutex::new(BTreeMap::from([(publish(data.path(), 0), 0)]));
    let server = ServerProcess::start(data.path());
    let (stop, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut memory = Vec::new();
    std::thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    check_answer(&server.address, &editions);
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        // What panics in here must stop the load, or the scope never ends.
        let stop_at_end = StopAtEnd(&stop);
        for edition in 1..=PUBLICATIONS {
            // Known before it can be served.
            let name = publish_known(data.path(), edition, &editions);
            wait_for(&server, &name);
            memory.push(server.resident_mb());
        }
        for _ in 0..ROLLBACKS {
            let name = snapshots::rollback(data.path(), None).unwrap();
            wait_for(&server, &name);
            memory.push(server.resident_mb());
        }
        drop(stop_at_end);
    });
    assert!(answered.into_inner() > 1_000);
    let (_, metrics) = http_get(&server.address, "/metrics");
    let swaps = format!("snapshot_swaps_total {}", PUBLICATIONS + ROLLBACKS);
    assert!(metrics.contains(&swaps), "{metrics}");
    let (early, late) = (memory[4], memory[memory.len() - 1]);
    assert!(
        late <= early + early / 4 + 10,
        "resident memory in MB, swap by swap: {memory:?}"
    );
    let (code, log) = server.stop();
    assert_eq!(code, 0);
    assert!(!log.contains("ERROR"), "{log}");
}

struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Builds and, once everybody knows which edition it is, publishes.
fn publish_known(data: &Path, edition: usize, editions: &Mutex<BTreeMap<String, usize>>) -> String {
    let mut known = editions.lock().unwrap();
    let name = publish(data, edition);
    known.insert(name.clone(), edition);
    name
}

/// Asks, and checks that all of the answer comes from the snapshot that it names.
fn check_answer(address: &str, editions: &Mutex<BTreeMap<String, usize>>) {
    let (status, body) = http_get(address, &format!("/v1/autocomplete?q={}", encode("лісова")));
    assert_eq!(status, 200, "{body}");
    let answer: Value = serde_json::from_str(&body).unwrap();
    let snapshot = answer["geocoding"]["snapshot"].as_str().unwrap();
    let edition = editions.lock().unwrap()[snapshot];
    let features = answer["features"].as_array().unwrap();
    assert!(!features.is_empty(), "{body}");
    for feature in features {
        let (label, city) = (
            &feature["properties"]["label"],
            &feature["properties"]["city"],
        );
        let ends =
            |text: &Value, name: &str| text.as_str().unwrap().contains(&format!("{name}{edition}"));
        assert!(
            ends(label, "Лісова") && ends(city, "Місто"),
            "{snapshot}: {body}"
        );
    }
}

#[test]
fn a_bad_snapshot_is_told_and_the_old_one_is_served_on() {
    let data = tempfile::tempdir().unwrap();
    let good = publish(data.path(), 0);
    let server = ServerProcess::start(data.path());
    let bad = publish(data.path(), 1);
    let broken = data.path().join("snapshots").join(&bad).join("names.bin");
    // It may be live already: then it is refused when it is published again.
    wait_for(&server, &bad);
    snapshots::rollback(data.path(), Some(&good)).unwrap();
    wait_for(&server, &good);
    let mut bytes = std::fs::read(&broken).unwrap();
    bytes[0] ^= 1;
    std::fs::write(&broken, bytes).unwrap();
    let error = snapshots::rollback(data.path(), Some(&bad)).unwrap_err();
    assert!(error.to_string().contains("cannot be served"), "{error}");
    indexer::publish::Switch::lock(data.path())
        .unwrap()
        .point_at(&bad)
        .unwrap();
    wait_until(&server, "the refusal", |status| {
        status["refused"]["snapshot"] == bad.as_str()
    });
    let status = served(&server);
    assert_eq!(status["snapshot"], good.as_str());
    assert!(
        status["refused"]["reason"]
            .as_str()
            .unwrap()
            .contains("names.bin"),
        "{status}"
    );
    let (_, metrics) = http_get(&server.address, "/metrics");
    assert!(
        metrics.contains("snapshot_refused_total 1") && metrics.contains("snapshot_refused 1"),
        "{metrics}"
    );
    assert_eq!(http_get(&server.address, "/v1/autocomplete?q=a").0, 200);
    // SIGHUP looks again at once, instead of in a minute; still bad.
    server.hang_up();
    wait_until(&server, "the second look", |_| {
        http_get(&server.address, "/metrics")
            .1
            .contains("snapshot_refused_total 2")
    });
    snapshots::rollback(data.path(), Some(&good)).unwrap();
    wait_until(&server, "the end of the refusal", |status| {
        status["refused"].is_null()
    });
    let (_, log) = server.stop();
    let told = log
        .lines()
        .find(|l| l.contains("ERROR"))
        .unwrap_or_default();
    assert!(told.contains(&bad) && told.contains(&good), "{log}");
}

#[test]
fn a_snapshot_stays_whole_for_those_who_hold_it() {
    let data = tempfile::tempdir().unwrap();
    publish(data.path(), 0);
    let held = Arc::new(geodata::snapshot::Snapshot::open_current(data.path()).unwrap());
    for edition in 1..=4 {
        publish(data.path(), edition);
    }
    snapshots::prune(data.path(), 1).unwrap();
    // Its files are gone from the folder, not from those who have them open.
    assert_eq!(held.name_in(0, &[]), "Місто0");
}
