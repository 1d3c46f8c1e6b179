//! `/v1/pickup-pins`: single points where cars stop, or do not, as cartographers know.

use super::address_reports::render_time;
use super::places::missing;
use super::ruling_params::{OfPlaceParams, WhyParams, id_and_why, next_of, page};
use crate::body::JsonBody;
use crate::error::{ApiError, Problem};
use crate::params;
use crate::people::{Cartographer, Reader};
use crate::search::{View, describe_shown};
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use geodata::base::{Author, Pin, PinFilter, PinTarget, StoredPin};
use geodata::{LonLat, PlaceRef};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use utoipa::ToSchema;

const NAME_CHARS: RangeInclusive<usize> = 0..=100;
const REASON_CHARS: RangeInclusive<usize> = 3..=500;
/// A pin lies no farther from its place, in metres: airports and hospitals are large.
const MAX_AWAY_M: f64 = 3_000.0;

/// A pin or ban. Without `place` and `near` it counts for everybody who asks nearby.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PinBody {
    /// `pin`: cars stop here; `ban`: they do not.
    kind: String,
    lon: f64,
    lat: f64,
    /// The id of the place or house whose pickup point it is.
    place: Option<String>,
    /// The point from which riders ask, instead of a place.
    near: Option<NearPoint>,
    /// What it is called, at most 100 characters.
    #[serde(default)]
    name: String,
    /// Why, 3 to 500 characters.
    reason: String,
}

/// A point in degrees.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NearPoint {
    lon: f64,
    lat: f64,
}

/// A pin or ban in force.
#[derive(Serialize, ToSchema)]
pub(crate) struct PinView {
    id: i64,
    /// `pin` or `ban`.
    kind: &'static str,
    lon: f64,
    lat: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    near: Option<NearPoint>,
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    reason: String,
    /// The token of who set it.
    set_by: i64,
    set_at: String,
}

/// Pins and bans in order of their ids.
#[derive(Serialize, ToSchema)]
pub(crate) struct PinList {
    pins: Vec<PinView>,
    /// What to ask for as `after`; none on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

/// Pins and bans in force.
#[utoipa::path(get, path = "/v1/pickup-pins", tag = "cartographers", params(OfPlaceParams),
    responses((status = 200, body = PinList), (status = 400, body = Problem), (status = 401, body = Problem), (status = 429, body = Problem),
        (status = 503, body = Problem)))]
pub(crate) async fn list(
    _: Reader,
    State(state): State<AppState>,
    RawQuery(raw): RawQuery,
) -> Result<Json<PinList>, ApiError> {
    let params: OfPlaceParams = params::read(raw.as_deref())?;
    let (place, after) = params.check()?;
    let limit = page(params.limit.as_deref())?;
    let pins = state.base().pins(PinFilter { place, after }, limit).await?;
    Ok(Json(PinList {
        next: next_of(&pins, limit, |p| p.id),
        pins: pins.into_iter().map(render).collect::<Result<_, _>>()?,
    }))
}

/// Recommend a point, or forbid one. It counts on all servers within a second.
#[utoipa::path(post, path = "/v1/pickup-pins", tag = "cartographers", security(("token" = [])), request_body = PinBody,
    responses((status = 201, body = PinView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 410, body = Problem), (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn add(
    Cartographer(person): Cartographer,
    State(state): State<AppState>,
    JsonBody(body): JsonBody<PinBody>,
) -> Result<(StatusCode, Json<PinView>), ApiError> {
    let pin = state.compute(move |view, _| body.check(view)).await??;
    let mut write = state.base().write(state.now_ms()).await?;
    let at_ms = write.at_ms();
    let id = write.add_pin(&pin, person.token).await?;
    write.commit().await?;
    state.base_changed();
    let view = render(StoredPin {
        id,
        pin,
        author: person.token,
        at_ms,
        in_force: true,
        changed: id,
    })?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Take a pin or ban out of force.
#[utoipa::path(delete, path = "/v1/pickup-pins/{id}", tag = "cartographers", security(("token" = [])), params(("id" = i64, Path, description = "The id of a pin or ban"), WhyParams),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn remove(
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
    write.remove_pin(id, by).await?;
    write.commit().await?;
    state.base_changed();
    Ok(StatusCode::NO_CONTENT)
}

impl PinBody {
    fn check(&self, view: &View) -> Result<Pin, ApiError> {
        let kind = self.kind.parse();
        let point = position("", self.lon, self.lat)?;
        length("name", &self.name, NAME_CHARS)?;
        length("reason", &self.reason, REASON_CHARS)?;
        let target = match (&self.place, self.near) {
            (Some(_), Some(_)) => {
                let problem = "expected either `place` or `near`, got both";
                return Err(ApiError::invalid("near", problem));
            }
            (Some(place), None) => PinTarget::Place(place_near(view, place, point)?),
            (None, Some(near)) => {
                let asked = position("near.", near.lon, near.lat)?;
                check_way("near", asked.distance_m(point))?;
                PinTarget::Point(asked)
            }
            (None, None) => PinTarget::Everybody,
        };
        Ok(Pin {
            kind: kind.map_err(|e: String| ApiError::invalid("kind", e))?,
            target,
            point,
            name: self.name.trim().to_owned(),
            reason: self.reason.trim().to_owned(),
        })
    }
}

/// A place that is shown, not far from a point.
fn place_near(view: &View, place: &str, point: LonLat) -> Result<PlaceRef, ApiError> {
    let id: PlaceRef = place
        .parse()
        .map_err(|e: String| ApiError::invalid("place", e))?;
    let shown = describe_shown(view, id, &[]);
    let shown = shown.ok_or_else(|| missing(view, id, place.to_owned()))?;
    check_way("place", shown.point.distance_m(point))?;
    Ok(id)
}

fn check_way(field: &str, way_m: f64) -> Result<(), ApiError> {
    if way_m <= MAX_AWAY_M {
        return Ok(());
    }
    let problem = format!("expected it at most {MAX_AWAY_M} m from the point, got {way_m:.0} m");
    Err(ApiError::invalid(field, problem))
}

fn position(of: &str, lon: f64, lat: f64) -> Result<LonLat, ApiError> {
    LonLat::new(lon, lat).map_err(|e| {
        let lon_fits = (-180.0..=180.0).contains(&lon);
        let field = if lon_fits { "lat" } else { "lon" };
        ApiError::invalid(&format!("{of}{field}"), e.to_string())
    })
}

fn length(field: &str, text: &str, allowed: RangeInclusive<usize>) -> Result<(), ApiError> {
    let chars = text.trim().chars().count();
    if allowed.contains(&chars) {
        return Ok(());
    }
    let (low, high) = (allowed.start(), allowed.end());
    let problem = format!("expected {low} to {high} characters, got {chars}");
    Err(ApiError::invalid(field, problem))
}

fn render(stored: StoredPin) -> Result<PinView, ApiError> {
    let pin = stored.pin;
    let (place, near) = match pin.target {
        PinTarget::Place(place) => (Some(place.to_string()), None),
        PinTarget::Point(asked) => {
            let (lon, lat) = (asked.lon(), asked.lat());
            (None, Some(NearPoint { lon, lat }))
        }
        PinTarget::Everybody => (None, None),
    };
    Ok(PinView {
        id: stored.id,
        kind: pin.kind.as_str(),
        lon: pin.point.lon(),
        lat: pin.point.lat(),
        place,
        near,
        name: pin.name,
        reason: pin.reason,
        set_by: stored.author,
        set_at: render_time(stored.at_ms)?,
    })
}
