//! `/v1/zones`: where cars have to stop, should stop, must not stop, and where the service is offered. Operators draw them.

use super::address_reports::read_id;
use super::ruling_params::{
    DeleteZoneParams, VersionParams, ZonesParams, check_why, next_of, number, page, zone_kind,
};
use super::zone_view::{ZoneCollection, ZoneFeature, differences, render};
use crate::body::JsonBody;
use crate::error::{ApiError, Problem};
use crate::params;
use crate::people::{Operator, Reader};
use crate::refusal::{Refusal, StaleField};
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use geodata::base::{Author, StoredZone, Write, ZoneFilter};
use geodata::zones::Zone;

/// A thousand corners with all the digits that programs write.
const MAX_ZONE_BYTES: usize = 256 * 1024;

/// Zones in force, in order of their ids.
#[utoipa::path(get, path = "/v1/zones", tag = "operators", params(ZonesParams),
    responses((status = 200, body = ZoneCollection), (status = 400, body = Problem), (status = 401, body = Problem), (status = 429, body = Problem),
        (status = 503, body = Problem)))]
pub(crate) async fn list(
    _: Reader,
    State(state): State<AppState>,
    RawQuery(raw): RawQuery,
) -> Result<Json<ZoneCollection>, ApiError> {
    let params: ZonesParams = params::read(raw.as_deref())?;
    let kind = params.kind.as_deref().map(|k| zone_kind("kind", k));
    let filter = ZoneFilter {
        kind: kind.transpose()?,
        after: number("after", params.after.as_deref())?,
    };
    let limit = page(params.limit.as_deref())?;
    let zones = state.base().zones(filter, limit).await?;
    Ok(Json(ZoneCollection {
        kind: "FeatureCollection",
        features: zones.iter().map(render).collect::<Result<_, _>>()?,
        next: next_of(&zones, limit, |z| z.id),
    }))
}

/// A zone, or a former version of it.
#[utoipa::path(get, path = "/v1/zones/{id}", tag = "operators", params(("id" = i64, Path, description = "The id of a zone"), VersionParams),
    responses((status = 200, body = ZoneFeature), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn get(
    _: Reader,
    State(state): State<AppState>,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Json<ZoneFeature>, ApiError> {
    let params: VersionParams = params::read(raw.as_deref())?;
    let id = read_id(&id)?;
    let stored = match number("version", params.version.as_deref())? {
        Some(version) => state.base().zone_version(id, version).await?,
        None => state.base().zone(id).await?,
    };
    render(&stored).map(Json)
}

/// Draw a zone. It counts on all servers within a second.
#[utoipa::path(post, path = "/v1/zones", tag = "operators", security(("token" = [])), request_body = ZoneFeature,
    responses((status = 201, body = ZoneFeature), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 413, body = Problem), (status = 429, body = Problem), (status = 503, body = Problem), (status = 507, body = Problem)))]
pub(crate) async fn add(
    Operator(person): Operator,
    State(state): State<AppState>,
    JsonBody(body): JsonBody<ZoneFeature, MAX_ZONE_BYTES>,
) -> Result<(StatusCode, Json<ZoneFeature>), ApiError> {
    let why = check_why(body.properties.why.as_deref())?;
    if let Some(id) = body.id {
        let problem = format!("expected none for a new zone, got `{id}`");
        return Err(ApiError::invalid("id", problem));
    }
    let zone = check(&state, body).await?;
    let by = Author {
        who: person.token,
        why: &why,
    };
    let mut write = state.base().write(state.now_ms()).await?;
    let id = write.add_zone(&zone, by).await?;
    let stored = finish(&state, write, id).await?;
    Ok((StatusCode::CREATED, Json(render(&stored)?)))
}

