//! `/v1/autocomplete` and `/v1/search`: text to places.

use crate::error::{ApiError, Problem};
use crate::geocodejson::{FeatureCollection, render_collection};
use crate::params::{self, AddressParams, AutocompleteParams};
use crate::people::Reader;
use crate::search::{SearchQuery, search_view};
use crate::state::AppState;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderName, header};
use std::time::Instant;

/// Bytes that hardly any answer has more of.
const USUAL_BYTES: usize = 8 << 10;

/// An answer as it goes out.
type Rendered = ([(HeaderName, &'static str); 1], Vec<u8>);

/// Suggestions while typing: the last word may be incomplete.
#[utoipa::path(get, path = "/v1/autocomplete", tag = "apps", params(AutocompleteParams),
    responses((status = 200, body = FeatureCollection), (status = 400, body = Problem), (status = 401, body = Problem), (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn autocomplete(
    reader: Reader,
    State(state): State<AppState>,
    RawQuery(raw): RawQuery,
) -> Result<Rendered, ApiError> {
    let query = params::read::<AutocompleteParams>(raw.as_deref())?.check(&reader.headers)?;
    answer(&state, &query, None, "autocomplete")
}

/// The complete address, as one text or as fields.
#[utoipa::path(get, path = "/v1/search", tag = "apps", params(AutocompleteParams, AddressParams),
    responses((status = 200, body = FeatureCollection), (status = 400, body = Problem), (status = 401, body = Problem), (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn search(
    reader: Reader,
    State(state): State<AppState>,
    RawQuery(raw): RawQuery,
) -> Result<Rendered, ApiError> {
    let checked = params::check_search(params::read_search(raw.as_deref())?, &reader.headers)?;
    answer(&state, &checked.query, checked.postcode, "search")
}

fn answer(
    state: &AppState,
    query: &SearchQuery,
    postcode: Option<String>,
    kind: &'static str,
) -> Result<Rendered, ApiError> {
    let began = Instant::now();
    let (rendered, empty) = state.answer(|view, weights| {
        let mut answer = search_view(view, weights, query);
        if let Some(postcode) = &postcode {
            answer
                .results
                .retain(|r| r.postcode.as_ref().is_none_or(|p| p == postcode));
        }
        let collection = render_collection(view, query, answer.results);
        let mut body = Vec::with_capacity(USUAL_BYTES);
        let written = serde_json::to_writer(&mut body, &collection);
        (written.map(|()| body), collection.features.is_empty())
    });
    metrics::histogram!("search_duration_seconds", "kind" => kind)
        .record(began.elapsed().as_secs_f64());
    if empty {
        metrics::counter!("search_empty_total", "kind" => kind).increment(1);
    }
    let body = rendered.map_err(|error| {
        tracing::error!(%error, "an answer cannot be written");
        ApiError::Internal
    })?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body))
}
