//! `/v1/nearby`: the nearest places of some kind; `/v1/batch/nearby`: the same for many points.

use crate::error::{ApiError, Problem};
use crate::geocodejson::{FeatureCollection, render_near};
use crate::params;
use crate::people::Reader;
use crate::point_params::{NearbyBatch, NearbyParams};
use crate::search::nearby as answer;
use crate::state::AppState;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::IntoResponse;
use std::time::Instant;

/// The nearest POIs and stations by category, brand and attributes, open at a given time: the nearest first.
#[utoipa::path(get, path = "/v1/nearby", tag = "apps", params(NearbyParams),
    responses((status = 200, body = FeatureCollection), (status = 400, body = Problem), (status = 401, body = Problem), (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn nearby(
    reader: Reader,
    State(state): State<AppState>,
    RawQuery(raw): RawQuery,
) -> Result<Json<FeatureCollection>, ApiError> {
    let query = params::read::<NearbyParams>(raw.as_deref())?.check(&reader.headers)?;
    let began = Instant::now();
    let collection = state.answer(|view, _| render_near(view, answer(view, &query), None));
    metrics::histogram!("search_duration_seconds", "kind" => "nearby")
        .record(began.elapsed().as_secs_f64());
    if collection.features.is_empty() {
        metrics::counter!("search_empty_total", "kind" => "nearby").increment(1);
    }
    Ok(Json(collection))
}

/// The nearest places for each of many points: a line of the answer per point, each a feature collection.
#[utoipa::path(post, path = "/v1/batch/nearby", tag = "batch", request_body = NearbyBatch,
    responses((status = 200, body = FeatureCollection, content_type = "application/x-ndjson"), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn batch_nearby(
    reader: Reader,
    State(state): State<AppState>,
    body: Bytes,
) -> Result<impl IntoResponse, ApiError> {
    let queries = NearbyBatch::read(&body)?.check(&reader.headers)?;
    let began = Instant::now();
    let lines = state.compute(move |view, _| {
        let mut lines = Vec::new();
        for query in queries {
            let collection = render_near(view, answer(view, &query), None);
            serde_json::to_writer(&mut lines, &collection)?;
            lines.push(b'\n');
        }
        Ok::<_, serde_json::Error>(lines)
    });
    let lines = lines.await?.map_err(|error| {
        tracing::error!(%error, "a collection cannot be written");
        ApiError::Internal
    })?;
    metrics::histogram!("search_duration_seconds", "kind" => "batch_nearby")
        .record(began.elapsed().as_secs_f64());
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], lines))
}
