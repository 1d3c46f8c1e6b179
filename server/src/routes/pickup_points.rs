//! `/v1/pickup-points`: where the car stops.

use crate::error::{ApiError, Problem};
use crate::geocodejson::{Geocoding, Point, geocoding};
use crate::params;
use crate::people::{Person, Reader};
use crate::pickup::{AtMeeting, guidance};
use crate::point_params::{PickupParams, PickupPlace};
use crate::routes::places::missing;
use crate::search::{Moment, View};
use crate::state::AppState;
use axum::Json;
use axum::extract::{FromRequestParts, RawQuery, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use geodata::base::Role;
use geodata::pickup::{Meeting, NearestRoad, PickupPoint, PickupQuery, draw, pickup_points};
use serde::Serialize;
use std::time::Instant;
use utoipa::ToSchema;

/// Points where the car can stop, the best first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PickupPoints {
    /// Always `FeatureCollection`.
    #[serde(rename = "type")]
    kind: &'static str,
    features: Vec<PickupFeature>,
    /// Where no car comes within 300 m: the nearest road within 2 km.
    #[serde(skip_serializing_if = "Option::is_none")]
    nearest_road: Option<FarRoad>,
    geocoding: Geocoding,
}

/// A road that is too far to be a pickup point.
#[derive(Debug, Serialize, ToSchema)]
struct FarRoad {
    /// `[lon, lat]` in degrees.
    coordinates: [f64; 2],
    distance_m: f64,
    /// Its OSM way.
    way: String,
}

/// One point.
#[derive(Debug, Serialize, ToSchema)]
struct PickupFeature {
    /// Always `Feature`.
    #[serde(rename = "type")]
    feature: &'static str,
    geometry: Point,
    properties: PickupProperties,
}

/// What is known of a point.
#[derive(Debug, Serialize, ToSchema)]
struct PickupProperties {
    /// 1 for the best.
    rank: usize,
    /// `pin`, `zone`, `learnt`, `entrance`, `stand`, `gate`, `yard` or `curb`.
    kind: &'static str,
    /// What to call it: «під'їзд 2», «біля шлагбаума», «Вихід 3», the street.
    name: String,
    /// The OSM way it lies on.
    way: String,
    /// The class of that way: `residential`, `service:driveway` …
    road: &'static str,
    /// The name of its street.
    #[serde(skip_serializing_if = "Option::is_none")]
    street: Option<String>,
    /// The kerb, as the car stands: `right`, or `left` where cars keep to the left.
    kerb: &'static str,
    /// The side of the road, as seen from the place: `same` or `opposite`.
    side: &'static str,
    /// The direction of the car, in degrees clockwise from north, 0 to 360.
    heading: f64,
    /// Metres on foot from the place.
    walk_m: f64,
    /// The way on foot, from the point to the place: `[lon, lat]` in degrees.
    walk: Vec<[f64; 2]>,
    /// What the rider should know about getting there.
    #[serde(skip_serializing_if = "Option::is_none")]
    access_note: Option<String>,
    /// How sure it is that the car can stop here and the rider gets here, 0 to 1.
    confidence: f64,
    /// What it cost, in metres of walk, and why.
    why: Vec<String>,
}

/// Whoever may see drawings, where one is asked for.
pub(crate) struct Viewer;

impl FromRequestParts<AppState> for Viewer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Viewer, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        if query.split('&').any(|pair| pair == "format=svg") {
            let person = Person::from_request_parts(parts, state).await?;
            person.require(&[Role::Operator, Role::Cartographer, Role::Reviewer])?;
        }
        Ok(Viewer)
    }
}

/// Where the car stops for a place or a point.
///
/// Each point lies at the kerb of a road that any car reaches, on the right of travel (left where cars keep to the left),
/// and can be walked to without crossing a fence, a wall, tracks, water or a large road, except at a gate or crossing.
/// `format=svg` draws what was found; for operators and cartographers only.
#[utoipa::path(get, path = "/v1/pickup-points", tag = "apps", params(PickupParams),
    responses((status = 200, body = PickupPoints), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 410, body = Problem), (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn pickups(
    reader: Reader,
    _viewer: Viewer,
    State(state): State<AppState>,
    RawQuery(raw): RawQuery,
) -> Result<Response, ApiError> {
    let asked = params::read::<PickupParams>(raw.as_deref())?.check(&reader.headers)?;
    let began = Instant::now();
    let rulings = state.rulings();
    let at = match asked.at {
        Some(at) => at,
        None => Moment::at_unix_ms(state.now_ms()).ok_or(ApiError::Internal)?,
    };
    let answer = state.compute(move |view, _| {
        let meeting = meeting(view, &asked.place)?;
        let place = match asked.place {
            PickupPlace::Place(id) => Some(id),
            PickupPlace::Point(_) => None,
        };
        let at_meeting = AtMeeting {
            place,
            point: meeting.point,
            at,
            country: view.published().manifest().country.as_deref(),
        };
        let query = PickupQuery {
            meeting,
            side: asked.side,
            limit: asked.limit,
            languages: asked.languages,
        };
        let answer = pickup_points(view.published(), &query, |around| {
            guidance(&rulings, &at_meeting, around, &query.languages)
        });
        let response = if asked.drawn {
            ([(CONTENT_TYPE, "image/svg+xml")], draw(&answer)).into_response()
        } else {
            let features = (1..).zip(answer.points).map(|(n, p)| render(n, p));
            Json(PickupPoints {
                kind: "FeatureCollection",
                features: features.collect(),
                nearest_road: answer.nearest.map(far),
                geocoding: geocoding(view),
            })
            .into_response()
        };
        Ok::<Response, ApiError>(response)
    });
    let response = answer.await??;
    metrics::histogram!("search_duration_seconds", "kind" => "pickup")
        .record(began.elapsed().as_secs_f64());
    Ok(response)
}

/// What is shown at a place.
fn meeting(view: &View, place: &PickupPlace) -> Result<Meeting, ApiError> {
    match place {
        PickupPlace::Point(point) => Ok(Meeting::at(*point)),
        PickupPlace::Place(id) => view
            .find(id.place)
            .and_then(|(part, doc)| Meeting::of(view.snapshot(part), doc, *id))
            .ok_or_else(|| missing(view, *id, id.to_string())),
    }
}

fn far(road: NearestRoad) -> FarRoad {
    FarRoad {
        coordinates: [road.point.lon(), road.point.lat()],
        distance_m: tenths(road.distance_m),
        way: road.way.to_string(),
    }
}

fn render(rank: usize, point: PickupPoint) -> PickupFeature {
    PickupFeature {
        feature: "Feature",
        geometry: Point::new(point.point),
        properties: PickupProperties {
            rank,
            kind: point.kind.as_str(),
            name: point.name,
            way: point.way.to_string(),
            road: point.class.as_str(),
            street: point.street,
            kerb: if point.right_kerb { "right" } else { "left" },
            side: if point.across { "opposite" } else { "same" },
            // Adding zero makes of a negative zero a plain one.
            heading: tenths(point.heading_deg).rem_euclid(360.0) + 0.0,
            walk_m: tenths(point.walk_m),
            walk: point.walk.iter().map(|p| [p.lon(), p.lat()]).collect(),
            access_note: point.access_note,
            confidence: (point.confidence * 1000.0).round() / 1000.0,
            why: point.why,
        },
    }
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
