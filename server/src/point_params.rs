//! Query strings of questions that begin at a point → checked queries, as strictly as those of a search.

use crate::error::ApiError;
use crate::params::{MAX_LIST, focus, languages, layers, limit, list, number};
use crate::search::{
    DEFAULT_LIMIT, DEFAULT_NEARBY_RADIUS_M, DEFAULT_REVERSE_RADIUS_M, MAX_LIMIT,
    MAX_NEARBY_RADIUS_M, MAX_QUERY_CHARS, MAX_REVERSE_RADIUS_M, Moment, NearbyQuery,
    REVERSE_LAYERS, ReverseQuery, WantedAttribute,
};
use axum::http::HeaderMap;
use geodata::pickup::{DEFAULT_PICKUPS, MAX_PICKUPS, SideWish};
use geodata::{Layer, LonLat, PlaceRef};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// The smallest radius, in metres.
const MIN_RADIUS_M: f64 = 1.0;

/// Parameters of `/v1/reverse`, as received.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReverseParams {
    /// Latitude of the point, -90 to 90. Needed.
    lat: Option<String>,
    /// Longitude of the point, -180 to 180. Needed.
    lon: Option<String>,
    /// How far to look for houses, streets, POIs and stations, 1 to 2000 metres. Default 250.
    radius: Option<String>,
    /// Only these layers: `house,street,poi,station,district,city,locality,county,state,country`. Default: all.
    layers: Option<String>,
    /// How many results, 1 to 20. Default 10. The first of each layer comes before the second of any.
    limit: Option<String>,
    /// Languages of names in order of preference: `uk,en`. Default: `Accept-Language`, else local names.
    lang: Option<String>,
}

/// Parameters of `/v1/nearby`, as received.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct NearbyParams {
    /// Latitude of the point, -90 to 90. Needed.
    lat: Option<String>,
    /// Longitude of the point, -180 to 180. Needed.
    lon: Option<String>,
    /// Only these categories: OSM tags (`amenity=fuel,shop=supermarket`), all of a key (`shop`), or words (`заправка`).
    category: Option<String>,
    /// Only this brand, operator or name, in any spelling: `okko` finds «ОККО».
    brand: Option<String>,
    /// Only places with all of these OSM attributes: `fuel:diesel=yes,car_wash`; without a value, any but `no`.
    attributes: Option<String>,
    /// Only places that are known to be open at this time, RFC 3339: `2026-11-21T18:30:00+02:00`. Places without
    /// readable `opening_hours` are left out.
    open_at: Option<String>,
    /// How far to look, 1 to 50000 metres. Default 5000.
    radius: Option<String>,
    /// How many results, 1 to 20. Default 10.
    limit: Option<String>,
    /// Languages of names in order of preference: `uk,en`. Default: `Accept-Language`, else local names.
    lang: Option<String>,
}

/// Parameters of `/v1/pickup-points`, as received.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PickupParams {
    /// The id of a place, a house, an entrance; instead of `lat` and `lon`.
    place: Option<String>,
    /// Latitude of a point, -90 to 90; needs `lon`.
    lat: Option<String>,
    /// Longitude of a point, -180 to 180; needs `lat`.
    lon: Option<String>,
    /// Only on this side of the road, as seen from the place: `same`, `opposite` or `either`. Default `either`.
    side: Option<String>,
    /// How many points, 1 to 10. Default 5.
    limit: Option<String>,
    /// Languages of names in order of preference: `uk,en`. Default: `Accept-Language`, else Ukrainian.
    lang: Option<String>,
    /// When the car comes, RFC 3339: zones have hours. Default: now.
    at: Option<String>,
    /// `json`, or `svg` for a drawing (operators and cartographers). Default `json`.
    format: Option<String>,
}

/// For what a car shall stop.
#[derive(Debug, Clone, Copy)]
pub(crate) enum PickupPlace {
    Place(PlaceRef),
    Point(LonLat),
}