/// Draw a zone anew. The version that was seen has to be the present one: else nothing happens, and both are shown.
#[utoipa::path(put, path = "/v1/zones/{id}", tag = "operators", security(("token" = [])), params(("id" = i64, Path, description = "The id of a zone")), request_body = ZoneFeature,
    responses((status = 200, body = ZoneFeature), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem, description = "Somebody has changed it meanwhile"), (status = 413, body = Problem),
        (status = 429, body = Problem), (status = 503, body = Problem), (status = 507, body = Problem)))]
pub(crate) async fn change(
    Operator(person): Operator,
    State(state): State<AppState>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<ZoneFeature, MAX_ZONE_BYTES>,
) -> Result<Json<ZoneFeature>, ApiError> {
    let id = read_id(&id)?;
    let why = check_why(body.properties.why.as_deref())?;
    if let Some(other) = body.id.filter(|other| *other != id) {
        let problem = format!("expected {id} as in the path, got `{other}`");
        return Err(ApiError::invalid("id", problem));
    }
    let seen = body.properties.version.ok_or_else(|| {
        ApiError::invalid(
            "properties.version",
            "expected the version that was seen, got none",
        )
    })?;
    let zone = check(&state, body).await?;
    let by = Author {
        who: person.token,
        why: &why,
    };
    let mut write = state.base().write(state.now_ms()).await?;
    if let Err(error) = check_seen(&state, &mut write, (id, Some(seen))).await {
        write.roll_back().await;
        return Err(error);
    }
    write.change_zone((id, seen), &zone, by).await?;
    let stored = finish(&state, write, id).await?;
    render(&stored).map(Json)
}

/// Take a zone out of force. What was drawn stays in the base.
#[utoipa::path(delete, path = "/v1/zones/{id}", tag = "operators", security(("token" = [])), params(("id" = i64, Path, description = "The id of a zone"), DeleteZoneParams),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "Somebody has changed it meanwhile"), (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn delete(
    Operator(person): Operator,
    State(state): State<AppState>,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<StatusCode, ApiError> {
    let params: DeleteZoneParams = params::read(raw.as_deref())?;
    let id = read_id(&id)?;
    let why = check_why(params.why.as_deref())?;
    let seen = number("version", params.version.as_deref())?;
    let mut write = state.base().write(state.now_ms()).await?;
    if let Err(error) = check_seen(&state, &mut write, (id, seen)).await {
        write.roll_back().await;
        return Err(error);
    }
    let by = Author {
        who: person.token,
        why: &why,
    };
    write.delete_zone((id, seen), by).await?;
    write.commit().await?;
    state.base_changed();
    Ok(StatusCode::NO_CONTENT)
}

/// Checks a body on a thread that may compute.
async fn check(state: &AppState, body: ZoneFeature) -> Result<Zone, ApiError> {
    state.compute(move |_, _| body.check()).await?
}

/// Refuses who has not seen the present version, with what is different.
async fn check_seen(
    state: &AppState,
    write: &mut Write,
    (id, seen): (i64, Option<i64>),
) -> Result<(), ApiError> {
    let present = write.zone(id).await?;
    let Some(seen) = seen.filter(|seen| *seen != present.version) else {
        return Ok(());
    };
    let newest = present.version;
    if !(1..newest).contains(&seen) {
        let problem = format!("expected a version of 1 to {newest}, got `{seen}`");
        return Err(ApiError::invalid("version", problem));
    }
    let seen = render(&state.base().zone_version(id, seen).await?)?;
    let fields = differences(&seen, &render(&present)?);
    let field = |(field, expected, present): (&str, _, _)| StaleField {
        field: field.to_owned(),
        expected,
        present,
    };
    let fields = fields.into_iter().map(field).collect();
    Err(Refusal::Stale { fields }.into())
}

/// Commits, and reads what is there now.
async fn finish(state: &AppState, mut write: Write, id: i64) -> Result<StoredZone, ApiError> {
    let stored = write.zone(id).await?;
    write.commit().await?;
    state.base_changed();
    Ok(stored)
}
