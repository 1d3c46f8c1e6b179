//! The whole service over a snapshot built for the test: no sockets, no network, parallel-safe.

use crate::MapFixture;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use geodata::snapshot::Snapshot;
use indexer::pipeline::{BuildPlan, run_build};
use indexer::progress::Progress;
use indexer::report::BuildReport;
use serde_json::Value;
use server::search::RankWeights;
use server::{AppState, router};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tower::ServiceExt;

/// An answer: status and JSON body (`Null` when it is none).
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub body: Value,
}

impl Reply {
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
        let snapshot = Snapshot::open_current(data.path()).expect("the snapshot opens");
        TestApp {
            router: router(AppState::new(snapshot, RankWeights::default())),
            report: BuildReport::default(),
            data,
        }
    }

    /// The snapshot that is served.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::open_current(self.data.path()).expect("the snapshot opens")
    }

    /// Asks for a path with its query string.
    pub fn get(&self, path: &str) -> Reply {
        let (status, bytes) = self.ask(Request::get(path).body(Body::empty()));
        Reply {
            status,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }

    /// Posts a body; an answer of several lines is a list of what they hold.
    pub fn post(&self, path: &str, body: &str) -> Reply {
        let (status, bytes) = self.ask(Request::post(path).body(Body::from(body.to_owned())));
        let lines = serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>();
        let mut lines: Vec<Value> = lines.filter_map(Result::ok).collect();
        let body = match lines.len() {
            1 => lines.remove(0),
            _ => Value::Array(lines),
        };
        Reply { status, body }
    }

    /// The status and the body of an answer.
    fn ask(&self, request: axum::http::Result<Request<Body>>) -> (u16, Vec<u8>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let request = request.expect("a request");
            let response = self.router.clone().oneshot(request);
            let response = response.await.expect("the router never fails");
            let status = response.status().as_u16();
            let bytes = to_bytes(response.into_body(), usize::MAX).await;
            (status, bytes.expect("a body").to_vec())
        })
    }

    /// Asks for suggestions near a point given as (lon, lat).
    pub fn autocomplete(&self, query: &str, focus: Option<(f64, f64)>) -> Reply {
        let focus = focus.map_or(String::new(), |(lon, lat)| format!("&lat={lat}&lon={lon}"));
        self.get(&format!("/v1/autocomplete?q={}{focus}", encode(query)))
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