/// A checked question for pickup points.
#[derive(Debug)]
pub(crate) struct PickupAsked {
    pub(crate) place: PickupPlace,
    pub(crate) side: SideWish,
    pub(crate) limit: usize,
    pub(crate) languages: Vec<String>,
    pub(crate) at: Option<Moment>,
    pub(crate) drawn: bool,
}

/// Parameters of `/v1/service-areas`, as received.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ServiceAreaParams {
    /// Latitude of the point, -90 to 90. Needed.
    lat: Option<String>,
    /// Longitude of the point, -180 to 180. Needed.
    lon: Option<String>,
    /// When, RFC 3339: `2026-11-21T18:30:00+02:00`. Default: now.
    at: Option<String>,
    /// Languages of names in order of preference: `uk,en`. Default: `Accept-Language`.
    lang: Option<String>,
}

/// Where and when the service is wanted.
pub(crate) struct ServiceAreaQuery {
    pub(crate) point: LonLat,
    pub(crate) at: Option<Moment>,
    pub(crate) languages: Vec<String>,
}

impl ServiceAreaParams {
    /// Checks everything.
    pub(crate) fn check(self, headers: &HeaderMap) -> Result<ServiceAreaQuery, ApiError> {
        let at = self.at.as_deref().map(str::parse).transpose();
        Ok(ServiceAreaQuery {
            point: point(self.lat.as_deref(), self.lon.as_deref())?,
            at: at.map_err(|e: String| ApiError::invalid("at", e))?,
            languages: languages(self.lang.as_deref(), headers)?,
        })
    }
}

/// The most points of one batch.
pub(crate) const MAX_BATCH: usize = 1000;

/// The body of `/v1/batch/nearby`, as received: one question for many points.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NearbyBatch {
    /// 1 to 1000 points; one line of the answer for each, in this order.
    points: Vec<BatchPoint>,
    /// As for `/v1/nearby`, like all that follow.
    category: Option<String>,
    brand: Option<String>,
    attributes: Option<String>,
    open_at: Option<String>,
    radius: Option<f64>,
    limit: Option<usize>,
    lang: Option<String>,
}

/// One point of a batch, in degrees.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BatchPoint {
    lat: f64,
    lon: f64,
}

impl NearbyBatch {
    /// Reads a JSON body.
    pub(crate) fn read(body: &[u8]) -> Result<NearbyBatch, ApiError> {
        serde_json::from_slice(body).map_err(|e| ApiError::invalid("body", e.to_string()))
    }

    /// Checks everything: a query per point.
    pub(crate) fn check(self, headers: &HeaderMap) -> Result<Vec<NearbyQuery>, ApiError> {
        let count = self.points.len();
        if !(1..=MAX_BATCH).contains(&count) {
            let expected = format!("expected 1 to {MAX_BATCH} points, got {count}");
            return Err(ApiError::invalid("points", expected));
        }
        let at = |p: &BatchPoint| (Some(p.lat.to_string()), Some(p.lon.to_string()));
        let checked = self.points.iter().enumerate().map(|(n, p)| {
            let (lat, lon) = at(p);
            point(lat.as_deref(), lon.as_deref()).map_err(|e| in_point(n, e))
        });
        let points: Vec<LonLat> = checked.collect::<Result<_, _>>()?;
        let (lat, lon) = at(&self.points[0]);
        let first = NearbyParams {
            lat,
            lon,
            category: self.category,
            brand: self.brand,
            attributes: self.attributes,
            open_at: self.open_at,
            radius: self.radius.map(|r| r.to_string()),
            limit: self.limit.map(|l| l.to_string()),
            lang: self.lang,
        };
        let first = first.check(headers)?;
        let of_point = |point| NearbyQuery {
            point,
            ..first.clone()
        };
        Ok(points.into_iter().map(of_point).collect())
    }
}

/// Says which point of a batch is wrong.
fn in_point(n: usize, error: ApiError) -> ApiError {
    match error {
        ApiError::InvalidParameter { field, detail } => {
            ApiError::invalid(&format!("points[{n}].{field}"), detail)
        }
        other => other,
    }
}

