//! The whole story with the built programs: an edit is searchable in a second, on every server that shares the base, and
//! survives the nightly import.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail with the test")]

use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};
use tests::{Cluster, MapFixture, ServerProcess, encode, http, http_get, run_indexer, run_server};

const OBJECTS: &str = "
n100 a place=city | name=Дубове
w1 a-b-c highway=residential | name=вулиця Лісова
n11 a addr:housenumber=1 | addr:street=вулиця Лісова
n12 b addr:housenumber=2 | addr:street=вулиця Лісова";

/// How soon an approved edit has to be searchable; the budget is one second, and the machine is shared.
const SEARCHABLE: Duration = Duration::from_secs(3);

fn import(data: &Path, base: &str, objects: &str) {
    let map = MapFixture::draw((30.0, 50.0), "a b c", objects);
    let (data, path) = (data.to_str().unwrap(), map.path());
    let built = run_indexer(&[
        "build",
        "--data",
        data,
        "--osm",
        path.to_str().unwrap(),
        "--base",
        base,
    ]);
    assert_eq!(built.code, 0, "{}", built.stderr);
}

fn token(data: &Path, base: &str, (role, name): (&str, &str)) -> String {
    let data = data.to_str().unwrap();
    let made = run_server(&[
        "token", "create", "--data", data, "--base", base, "--role", role, "--name", name,
    ]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    made.stdout.trim().to_owned()
}

fn post(server: &ServerProcess, secret: &str, (path, body): (&str, &Value)) -> (u16, Value) {
    let headers = format!("Content-Type: application/json\r\nAuthorization: Bearer {secret}\r\n");
    let (status, _, answer) = http(
        &server.address,
        &format!("POST {path}"),
        &headers,
        &body.to_string(),
    );
    (status, serde_json::from_str(&answer).unwrap_or_default())
}

/// The first property of the first result.
fn search(server: &ServerProcess, text: &str, property: &str) -> String {
    let (status, body) = http_get(&server.address, &format!("/v1/search?q={}", encode(text)));
    assert_eq!(status, 200, "{body}");
    let body: Value = serde_json::from_str(&body).unwrap();
    body["features"][0]["properties"][property]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// Waits until the first result is as expected; returns how long that took.
#[track_caller]
fn wait_for(server: &ServerProcess, text: &str, (property, value): (&str, &str)) -> Duration {
    let began = Instant::now();
    while search(server, text, property) != value {
        let waited = began.elapsed();
        assert!(
            waited < SEARCHABLE,
            "«{text}» gives {}",
            search(server, text, property)
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    began.elapsed()
}

/// A street is renamed through one server, found through another, kept by an import, and given back.
fn story(base: &str) {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let servers = [&folders[0], &folders[1]].map(|data| {
        import(data.path(), base, OBJECTS);
        ServerProcess::start_with(data.path(), &["--base", base])
    });
    let data = folders[0].path();
    let (ann, eve) = (
        token(data, base, ("cartographer", "ann")),
        token(data, base, ("reviewer", "eve")),
    );
    let street = search(&servers[0], "вулиця Лісова", "id");
    let edit =
        json!({ "operation": "set_names", "target": street, "after": { "name": "вулиця Героїв" } });
    let (status, proposed) = post(&servers[0], &ann, ("/v1/edits", &edit));
    assert_eq!(status, 201, "{proposed}");
    let step = |step: &str| format!("/v1/edits/{}/{step}", proposed["id"]);
    assert_eq!(
        post(&servers[0], &eve, (&step("approve"), &json!({}))).0,
        200
    );
    let renamed = ("label", "вулиця Героїв 2, Дубове");
    for server in &servers {
        wait_for(server, "вулиця Лісова 2", renamed);
        assert_eq!(
            search(server, "вулиця Лісова 2", "formerly"),
            "вулиця Лісова"
        );
    }
    // An import takes the edit into the snapshot; nobody notices.
    import(data, base, OBJECTS);
    let snapshot = std::fs::canonicalize(data.join("current")).unwrap();
    let snapshot = snapshot.file_name().unwrap().to_str().unwrap().to_owned();
    let began = Instant::now();
    loop {
        assert_eq!(search(&servers[0], "вулиця Лісова 2", renamed.0), renamed.1);
        let (_, status) = http_get(&servers[0].address, "/v1/status");
        if status.contains(&snapshot) {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{status}");
    }
    assert_eq!(search(&servers[0], "вулиця Лісова 2", renamed.0), renamed.1);
    // Taken back: both the server with the edit in its snapshot and the one with it over its snapshot follow.
    assert_eq!(
        post(&servers[1], &eve, (&step("revert"), &json!({}))).0,
        200
    );
    for server in &servers {
        wait_for(
            server,
            "вулиця Лісова 2",
            ("label", "вулиця Лісова 2, Дубове"),
        );
    }
    for server in servers {
        let (code, log) = server.stop();
        assert_eq!(code, 0);
        assert!(
            !log.contains("ERROR") && !log.contains(&ann) && !log.contains(&eve),
            "{log}"
        );
    }
}

#[test]
fn a_street_is_renamed_everywhere_and_given_back_with_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    story(&format!(
        "sqlite:{}",
        folder.path().join("shared.db").display()
    ));
}

#[test]
fn a_street_is_renamed_everywhere_and_given_back_with_postgresql() {
    story(&Cluster::shared().create_database());
}
