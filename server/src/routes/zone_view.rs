//! Zones as clients draw and see them: GeoJSON features.

use super::address_reports::render_time;
use super::ruling_params::zone_kind;
use crate::error::ApiError;
use crate::search::check_hours;
use geodata::LonLat;
use geodata::base::StoredZone;
use geodata::zones::{MAX_CORNERS, Outline, Zone, ZonePoint};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A zone as a GeoJSON feature. What was answered may be sent back with another outline or other properties.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ZoneFeature {
    /// `Feature`.
    #[serde(rename = "type")]
    kind: String,
    /// Answered; when it is sent, it has to be that of the path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<i64>,
    geometry: ZoneGeometry,
    pub(super) properties: ZoneProperties,
}

/// The outline: at most 1000 corners; rings are closed and neither touch nor cross themselves.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ZoneGeometry {
    /// `Polygon` or `MultiPolygon`.
    #[serde(rename = "type")]
    kind: String,
    /// As in RFC 7946: `[[[lon, lat], …], …]`, for a `MultiPolygon` a list of those.
    #[schema(value_type = Vec<Object>)]
    coordinates: Value,
}

/// What a zone says.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ZoneProperties {
    /// `mandatory`: cars stop at its named points only; `preferred`; `forbidden`; `service`: where the service is offered.
    kind: String,
    /// By language: `{"uk": "Вокзал", "en": "Station"}`; 1 to 100 characters each.
    name: BTreeMap<String, String>,
    /// Named points inside, at most 100.
    #[serde(default)]
    points: Vec<NamedPoint>,
    /// When it is in force, as `opening_hours` of OpenStreetMap: `Mo-Fr 06:00-23:00`. Default: always.
    #[serde(skip_serializing_if = "Option::is_none")]
    hours: Option<String>,
    /// How many cars it holds, 1 to 10000.
    #[serde(skip_serializing_if = "Option::is_none")]
    capacity: Option<u32>,
    /// Answered. A change needs the version that its author saw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<i64>,
    /// Why it is drawn, for the journal: at most 500 characters; not answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<String>,
    /// Answered: the token of who drew this version.
    #[serde(skip_serializing_if = "Option::is_none")]
    drawn_by: Option<i64>,
    /// Answered: when.
    #[serde(skip_serializing_if = "Option::is_none")]
    drawn_at: Option<String>,
}

/// A point with a name, such as «Вихід 3, ряд B».
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NamedPoint {
    /// 1 to 100 characters.
    name: String,
    lon: f64,
    lat: f64,
}

/// Zones in order of their ids.
#[derive(Serialize, ToSchema)]
pub(crate) struct ZoneCollection {
    /// `FeatureCollection`.
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) features: Vec<ZoneFeature>,
    /// What to ask for as `after`; none on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<i64>,
}

impl ZoneFeature {
    /// Checks everything. Takes milliseconds for a thousand corners.
    pub(super) fn check(&self) -> Result<Zone, ApiError> {
        if self.kind != "Feature" {
            let problem = format!("expected `Feature`, got `{}`", self.kind);
            return Err(ApiError::invalid("type", problem));
        }
        let said = &self.properties;
        let points = said.points.iter().enumerate().map(|(n, p)| p.check(n));
        let zone = Zone {
            kind: zone_kind("properties.kind", &said.kind)?,
            names: said.name.clone(),
            outline: self.geometry.check()?,
            points: points.collect::<Result<_, _>>()?,
            hours: said.hours.clone(),
            capacity: said.capacity,
        };
        zone.check().map_err(|error| {
            let field = match error.field.as_str() {
                "geometry" => error.field,
                field => format!("properties.{field}"),
            };
            ApiError::invalid(&field, error.problem)
        })?;
        let hours = zone.hours.as_deref().map_or(Ok(()), check_hours);
        hours.map_err(|e| ApiError::invalid("properties.hours", e))?;
        Ok(zone)
    }
}

impl NamedPoint {
    fn check(&self, n: usize) -> Result<ZonePoint, ApiError> {
        let field = format!("properties.points[{n}]");
        let point = LonLat::new(self.lon, self.lat);
        Ok(ZonePoint {
            name: self.name.clone(),
            point: point.map_err(|e| ApiError::invalid(&field, e.to_string()))?,
        })
    }
}

