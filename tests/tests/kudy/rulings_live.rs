//! A zone that is drawn through one server counts on every server that shares the base, and so does its end.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail with the test")]

use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};
use tests::{Cluster, MapFixture, ServerProcess, http, http_get, run_indexer, run_server};

/// How soon a zone has to count; the budget is one second, and the machine is shared.
const COUNTS: Duration = Duration::from_secs(3);

fn import(data: &Path) {
    let map = MapFixture::draw((30.0, 50.0), "a", "\nn100 a place=city | name=Дубове");
    let (data, path) = (data.to_str().unwrap(), map.path());
    let built = run_indexer(&["build", "--data", data, "--osm", path.to_str().unwrap()]);
    assert_eq!(built.code, 0, "{}", built.stderr);
}

fn send(server: &ServerProcess, secret: &str, (request, body): (&str, &Value)) -> (u16, Value) {
    let headers = format!("Content-Type: application/json\r\nAuthorization: Bearer {secret}\r\n");
    let (status, _, answer) = http(&server.address, request, &headers, &body.to_string());
    (status, serde_json::from_str(&answer).unwrap_or_default())
}

/// Whether the service is offered in the middle of the zone.
fn offered(server: &ServerProcess) -> bool {
    let (status, body) = http_get(&server.address, "/v1/service-areas?lat=50.005&lon=30.005");
    assert_eq!(status, 200, "{body}");
    serde_json::from_str::<Value>(&body).unwrap()["inside"] == true
}

#[track_caller]
fn wait_until(server: &ServerProcess, expect: bool) {
    let began = Instant::now();
    while offered(server) != expect {
        assert!(began.elapsed() < COUNTS, "expected {expect}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn story(base: &str) {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let servers = [&folders[0], &folders[1]].map(|data| {
        import(data.path());
        ServerProcess::start_with(data.path(), &["--base", base])
    });
    let made = run_server(&[
        "token", "create", "--base", base, "--role", "operator", "--name", "ann",
    ]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let secret = made.stdout.trim();
    let ring = [
        [30.0, 50.0],
        [30.01, 50.0],
        [30.01, 50.01],
        [30.0, 50.01],
        [30.0, 50.0],
    ];
    let zone = json!({
        "type": "Feature",
        "geometry": { "type": "Polygon", "coordinates": [ring] },
        "properties": { "kind": "service", "name": { "uk": "Дубове" } },
    });
    assert!(servers.iter().all(|s| !offered(s)));
    let (status, drawn) = send(&servers[0], secret, ("POST /v1/zones", &zone));
    assert_eq!(status, 201, "{drawn}");
    for server in &servers {
        wait_until(server, true);
    }
    // A server that starts later has it, too.
    let third = ServerProcess::start_with(folders[0].path(), &["--base", base]);
    wait_until(&third, true);
    let path = format!("DELETE /v1/zones/{}", drawn["id"]);
    let (status, answer) = send(&servers[1], secret, (&path, &json!({})));
    assert_eq!(status, 204, "{answer}");
    let [one, two] = servers;
    for server in [one, two, third] {
        wait_until(&server, false);
        let (code, log) = server.stop();
        assert_eq!(code, 0);
        assert!(!log.contains("ERROR") && !log.contains(secret), "{log}");
    }
}

#[test]
fn a_zone_counts_everywhere_with_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    story(&format!(
        "sqlite:{}",
        folder.path().join("shared.db").display()
    ));
}

#[test]
fn a_zone_counts_everywhere_with_postgresql() {
    story(&Cluster::shared().create_database());
}
