//! `/v1/status`: what is being served.

use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The live snapshot and this program.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Status {
    version: &'static str,
    snapshot: String,
    built_at: String,
    format_version: u32,
    /// Places per layer.
    counts: BTreeMap<String, u64>,
    sources: Vec<Source>,
}

/// A file the snapshot was built from.
#[derive(Debug, Serialize, ToSchema)]
struct Source {
    kind: String,
    name: String,
    sha256: String,
}

/// What is being served, since when, from what.
#[utoipa::path(get, path = "/v1/status", tag = "operators", responses((status = 200, body = Status)))]
pub(crate) async fn status(State(state): State<AppState>) -> Json<Status> {
    let manifest = state.snapshot().manifest();
    let source = |s: &geodata::snapshot::SourceEntry| Source {
        kind: s.kind.clone(),
        name: s.name.clone(),
        sha256: s.sha256.clone(),
    };
    Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        snapshot: manifest.name.clone(),
        built_at: manifest.built_at.clone(),
        format_version: manifest.format_version,
        counts: manifest.counts.clone(),
        sources: manifest.sources.iter().map(source).collect(),
    })
}