impl ReverseParams {
    /// Checks everything.
    pub(crate) fn check(self, headers: &HeaderMap) -> Result<ReverseQuery, ApiError> {
        let layers = layers(self.layers.as_deref())?;
        if let Some(other) = layers.iter().find(|l| !REVERSE_LAYERS.contains(l)) {
            let all: Vec<&str> = REVERSE_LAYERS.iter().map(|l: &Layer| l.as_str()).collect();
            let expected = format!("expected some of {}, got `{other}`", all.join(", "));
            return Err(ApiError::invalid("layers", expected));
        }
        Ok(ReverseQuery {
            point: point(self.lat.as_deref(), self.lon.as_deref())?,
            radius_m: radius(
                self.radius.as_deref(),
                DEFAULT_REVERSE_RADIUS_M,
                MAX_REVERSE_RADIUS_M,
            )?,
            layers,
            limit: limit(self.limit.as_deref(), DEFAULT_LIMIT, MAX_LIMIT)?,
            languages: languages(self.lang.as_deref(), headers)?,
        })
    }
}

impl NearbyParams {
    /// Checks everything.
    pub(crate) fn check(self, headers: &HeaderMap) -> Result<NearbyQuery, ApiError> {
        let categories = list("category", self.category.as_deref())?;
        let attributes = list("attributes", self.attributes.as_deref())?;
        let open_at = self.open_at.as_deref().map(|at| {
            at.parse()
                .map_err(|e: String| ApiError::invalid("open_at", e))
        });
        Ok(NearbyQuery {
            point: point(self.lat.as_deref(), self.lon.as_deref())?,
            radius_m: radius(
                self.radius.as_deref(),
                DEFAULT_NEARBY_RADIUS_M,
                MAX_NEARBY_RADIUS_M,
            )?,
            categories: categories.into_iter().map(str::to_owned).collect(),
            brand: self.brand.map(|b| brand(&b)).transpose()?,
            attributes: attributes
                .into_iter()
                .map(attribute)
                .collect::<Result<_, _>>()?,
            open_at: open_at.transpose()?,
            limit: limit(self.limit.as_deref(), DEFAULT_LIMIT, MAX_LIMIT)?,
            languages: languages(self.lang.as_deref(), headers)?,
        })
    }
}

impl PickupParams {
    /// Checks everything.
    pub(crate) fn check(self, headers: &HeaderMap) -> Result<PickupAsked, ApiError> {
        let place = match (self.place, self.lat, self.lon) {
            (Some(id), None, None) => PickupPlace::Place(
                id.parse()
                    .map_err(|e: String| ApiError::invalid("place", e))?,
            ),
            (None, None, None) => {
                let expected = "expected the id of a place, or `lat` and `lon`, got none";
                return Err(ApiError::invalid("place", expected));
            }
            (None, lat, lon) => PickupPlace::Point(point(lat.as_deref(), lon.as_deref())?),
            (Some(_), _, _) => {
                let expected = "expected either it or `lat` and `lon`, got both";
                return Err(ApiError::invalid("place", expected));
            }
        };
        let side = match self.side.as_deref() {
            None | Some("either") => SideWish::Either,
            Some("same") => SideWish::Same,
            Some("opposite") => SideWish::Opposite,
            Some(other) => {
                let expected = format!("expected same, opposite or either, got `{other}`");
                return Err(ApiError::invalid("side", expected));
            }
        };
        let drawn = match self.format.as_deref() {
            None | Some("json") => false,
            Some("svg") => true,
            Some(other) => {
                let expected = format!("expected json or svg, got `{other}`");
                return Err(ApiError::invalid("format", expected));
            }
        };
        let at = self.at.as_deref().map(str::parse).transpose();
        Ok(PickupAsked {
            at: at.map_err(|e: String| ApiError::invalid("at", e))?,
            place,
            side,
            limit: limit(self.limit.as_deref(), DEFAULT_PICKUPS, MAX_PICKUPS)?,
            languages: languages(self.lang.as_deref(), headers)?,
            drawn,
        })
    }
}