impl ZoneGeometry {
    fn check(&self) -> Result<Outline, ApiError> {
        const FIELD: &str = "geometry.coordinates";
        let polygons = match self.kind.as_str() {
            "Polygon" => vec![read_polygon(&self.coordinates, FIELD)?],
            "MultiPolygon" => each(&self.coordinates, FIELD, read_polygon)?,
            other => {
                let problem = format!("expected `Polygon` or `MultiPolygon`, got `{other}`");
                return Err(ApiError::invalid("geometry.type", problem));
            }
        };
        Ok(Outline { polygons })
    }
}

fn read_polygon(value: &Value, field: &str) -> Result<Vec<Vec<LonLat>>, ApiError> {
    each(value, field, |ring, field| each(ring, field, read_position))
}

/// Reads a list; a longer one than any outline has is not looked at.
fn each<T>(
    value: &Value,
    field: &str,
    read: impl Fn(&Value, &str) -> Result<T, ApiError>,
) -> Result<Vec<T>, ApiError> {
    let Some(list) = value.as_array() else {
        return Err(ApiError::invalid(
            field,
            format!("expected a list, got `{value}`"),
        ));
    };
    // The corner that closes a ring is one of them.
    if list.len() > MAX_CORNERS {
        let problem = format!("expected at most {MAX_CORNERS} corners, got {}", list.len());
        return Err(ApiError::invalid("geometry", problem));
    }
    let numbered = list.iter().enumerate();
    numbered
        .map(|(n, one)| read(one, &format!("{field}[{n}]")))
        .collect()
}

/// `[lon, lat]`; a height is allowed and not kept.
fn read_position(value: &Value, field: &str) -> Result<LonLat, ApiError> {
    let numbers: Option<Vec<f64>> = value
        .as_array()
        .and_then(|list| list.iter().map(Value::as_f64).collect());
    let Some([lon, lat] | [lon, lat, _]) = numbers.as_deref() else {
        let problem = format!("expected `[lon, lat]` in degrees, got `{value}`");
        return Err(ApiError::invalid(field, problem));
    };
    LonLat::new(*lon, *lat).map_err(|e| ApiError::invalid(field, e.to_string()))
}

/// A zone as it is answered.
pub(super) fn render(stored: &StoredZone) -> Result<ZoneFeature, ApiError> {
    let zone = &stored.zone;
    let point = |p: &ZonePoint| NamedPoint {
        name: p.name.clone(),
        lon: p.point.lon(),
        lat: p.point.lat(),
    };
    Ok(ZoneFeature {
        kind: "Feature".to_owned(),
        id: Some(stored.id),
        geometry: render_outline(&zone.outline),
        properties: ZoneProperties {
            kind: zone.kind.to_string(),
            name: zone.names.clone(),
            points: zone.points.iter().map(point).collect(),
            hours: zone.hours.clone(),
            capacity: zone.capacity,
            version: Some(stored.version),
            why: None,
            drawn_by: Some(stored.author),
            drawn_at: Some(render_time(stored.at_ms)?),
        },
    })
}

fn render_outline(outline: &Outline) -> ZoneGeometry {
    let position = |p: &LonLat| [p.lon(), p.lat()];
    let ring = |ring: &Vec<LonLat>| ring.iter().map(position).collect::<Vec<_>>();
    let polygon = |rings: &Vec<Vec<LonLat>>| rings.iter().map(ring).collect::<Vec<_>>();
    let polygons: Vec<_> = outline.polygons.iter().map(polygon).collect();
    match polygons.as_slice() {
        [one] => ZoneGeometry {
            kind: "Polygon".to_owned(),
            coordinates: json!(one),
        },
        many => ZoneGeometry {
            kind: "MultiPolygon".to_owned(),
            coordinates: json!(many),
        },
    }
}

/// What of a zone is not as its author saw it: field, what was seen, what is there.
pub(super) fn differences(
    seen: &ZoneFeature,
    present: &ZoneFeature,
) -> Vec<(&'static str, Value, Value)> {
    let fields = |f: &ZoneFeature| {
        let said = &f.properties;
        [
            ("version", json!(said.version)),
            ("kind", json!(said.kind)),
            ("name", json!(said.name)),
            ("points", json!(said.points)),
            ("hours", json!(said.hours)),
            ("capacity", json!(said.capacity)),
            ("geometry", json!(f.geometry)),
        ]
    };
    let both = fields(seen).into_iter().zip(fields(present));
    let differing = both.filter(|((_, seen), (_, present))| seen != present);
    differing
        .map(|((field, seen), (_, present))| (field, seen, present))
        .collect()
}
