//! `/v1/service-areas`: is the service offered at a point, and how far is the border.

use crate::error::{ApiError, Problem};
use crate::params;
use crate::people::Reader;
use crate::pickup::{RuledZone, Rulings};
use crate::point_params::{ServiceAreaParams, ServiceAreaQuery};
use crate::search::Moment;
use crate::state::AppState;
use axum::Json;
use axum::extract::{RawQuery, State};
use geodata::LonLat;
use geodata::zones::ZoneKind;
use serde::Serialize;
use utoipa::ToSchema;

/// Service areas beyond this distance are not told of, in metres.
const MAX_AWAY_M: f64 = 50_000.0;
/// The most service areas that are told of.
const MAX_AREAS: usize = 20;

/// Whether the service is offered at a point.
#[derive(Serialize, ToSchema)]
pub(crate) struct ServiceAreas {
    /// Whether the point lies in some service area that is not closed at this time.
    inside: bool,
    /// Those in which it lies, then the others within 50 km: the nearest border first.
    areas: Vec<ServiceArea>,
}

/// A service area as seen from a point.
#[derive(Serialize, ToSchema)]
struct ServiceArea {
    /// For `/v1/zones/{id}`.
    id: i64,
    name: String,
    inside: bool,
    /// To its border, from inside as from outside.
    border_m: f64,
    /// Whether the service is offered at this time; none when its hours say that nobody knows.
    open: Option<bool>,
}

/// In which service areas a point lies, and how far it is to their borders.
#[utoipa::path(get, path = "/v1/service-areas", tag = "apps", params(ServiceAreaParams),
    responses((status = 200, body = ServiceAreas), (status = 400, body = Problem), (status = 401, body = Problem), (status = 429, body = Problem),
        (status = 503, body = Problem)))]
pub(crate) async fn at(
    reader: Reader,
    State(state): State<AppState>,
    RawQuery(raw): RawQuery,
) -> Result<Json<ServiceAreas>, ApiError> {
    let query = params::read::<ServiceAreaParams>(raw.as_deref())?.check(&reader.headers)?;
    let at = match query.at {
        Some(at) => at,
        None => Moment::at_unix_ms(state.now_ms()).ok_or(ApiError::Internal)?,
    };
    let rulings = state.rulings();
    let answer = state.compute(move |view, _| {
        let country = view.published().manifest().country.as_deref();
        answer(&rulings, &query, (at, country))
    });
    answer.await.map(Json)
}

fn answer(
    rulings: &Rulings,
    query: &ServiceAreaQuery,
    (at, country): (Moment, Option<&str>),
) -> ServiceAreas {
    let mut areas: Vec<ServiceArea> = service_zones(rulings, query.point)
        .map(|(zone, inside)| ServiceArea {
            id: zone.id,
            name: zone.name_in(&query.languages).to_owned(),
            inside,
            border_m: zone.area.border_m(query.point).round(),
            open: zone.is_open(at, country),
        })
        .collect();
    areas.sort_by(|a, b| {
        let outside = a.inside.cmp(&b.inside).reverse();
        outside.then(a.border_m.total_cmp(&b.border_m))
    });
    areas.truncate(MAX_AREAS);
    let offered = |a: &ServiceArea| a.inside && a.open != Some(false);
    ServiceAreas {
        inside: areas.iter().any(offered),
        areas,
    }
}

/// Service areas around a point, and whether it lies in them.
fn service_zones(rulings: &Rulings, point: LonLat) -> impl Iterator<Item = (&RuledZone, bool)> {
    let near = rulings.zones_within(point, MAX_AWAY_M).into_iter();
    near.filter(|(zone, _)| zone.kind == ZoneKind::Service)
        .map(|(zone, away_m)| (zone, away_m <= 0.0))
}
