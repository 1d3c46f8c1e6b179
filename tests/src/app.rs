//! The whole service over a snapshot built for the test: no sockets, no network, parallel-safe.

use crate::MapFixture;
use crate::bases::{NOW_MS, secret_of};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use geodata::base::{Base, NewToken, Role};
use geodata::snapshot::Snapshot;
use indexer::pipeline::{BuildPlan, run_build};
use indexer::progress::Progress;
use indexer::report::BuildReport;
use serde_json::Value;
use server::live::{Follower, RulingsFollower};
use server::people::AccessArgs;
use server::search::RankWeights;
use server::{AppState, Service, router};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// An answer: status and JSON body (`Null` when it is none).
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Reply {
    /// A header as text; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|v| v.to_str().ok());
        value.unwrap_or_default()
    }

    /// The features of a collection.
    pub fn features(&self) -> &[Value] {
        self.body["features"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The property of each feature as text; empty where it has none.
    pub fn all(&self, property: &str) -> Vec<String> {
        let text = |f: &Value| {
            f["properties"][property]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        self.features().iter().map(text).collect()
    }

    /// A property of the first feature.
    pub fn first(&self, property: &str) -> String {
        self.all(property).into_iter().next().unwrap_or_default()
    }
}

/// The service over one snapshot.
pub struct TestApp {
    router: Router,
    state: AppState,
    follower: Mutex<Follower>,
    rulings: Mutex<RulingsFollower>,
    /// The base, by default an SQLite file in the data folder.
    pub base: Base,
    /// What the service takes for the time, in milliseconds since 1970 UTC.
    now_ms: Arc<AtomicI64>,
    /// One for all requests: connections to the base live in it.
    runtime: Runtime,
    /// What the build said; empty for a folder built elsewhere.
    pub report: BuildReport,
    pub data: TempDir,
}

impl TestApp {
    /// Builds a snapshot from extracts and opens it.
    pub fn from_extracts(osm: &[PathBuf]) -> TestApp {
        TestApp::from_plan(|data| plan(data, osm.to_vec()))
    }

    /// Builds a snapshot of a Ukrainian town drawn as text, its top left corner at 30° east, 50° north.
    pub fn from_town(grid: &str, objects: &str) -> TestApp {
        let map = MapFixture::draw((30.0, 50.0), grid, objects);
        TestApp::from_plan(|data| BuildPlan {
            country: Some("ua".to_owned()),
            ..plan(data, vec![map.path()])
        })
    }

    /// Builds a snapshot by a plan made for a data folder.
    pub fn from_plan(make: impl FnOnce(&Path) -> BuildPlan) -> TestApp {
        let data = tempfile::tempdir().expect("a temporary folder");
        let report = run_build(&make(data.path()), Progress::silent()).expect("the extract builds");
        TestApp {
            report,
            ..TestApp::over(data)
        }
    }

    /// Serves the live snapshot of a data folder.
    pub fn over(data: TempDir) -> TestApp {
        let url = format!("sqlite:{}", data.path().join("kudy.db").display());
        TestApp::with_access(data, &url, AccessArgs::default())
    }

    /// Serves the live snapshot of a data folder with a base and options.
    pub fn with_access(data: TempDir, base: &str, access: AccessArgs) -> TestApp {
        let snapshot = Snapshot::open_current(data.path()).expect("the snapshot opens");
        TestApp::serve(snapshot, data, (base, access))
    }

    /// Serves a snapshot whose folder is somebody else's, with a base of its own.
    pub fn serving(snapshot: Snapshot) -> TestApp {
        let data = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite:{}", data.path().join("kudy.db").display());
        TestApp::serve(snapshot, data, (&url, AccessArgs::default()))
    }

    fn serve(snapshot: Snapshot, data: TempDir, (base, access): (&str, AccessArgs)) -> TestApp {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        let runtime = runtime.expect("a runtime");
        let base = runtime
            .block_on(async { Base::open(base) })
            .expect("a base's URL");
        let now_ms = Arc::new(AtomicI64::new(NOW_MS));
        let clock = Arc::clone(&now_ms);
        let service = Service {
            weights: RankWeights::default(),
            base: base.clone(),
            access,
            clock: Arc::new(move || clock.load(Ordering::Relaxed)),
        };
        let state = AppState::new(snapshot, service);
        let follower = Follower::new(base.clone(), Arc::clone(&state.live().snapshot));
        TestApp {
            router: router(state.clone()),
            state,
            follower: Mutex::new(follower),
            rulings: Mutex::new(RulingsFollower::new(base.clone())),
            base,
            now_ms,
            runtime,
            report: BuildReport::default(),
            data,
        }
    }

    /// The same service with other options.
    pub fn again(self, access: AccessArgs) -> TestApp {
        let url = format!("sqlite:{}", self.data.path().join("kudy.db").display());
        TestApp::with_access(self.data, &url, access)
    }

    /// Publishes reports whose address is searchable, as a task of a server does every few seconds.
    pub fn publish(&self) {
        let published = self.run(server::publish_all(&self.state));
        published.expect("the base is there");
    }

    /// Shows what has changed in the base, as the watching task of a server does all the time.
    pub fn follow(&self) {
        let mut follower = self.follower.lock().expect("no test panicked");
        let view = self.run(follower.catch_up()).expect("the base is there");
        if let Some(view) = view {
            self.state.show(view);
        }
        let mut rulings = self.rulings.lock().expect("no test panicked");
        let ruled = self.run(rulings.catch_up()).expect("the base is there");
        if let Some(ruled) = ruled {
            self.state.rule(ruled);
        }
    }

    /// What the service shares with its handlers.
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// Lets time pass.
    pub fn wait_ms(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Runs something asynchronous, such as a question to the base.
    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Makes a token; returns its id, and its secret by [`secret_of`] the name.
    pub fn token(&self, name: &str, role: Role) -> (i64, String) {
        let secret = secret_of(name);
        let token = NewToken {
            name,
            role,
            secret: &secret,
            expires_ms: None,
        };
        let made = self.base.create_token(&token, None, NOW_MS);
        (self.run(made).expect("a token can be made"), secret)
    }

    /// The snapshot that is served.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::open_current(self.data.path()).expect("the snapshot opens")
    }

    /// Asks for a path with its query string.
    pub fn get(&self, path: &str) -> Reply {
        self.ask(Request::get(path).body(Body::empty()).expect("a request"))
    }

    /// Asks for a path with a token's secret.
    pub fn get_as(&self, secret: &str, path: &str) -> Reply {
        let request = Request::get(path).header("authorization", format!("Bearer {secret}"));
        self.ask(request.body(Body::empty()).expect("a request"))
    }

    /// Sends JSON, with a token's secret unless it is empty.
    pub fn post(&self, secret: &str, path: &str, body: &Value) -> Reply {
        let mut request = Request::post(path).header("content-type", "application/json");
        if !secret.is_empty() {
            request = request.header("authorization", format!("Bearer {secret}"));
        }
        self.ask(
            request
                .body(Body::from(body.to_string()))
                .expect("a request"),
        )
    }

    /// Sends any request.
    pub fn ask(&self, request: Request<Body>) -> Reply {
        self.run(async {
            let response = self
                .router
                .clone()
                .oneshot(request)
                .await
                .expect("the router never fails");
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let bytes = to_bytes(response.into_body(), usize::MAX)
                .await
                .expect("a body");
            Reply {
                status,
                headers,
                body: read_body(&bytes),
            }
        })
    }

    /// Asks for suggestions near a point given as (lon, lat).
    pub fn autocomplete(&self, query: &str, focus: Option<(f64, f64)>) -> Reply {
        let focus = focus.map_or(String::new(), |(lon, lat)| format!("&lat={lat}&lon={lon}"));
        self.get(&format!("/v1/autocomplete?q={}{focus}", encode(query)))
    }
}

/// What a body says; one of several lines is a list of what they hold.
fn read_body(bytes: &[u8]) -> Value {
    let lines = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    let mut lines: Vec<Value> = lines.map_while(Result::ok).collect();
    match lines.len() {
        0 => Value::Null,
        1 => lines.remove(0),
        _ => Value::Array(lines),
    }
}

/// A plan over extracts with everything else as it is by default.
pub fn plan(data: &Path, osm: Vec<PathBuf>) -> BuildPlan {
    BuildPlan {
        data: data.to_owned(),
        osm,
        publish: true,
        built_at: "2026-01-31T02:00:00Z".to_owned(),
        ..BuildPlan::default()
    }
}

/// Percent-encodes a text for a query string.
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}
