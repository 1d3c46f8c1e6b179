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
    /// For how long it has been served, in seconds.
    served_s: u64,
    /// A newer snapshot that was published but cannot be served.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<RefusedSnapshot>,
    /// How far the address base is followed.
    base: FollowedBase,
    /// Places per layer.
    counts: BTreeMap<String, u64>,
    sources: Vec<Source>,
}

/// How far the address base is followed.
#[derive(Debug, Serialize, ToSchema)]
struct FollowedBase {
    /// The last change that is shown.
    change: i64,
    /// Edits that are shown over the snapshot.
    edits: usize,
    /// Reverted edits whose places are as they were only after the next import.
    waiting: usize,
    /// Why the base could not be followed the last time.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
}

/// A snapshot that was published but cannot be served, and why.
#[derive(Debug, Serialize, ToSchema)]
struct RefusedSnapshot {
    snapshot: String,
    reason: String,
    /// How long ago, in seconds.
    ago_s: u64,
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
    let live = state.live();
    let manifest = live.snapshot.manifest();
    let refused = state.refused().map(|r| RefusedSnapshot {
        snapshot: r.snapshot,
        reason: r.reason,
        ago_s: r.at.elapsed().as_secs(),
    });
    let followed = state.followed();
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
        served_s: live.since.elapsed().as_secs(),
        refused,
        base: FollowedBase {
            change: followed.change,
            edits: followed.edits,
            waiting: followed.waiting,
            trouble: followed.trouble,
        },
        counts: manifest.counts.clone(),
        sources: manifest.sources.iter().map(source).collect(),
    })
}
