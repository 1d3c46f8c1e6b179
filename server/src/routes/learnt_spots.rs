//! `/v1/learnt-spots`: where riders were picked up before, and what cartographers say to that.

use super::address_reports::render_time;
use super::ruling_params::{OfPlaceParams, WhyParams, id_and_why, next_of, page};
use crate::error::{ApiError, Problem};
use crate::params;
use crate::people::Cartographer;
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use geodata::base::{Author, SpotFilter, StoredSpot};
use serde::Serialize;
use utoipa::ToSchema;

/// Learnt spots in order of their ids: of each place the heaviest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct SpotList {
    spots: Vec<SpotView>,
    /// What to ask for as `after`; none on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

/// Where riders of a place were picked up.
#[derive(Serialize, ToSchema)]
struct SpotView {
    id: i64,
    /// The id of the place or house.
    place: String,
    lon: f64,
    lat: f64,
    /// Different riders.
    riders: u32,
    pickups: u32,
    /// Of the place's pickups, 0 to 1; newer ones count more.
    share: f64,
    newest_at: String,
    learnt_at: String,
}

/// Spots in force that were learnt from pickups.
#[utoipa::path(get, path = "/v1/learnt-spots", tag = "cartographers", security(("token" = [])), params(OfPlaceParams),
    responses((status = 200, body = SpotList), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn list(
    _: Cartographer,
    State(state): State<AppState>,
    RawQuery(raw): RawQuery,
) -> Result<Json<SpotList>, ApiError> {
    let params: OfPlaceParams = params::read(raw.as_deref())?;
    let (place, after) = params.check()?;
    let limit = page(params.limit.as_deref())?;
    let spots = state.base().spots(SpotFilter { place, after }, limit);
    let spots = spots.await?;
    Ok(Json(SpotList {
        next: next_of(&spots, limit, |s| s.id),
        spots: spots.iter().map(render).collect::<Result<_, _>>()?,
    }))
}

/// Revoke a spot: it is not learnt again unless somebody asks for that.
#[utoipa::path(delete, path = "/v1/learnt-spots/{id}", tag = "cartographers", security(("token" = [])), params(("id" = i64, Path, description = "The id of a learnt spot"), WhyParams),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn revoke(
    Cartographer(person): Cartographer,
    State(state): State<AppState>,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<StatusCode, ApiError> {
    let params: WhyParams = params::read(raw.as_deref())?;
    let (id, why) = id_and_why(&id, params.why.as_deref())?;
    let by = Author {
        who: person.token,
        why: &why,
    };
    let mut write = state.base().write(state.now_ms()).await?;
    write.revoke_spot(id, by).await?;
    write.commit().await?;
    state.base_changed();
    Ok(StatusCode::NO_CONTENT)
}

fn render(stored: &StoredSpot) -> Result<SpotView, ApiError> {
    let spot = &stored.spot;
    Ok(SpotView {
        id: stored.id,
        place: stored.place.to_string(),
        lon: spot.point.lon(),
        lat: spot.point.lat(),
        riders: spot.riders,
        pickups: spot.pickups,
        share: f64::from(spot.share_permille) / 1000.0,
        newest_at: render_time(spot.newest_ms)?,
        learnt_at: render_time(stored.at_ms)?,
    })
}
