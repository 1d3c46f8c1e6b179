//! Two servers on one PostgreSQL: what one writes the other shows, and neither stops searching while PostgreSQL restarts.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot build its data has failed"
)]

use geodata::Layer;
use geodata::base::{Base, NewToken, Role};
use geodata::snapshot::{DocId, Snapshot};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tests::{
    Cluster, Fsync, NOW_MS, ServerProcess, TestApp, block_on, encode, extract, http, secret_of,
    try_http,
};

/// Connections that search all the time, half of them at each server.
const SEARCHERS: usize = 8;
/// Edits that are waited for on the other server.
const EDITS: usize = 9;
/// How long the usual edit may take to the other server.
const SOON: Duration = Duration::from_secs(1);
/// How long writing may take to work again once PostgreSQL is back, and an edit at most to the other server.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn an_edit_is_searchable_on_both_and_a_restart_of_postgresql_stops_no_search() {
    let data = TestApp::from_extracts(&[extract("chisinau-tiny")]).data;
    let cluster = Cluster::start(Fsync::On);
    let url = cluster.create_database();
    block_on(make_token(&url));
    let serve = || ServerProcess::start_with(data.path(), &["--base", &url, "--write-rate", "off"]);
    let servers = [serve(), serve()];
    let streets = streets(data.path());
    let searching = Searching::default();
    std::thread::scope(|scope| {
        for n in 0..SEARCHERS {
            let (address, searching) = (&servers[n % 2].address, &searching);
            scope.spawn(move || searching.go_on(address));
        }
        let edited = std::panic::catch_unwind(|| {
            let mut took: Vec<Duration> = (0..EDITS)
                .map(|n| cross(&servers, &streets[n], n))
                .collect();
            took.sort_unstable();
            assert!(
                took[EDITS / 2] <= SOON,
                "edits took {took:?} to the other server"
            );
            for (n, mode) in ["fast", "immediate"].into_iter().enumerate() {
                cluster.stop(mode);
                for server in &servers {
                    let (status, body) = rename(server, &streets[EDITS + n], "Марна");
                    assert_eq!(
                        (status, &body["code"]),
                        (503, &json!("base_unavailable")),
                        "{body}"
                    );
                }
                let before = searching.answered.load(Ordering::Relaxed);
                wait_until(|| searching.answered.load(Ordering::Relaxed) > before + 50);
                cluster.start_again();
                wait_until(|| rename(&servers[0], &streets[EDITS + n], "Вільна").0 == 201);
                cross(&servers, &streets[EDITS + 2 + n], EDITS + n);
            }
        });
        searching.stop.store(true, Ordering::Relaxed);
        edited.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
    assert_eq!(
        searching.failed.load(Ordering::Relaxed),
        0,
        "searches failed"
    );
}

async fn make_token(url: &str) {
    let secret = secret_of("Olena");
    let token = NewToken {
        name: "Olena",
        role: Role::Reviewer,
        secret: &secret,
        expires_ms: None,
    };
    let base = Base::open(url).unwrap();
    base.create_token(&token, None, NOW_MS).await.unwrap();
}

fn streets(data: &Path) -> Vec<String> {
    let snapshot = Snapshot::open_current(data).unwrap();
    let docs = 0..DocId::try_from(snapshot.len()).unwrap();
    let streets = docs.filter(|doc| snapshot.layer(*doc) == Layer::Street);
    streets
        .map(|doc| snapshot.place(doc).id.to_string())
        .collect()
}

/// Renames a street.
fn rename(server: &ServerProcess, street: &str, name: &str) -> (u16, Value) {
    let headers = format!(
        "Content-Type: application/json\r\nAuthorization: Bearer {}\r\n",
        secret_of("Olena")
    );
    let body = json!({ "operation": "set_names", "target": street, "after": { "name": name }, "state": "approved" });
    let (status, _, body) = http(
        &server.address,
        "POST /v1/edits",
        &headers,
        &body.to_string(),
    );
    (status, serde_json::from_str(&body).unwrap_or_default())
}

/// Renames a street through one server and waits until the other one finds it; returns how long that took.
fn cross(servers: &[ServerProcess; 2], street: &str, n: usize) -> Duration {
    let name = format!("вулиця Спільна{n}");
    let began = Instant::now();
    let (status, body) = rename(&servers[n % 2], street, &name);
    assert_eq!(status, 201, "{body}");
    let path = format!("GET /v1/search?q={}", encode(&name));
    wait_until(|| {
        let (status, _, body) = http(&servers[(n + 1) % 2].address, &path, "", "");
        let found: Value = serde_json::from_str(&body).unwrap();
        status == 200 && found["features"][0]["properties"]["id"] == json!(street)
    });
    began.elapsed()
}

#[track_caller]
fn wait_until(mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < PATIENCE, "waited for {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What those who search have seen.
#[derive(Default)]
struct Searching {
    stop: AtomicBool,
    answered: AtomicUsize,
    failed: AtomicUsize,
}

impl Searching {
    fn go_on(&self, address: &str) {
        while !self.stop.load(Ordering::Relaxed) {
            let answer = try_http(address, "GET /v1/search?q=puskin", "", "");
            let counter = match answer {
                Some((200, ..)) => &self.answered,
                _ => &self.failed,
            };
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }
}
