//! Liveness, readiness, metrics: for operators and their machines.

use crate::state::AppState;
use crate::telemetry::init_metrics;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

/// A one-word answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot: Option<String>,
}

/// Whether the process answers.
#[utoipa::path(get, path = "/health/live", tag = "operators", responses((status = 200, body = Health)))]
pub(crate) async fn live() -> Json<Health> {
    Json(Health {
        status: "live",
        snapshot: None,
    })
}

/// Whether a snapshot is open and searches can be answered.
#[utoipa::path(get, path = "/health/ready", tag = "operators", responses((status = 200, body = Health)))]
pub(crate) async fn ready(State(state): State<AppState>) -> Json<Health> {
    Json(Health {
        status: "ready",
        snapshot: Some(state.live().snapshot.manifest().name.clone()),
    })
}

/// Metrics in the Prometheus text format.
#[utoipa::path(get, path = "/metrics", tag = "operators",
    responses((status = 200, body = String, content_type = "text/plain")))]
pub(crate) async fn metrics(State(state): State<AppState>) -> impl IntoResponse {
    let handle = init_metrics();
    let live = state.live();
    let followed = state.followed();
    let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    metrics::gauge!("snapshot_places").set(count(live.snapshot.len()));
    metrics::gauge!("edits_shown").set(count(followed.edits));
    metrics::gauge!("edits_waiting").set(count(followed.waiting));
    let away = if followed.trouble.is_some() { 1.0 } else { 0.0 };
    metrics::gauge!("base_unavailable").set(away);
    metrics::gauge!("snapshot_served_seconds").set(live.since.elapsed().as_secs_f64());
    let refused = if state.refused().is_some() { 1.0 } else { 0.0 };
    metrics::gauge!("snapshot_refused").set(refused);
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        handle.render(),
    )
}
