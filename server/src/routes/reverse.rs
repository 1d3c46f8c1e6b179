//! `/v1/reverse`: from a point to its address.

use crate::error::{ApiError, Problem};
use crate::geocodejson::{FeatureCollection, render_near};
use crate::params;
use crate::people::Reader;
use crate::point_params::ReverseParams;
use crate::search::reverse as answer;
use crate::state::AppState;
use axum::Json;
use axum::extract::{RawQuery, State};
use std::time::Instant;

/// The nearest house, street, POI and station within walking distance, and the areas the point lies in.
///
/// Each with `distance_m` and `bearing_deg` from the point to the result's coordinates; those of a street are its nearest
/// point. The house in whose building the point is comes before nearer ones, and a street on which the point lies before
/// a house of another street.
#[utoipa::path(get, path = "/v1/reverse", tag = "apps", params(ReverseParams),
    responses((status = 200, body = FeatureCollection), (status = 400, body = Problem), (status = 401, body = Problem), (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn reverse(
    reader: Reader,
    State(state): State<AppState>,
    RawQuery(raw): RawQuery,
) -> Result<Json<FeatureCollection>, ApiError> {
    let query = params::read::<ReverseParams>(raw.as_deref())?.check(&reader.headers)?;
    let began = Instant::now();
    let collection = state.answer(|view, _| {
        let found = answer(view, &query);
        render_near(view, found.results, Some(found.areas))
    });
    metrics::histogram!("search_duration_seconds", "kind" => "reverse")
        .record(began.elapsed().as_secs_f64());
    if collection.features.is_empty() {
        metrics::counter!("search_empty_total", "kind" => "reverse").increment(1);
    }
    Ok(Json(collection))
}
