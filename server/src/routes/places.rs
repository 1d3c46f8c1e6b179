//! `/v1/places/{id}` and its houses.

use crate::error::{ApiError, Problem};
use crate::geocodejson::{Areas, Point, ShownAreas};
use crate::params::{self, HousesParams, PlaceParams};
use crate::people::Reader;
use crate::search::{self, PlaceDetails, View, describe_shown, list_houses};
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use geodata::PlaceRef;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

const DEFAULT_HOUSES: usize = 100;
const MAX_HOUSES: usize = 1000;
const MAX_PREFIX_CHARS: usize = 20;

/// A place with everything that is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlaceFeature {
    /// Always `Feature`.
    #[serde(rename = "type")]
    kind: &'static str,
    geometry: Point,
    properties: PlaceProperties,
}

/// What is known of a place.
#[derive(Debug, Serialize, ToSchema)]
struct PlaceProperties {
    id: String,
    layer: &'static str,
    name: String,
    label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    housenumber: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    street: Option<String>,
    #[serde(flatten)]
    #[schema(value_type = ShownAreas)]
    areas: Areas,
    #[serde(skip_serializing_if = "Option::is_none")]
    postcode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    names: Vec<PlaceName>,
    /// OSM objects and rows of address lists behind it.
    osm: Vec<String>,
    attributes: BTreeMap<String, String>,
    /// Number of houses on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    houses: Option<usize>,
    /// Streets that cross it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    crossings: Vec<String>,
    /// Numbers on its doors.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entrances: Vec<String>,
    importance: f32,
    popularity: u32,
}

/// One name of a place.
#[derive(Debug, Serialize, ToSchema)]
struct PlaceName {
    /// `name`, `alt_name`, `old_name` …
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    lang: Option<String>,
    name: String,
}

/// Houses of a street or settlement, sorted by number.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Houses {
    houses: Vec<House>,
    /// How many there are in all.
    total: usize,
}

/// One house.
#[derive(Debug, Serialize, ToSchema)]
struct House {
    id: String,
    housenumber: String,
    /// `[lon, lat]` in degrees.
    coordinates: [f64; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    postcode: Option<String>,
    osm: String,
}

/// Details of a place, a house, an entrance or a crossing.
#[utoipa::path(get, path = "/v1/places/{id}", tag = "apps", params(("id" = String, Path, description = "The id of a result"), PlaceParams),
    responses((status = 200, body = PlaceFeature), (status = 400, body = Problem), (status = 401, body = Problem), (status = 429, body = Problem), (status = 404, body = Problem),
        (status = 410, body = Problem, description = "The place is no more; `successor` took its place")))]
pub(crate) async fn place(
    reader: Reader,
    State(state): State<AppState>,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Json<PlaceFeature>, ApiError> {
    let params: PlaceParams = params::read(raw.as_deref())?;
    let languages = params::languages(params.lang.as_deref(), &reader.headers)?;
    let reference: PlaceRef = id.parse().map_err(|e: String| ApiError::invalid("id", e))?;
    let details = state.compute(move |view, _| {
        describe_shown(view, reference, &languages).ok_or_else(|| missing(view, reference, id))
    });
    Ok(Json(render(details.await??)))
}

/// Why an id points at nothing: the place is gone, or there never was one.
pub(super) fn missing(view: &View, reference: PlaceRef, id: String) -> ApiError {
    match view.gone(reference) {
        Some(gone) => ApiError::GonePlace {
            id,
            successor: gone.successor.map(|s| s.to_string()),
        },
        None => ApiError::NoPlace { id },
    }
}

/// Houses of a street, or of a village without streets.
#[utoipa::path(get, path = "/v1/places/{id}/houses", tag = "apps", params(("id" = String, Path, description = "The id of a street or settlement"), HousesParams),
    responses((status = 200, body = Houses), (status = 400, body = Problem), (status = 401, body = Problem), (status = 429, body = Problem), (status = 404, body = Problem),
        (status = 410, body = Problem, description = "The place is no more; `successor` took its place")))]
pub(crate) async fn houses(
    _: Reader,
    State(state): State<AppState>,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Json<Houses>, ApiError> {
    let params: HousesParams = params::read(raw.as_deref())?;
    let limit = params::limit(params.limit.as_deref(), DEFAULT_HOUSES, MAX_HOUSES)?;
    let prefix = params.prefix.unwrap_or_default();
    if prefix.chars().count() > MAX_PREFIX_CHARS {
        let got = prefix.chars().count();
        return Err(ApiError::invalid(
            "prefix",
            format!("expected at most {MAX_PREFIX_CHARS} characters, got {got}"),
        ));
    }
    let reference: PlaceRef = id.parse().map_err(|e: String| ApiError::invalid("id", e))?;
    let listed = state.compute(move |view, _| {
        list_houses(view, reference, &prefix).ok_or_else(|| missing(view, reference, id))
    });
    let listed = listed.await??;
    let total = listed.len();
    let houses = listed.into_iter().take(limit).map(render_house).collect();
    Ok(Json(Houses { houses, total }))
}

fn render_house(house: search::ListedHouse) -> House {
    House {
        id: house.id.to_string(),
        housenumber: house.number,
        coordinates: [house.point.lon(), house.point.lat()],
        postcode: house.postcode,
        osm: house.source.to_string(),
    }
}

fn render(place: PlaceDetails) -> PlaceFeature {
    let name = |n: search::PlaceName| PlaceName {
        kind: n.kind.as_str(),
        lang: n.language,
        name: n.text,
    };
    PlaceFeature {
        kind: "Feature",
        geometry: Point::new(place.point),
        properties: PlaceProperties {
            id: place.id.to_string(),
            layer: place.layer.as_str(),
            name: place.label.name,
            label: place.label.text,
            housenumber: place.housenumber,
            street: place.label.street,
            areas: Areas::from(place.label.areas),
            postcode: place.postcode,
            category: place.category,
            names: place.names.into_iter().map(name).collect(),
            osm: place.sources.iter().map(ToString::to_string).collect(),
            attributes: place.attributes,
            houses: place.houses,
            crossings: place.crossings,
            entrances: place.entrances,
            importance: place.importance,
            popularity: place.popularity,
        },
    }
}