/// Both coordinates of a point.
fn point(lat: Option<&str>, lon: Option<&str>) -> Result<LonLat, ApiError> {
    let missing = || ApiError::invalid("lat", "expected a number between -90 and 90, got none");
    focus(lat, lon)?.ok_or_else(missing)
}

fn radius(value: Option<&str>, default: f64, max: f64) -> Result<f64, ApiError> {
    value.map_or(Ok(default), |v| number("radius", v, MIN_RADIUS_M..=max))
}

fn brand(value: &str) -> Result<String, ApiError> {
    let count = value.chars().count();
    let brand = value.trim();
    if count > MAX_QUERY_CHARS || !brand.chars().any(char::is_alphanumeric) {
        let expected = format!("expected a name of 1 to {MAX_QUERY_CHARS} characters");
        return Err(ApiError::invalid(
            "brand",
            format!("{expected}, got {count}"),
        ));
    }
    Ok(brand.to_owned())
}

/// `key` or `key=value`.
fn attribute(text: &str) -> Result<WantedAttribute, ApiError> {
    let (key, value) = text
        .split_once('=')
        .map_or((text, None), |(key, value)| (key, Some(value)));
    if key.is_empty() || value.is_some_and(str::is_empty) {
        let expected = format!(
            "expected 1 to {MAX_LIST} of `key` or `key=value` such as `fuel:diesel=yes`, got `{text}`"
        );
        return Err(ApiError::invalid("attributes", expected));
    }
    Ok(WantedAttribute {
        key: key.to_owned(),
        value: value.map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::read;

    #[track_caller]
    fn reverse_refused(raw: &str, expect: &str) {
        let checked = read::<ReverseParams>(Some(raw)).and_then(|p| p.check(&HeaderMap::new()));
        let detail = checked.unwrap_err().problem().detail;
        assert!(detail.contains(expect), "{raw}: {detail}");
    }

    #[track_caller]
    fn nearby_refused(raw: &str, expect: &str) {
        let checked = read::<NearbyParams>(Some(raw)).and_then(|p| p.check(&HeaderMap::new()));
        let detail = checked.unwrap_err().problem().detail;
        assert!(detail.contains(expect), "{raw}: {detail}");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_value_and_what_is_allowed() {
        reverse_refused("", "`lat`: expected a number between -90 and 90, got none");
        reverse_refused("lat=50", "`lon`: expected it beside `lat`");
        reverse_refused("lat=NaN&lon=30", "`lat`: expected a number between");
        reverse_refused("lat=50&lon=180.1", "`lon`: expected a number between");
        reverse_refused(
            "lat=50&lon=30&radius=0",
            "`radius`: expected a number between 1 and 2000",
        );
        reverse_refused("lat=50&lon=30&radius=inf", "`radius`");
        reverse_refused(
            "lat=50&lon=30&layers=entrance",
            "`layers`: expected some of house",
        );
        reverse_refused("lat=50&lon=30&q=a", "`q`: unknown parameter `q`");
        reverse_refused("lat=50&lon=30&limit=21", "`limit`");
        nearby_refused(
            "lat=50&lon=30&radius=50001",
            "`radius`: expected a number between 1 and 50000",
        );
        nearby_refused(
            "lat=50&lon=30&open_at=now",
            "`open_at`: expected a time such as",
        );
        nearby_refused(
            "lat=50&lon=30&attributes=fuel:diesel=",
            "`attributes`: expected",
        );
        nearby_refused("lat=50&lon=30&attributes=,", "`attributes`: expected");
        nearby_refused("lat=50&lon=30&brand=%20", "`brand`: expected a name");
        nearby_refused("lat=50&lon=30&layers=poi", "`layers`: unknown parameter");
    }
}
