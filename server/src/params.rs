//! Query strings → checked queries. What is unknown, malformed or out of bounds is refused with its name, its value and
//! what is allowed; nothing is ignored.

use crate::error::ApiError;
use crate::search::{DEFAULT_LIMIT, DEFAULT_ZOOM, MAX_LIMIT, MAX_QUERY_CHARS, SearchQuery};
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use geodata::{Bbox, Layer, LonLat, PlaceRef};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

const MAX_ZOOM: f64 = 20.0;
/// The most entries of a list parameter.
pub(crate) const MAX_LIST: usize = 20;
/// The most languages that are looked at.
const MAX_LANGUAGES: usize = 5;

/// Parameters of `/v1/autocomplete`, and of `/v1/search` beside the fields of an address, as received.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AutocompleteParams {
    /// The text, 1 to 200 characters.
    q: Option<String>,
    /// Latitude of the focus point, -90 to 90; needs `lon`.
    lat: Option<String>,
    /// Longitude of the focus point, -180 to 180; needs `lat`.
    lon: Option<String>,
    /// Zoom of the client's map, 0 to 20: how wide "near" is. Default 14.
    zoom: Option<String>,
    /// Languages of names in order of preference: `uk,en`. Default: `Accept-Language`, else local names.
    lang: Option<String>,
    /// How many results, 1 to 20. Default 10.
    limit: Option<String>,
    /// Only these layers: `street,house`.
    layers: Option<String>,
    /// Only these OSM categories: `amenity=fuel,amenity=pharmacy`.
    categories: Option<String>,
    /// Only inside this box: `west,south,east,north`.
    bbox: Option<String>,
    /// Only in this country: ISO 3166-1 alpha-2.
    country: Option<String>,
    /// Only inside the place with this id.
    within: Option<String>,
    /// An opaque token that joins the requests of one search; at most 100 characters. It is not stored.
    session: Option<String>,
    /// `1` explains every result.
    debug: Option<String>,
}

/// The fields of an address, which `/v1/search` takes instead of `q`.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AddressParams {
    /// Street name.
    street: Option<String>,
    /// House number.
    housenumber: Option<String>,
    /// City or village.
    city: Option<String>,
    /// District of the city.
    district: Option<String>,
    /// Postcode: results that are known to have another one are left out.
    postcode: Option<String>,
    /// Name of a POI or station.
    name: Option<String>,
}

/// The parameters of [`AddressParams`].
const ADDRESS_FIELDS: [&str; 6] = [
    "street",
    "housenumber",
    "city",
    "district",
    "postcode",
    "name",
];

/// Parameters of `/v1/places/{id}`, as received.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PlaceParams {
    /// Languages of names in order of preference.
    pub(crate) lang: Option<String>,
}

/// Parameters of `/v1/places/{id}/houses`, as received.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HousesParams {
    /// Only numbers that begin like this: `1` gives 1, 1А, 10, 12/3 …
    pub(crate) prefix: Option<String>,
    /// How many, 1 to 1000. Default 100.
    pub(crate) limit: Option<String>,
}

/// A checked structured search: the query, and a postcode that results must not contradict.
pub(crate) struct CheckedSearch {
    pub(crate) query: SearchQuery,
    pub(crate) postcode: Option<String>,
}

/// Reads a query string into a struct of its parameters.
pub(crate) fn read<P: DeserializeOwned>(raw: Option<&str>) -> Result<P, ApiError> {
    checked(pairs(raw)?)
}

/// Reads the query string of `/v1/search`.
pub(crate) fn read_search(
    raw: Option<&str>,
) -> Result<(AutocompleteParams, AddressParams), ApiError> {
    let (fields, rest): (Pairs, Pairs) = pairs(raw)?
        .into_iter()
        .partition(|(key, _)| ADDRESS_FIELDS.contains(&key.as_str()));
    Ok((checked(rest)?, checked(fields)?))
}

type Pairs = serde_json::Map<String, serde_json::Value>;

fn pairs(raw: Option<&str>) -> Result<Pairs, ApiError> {
    let mut pairs = Pairs::new();
    for pair in raw.unwrap_or_default().split('&').filter(|p| !p.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let not_text = "expected percent-encoded UTF-8";
        let key = decode(key).ok_or_else(|| ApiError::invalid("query", not_text))?;
        let value = decode(value).ok_or_else(|| ApiError::invalid(&key, not_text))?;
        if pairs.insert(key.clone(), value.into()).is_some() {
            return Err(ApiError::invalid(&key, "expected it once, got it twice"));
        }
    }
    Ok(pairs)
}

fn checked<P: DeserializeOwned>(pairs: Pairs) -> Result<P, ApiError> {
    let names: Vec<String> = pairs.keys().cloned().collect();
    serde_json::from_value(pairs.into()).map_err(|e| {
        let message = e.to_string();
        // The one that is wrong is named before those that are allowed.
        let named = names
            .iter()
            .filter_map(|n| Some((message.find(&format!("`{n}`"))?, n)));
        let field = named.min();
        ApiError::invalid(
            field.map_or("query", |(_, name)| name.as_str()),
            message.replace("field", "parameter"),
        )
    })
}

fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced)
        .decode_utf8()
        .ok()
        .map(std::borrow::Cow::into_owned)
}

impl AutocompleteParams {
    /// Checks everything.
    pub(crate) fn check(self, headers: &HeaderMap) -> Result<SearchQuery, ApiError> {
        let text = text("q", self.q.as_deref().unwrap_or_default())?;
        session(self.session.as_deref())?;
        Ok(SearchQuery {
            text,
            typing: true,
            focus: focus(self.lat.as_deref(), self.lon.as_deref())?,
            zoom: zoom(self.zoom.as_deref())?,
            languages: languages(self.lang.as_deref(), headers)?,
            limit: limit(self.limit.as_deref(), DEFAULT_LIMIT, MAX_LIMIT)?,
            layers: layers(self.layers.as_deref())?,
            categories: categories(self.categories.as_deref())?,
            bbox: bbox(self.bbox.as_deref())?,
            country: country(self.country.as_deref())?,
            within: within(self.within.as_deref())?,
            debug: flag("debug", self.debug.as_deref())?,
        })
    }
}

/// Checks the parameters of `/v1/search`; fields are put together to the text that a person would type.
pub(crate) fn check_search(
    (mut params, fields): (AutocompleteParams, AddressParams),
    headers: &HeaderMap,
) -> Result<CheckedSearch, ApiError> {
    let street = [fields.street.as_deref(), fields.housenumber.as_deref()];
    let street = street
        .into_iter()
        .flatten()
        .collect::<Vec<&str>>()
        .join(" ");
    let parts = [
        fields.name.as_deref(),
        Some(&street),
        fields.district.as_deref(),
        fields.city.as_deref(),
    ];
    let parts: Vec<&str> = parts
        .into_iter()
        .flatten()
        .filter(|p| !p.trim().is_empty())
        .collect();
    let structured = !parts.is_empty() || fields.postcode.is_some();
    if params.q.is_some() && structured {
        return Err(ApiError::invalid(
            "q",
            "expected either `q` or the fields of an address, got both",
        ));
    }
    if fields.housenumber.is_some() && fields.street.is_none() && fields.city.is_none() {
        return Err(ApiError::invalid(
            "housenumber",
            "expected `street` or `city` beside it, got neither",
        ));
    }
    if structured {
        params.q = Some(parts.join(", "));
    }
    let query = SearchQuery {
        typing: false,
        ..params.check(headers)?
    };
    Ok(CheckedSearch {
        query,
        postcode: fields
            .postcode
            .map(|p| p.trim().to_owned())
            .filter(|p| !p.is_empty()),
    })
}

fn text(field: &str, value: &str) -> Result<String, ApiError> {
    let length = value.trim().chars().count();
    if length == 0 || value.chars().count() > MAX_QUERY_CHARS {
        let got = value.chars().count();
        return Err(ApiError::invalid(
            field,
            format!("expected 1 to {MAX_QUERY_CHARS} characters, got {got}"),
        ));
    }
    Ok(value.to_owned())
}

pub(crate) fn number(
    field: &str,
    value: &str,
    range: std::ops::RangeInclusive<f64>,
) -> Result<f64, ApiError> {
    let parsed: Option<f64> = value.trim().parse().ok().filter(|v| range.contains(v));
    let (low, high) = (range.start(), range.end());
    parsed.ok_or_else(|| {
        ApiError::invalid(
            field,
            format!("expected a number between {low} and {high}, got `{value}`"),
        )
    })
}

/// Both coordinates of a point, or neither.
pub(crate) fn focus(lat: Option<&str>, lon: Option<&str>) -> Result<Option<LonLat>, ApiError> {
    match (lat, lon) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(ApiError::invalid(
            "lon",
            "expected it beside `lat`, got none",
        )),
        (None, Some(_)) => Err(ApiError::invalid(
            "lat",
            "expected it beside `lon`, got none",
        )),
        (Some(lat), Some(lon)) => {
            let (lat, lon) = (
                number("lat", lat, -90.0..=90.0)?,
                number("lon", lon, -180.0..=180.0)?,
            );
            LonLat::new(lon, lat)
                .map(Some)
                .map_err(|e| ApiError::invalid("lat", e.to_string()))
        }
    }
}

fn zoom(value: Option<&str>) -> Result<f64, ApiError> {
    value.map_or(Ok(DEFAULT_ZOOM), |v| number("zoom", v, 0.0..=MAX_ZOOM))
}

/// A count between 1 and `max`.
pub(crate) fn limit(value: Option<&str>, default: usize, max: usize) -> Result<usize, ApiError> {
    let Some(value) = value else {
        return Ok(default);
    };
    let parsed = value.trim().parse().ok().filter(|n| (1..=max).contains(n));
    parsed.ok_or_else(|| {
        ApiError::invalid(
            "limit",
            format!("expected a whole number between 1 and {max}, got `{value}`"),
        )
    })
}

/// Languages by parameter, else by header.
pub(crate) fn languages(value: Option<&str>, headers: &HeaderMap) -> Result<Vec<String>, ApiError> {
    let is_tag = |t: &str| {
        (2..=12).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let Some(value) = value else {
        let header = headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|h| h.to_str().ok())
            .unwrap_or_default();
        let tags = header
            .split(',')
            .map(|t| t.split(';').next().unwrap_or_default().trim());
        return Ok(tags
            .filter(|t| is_tag(t))
            .map(primary)
            .take(MAX_LANGUAGES)
            .collect());
    };
    let tags = value.split(',').map(str::trim);
    tags.map(|t| {
        let wrong = || {
            ApiError::invalid(
                "lang",
                format!("expected language tags such as `uk,en`, got `{value}`"),
            )
        };
        is_tag(t).then(|| primary(t)).ok_or_else(wrong)
    })
    .take(MAX_LANGUAGES)
    .collect()
}

/// `uk-UA` → `uk`.
fn primary(tag: &str) -> String {
    tag.split('-').next().unwrap_or_default().to_lowercase()
}

pub(crate) fn layers(value: Option<&str>) -> Result<Vec<Layer>, ApiError> {
    list("layers", value)?
        .into_iter()
        .map(|l| {
            l.parse()
                .map_err(|e: String| ApiError::invalid("layers", e))
        })
        .collect()
}

fn categories(value: Option<&str>) -> Result<Vec<String>, ApiError> {
    let listed = list("categories", value)?;
    match listed.iter().find(|c| !c.contains('=')) {
        Some(wrong) => Err(ApiError::invalid(
            "categories",
            format!("expected `key=value` such as `amenity=fuel`, got `{wrong}`"),
        )),
        None => Ok(listed.into_iter().map(str::to_owned).collect()),
    }
}

pub(crate) fn list<'a>(field: &str, value: Option<&'a str>) -> Result<Vec<&'a str>, ApiError> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let parts: Vec<&str> = value.split(',').map(str::trim).collect();
    if parts.len() > MAX_LIST || parts.iter().any(|p| p.is_empty()) {
        return Err(ApiError::invalid(
            field,
            format!("expected 1 to {MAX_LIST} values separated by commas, got `{value}`"),
        ));
    }
    Ok(parts)
}

fn bbox(value: Option<&str>) -> Result<Option<Bbox>, ApiError> {
    let Some(value) = value else { return Ok(None) };
    let wrong = |why: &str| {
        let shape =
            "expected `west,south,east,north` in degrees with west < east and south < north";
        ApiError::invalid("bbox", format!("{shape}, got `{value}`{why}"))
    };
    let numbers: Option<Vec<f64>> = value.split(',').map(|n| n.trim().parse().ok()).collect();
    let edges: [f64; 4] = numbers
        .and_then(|n| n.try_into().ok())
        .ok_or_else(|| wrong(""))?;
    Bbox::new(edges)
        .map(Some)
        .map_err(|e| wrong(&format!(" ({e})")))
}

fn country(value: Option<&str>) -> Result<Option<String>, ApiError> {
    let Some(value) = value else { return Ok(None) };
    let code = value.len() == 2 && value.bytes().all(|b| b.is_ascii_alphabetic());
    let wrong = || {
        ApiError::invalid(
            "country",
            format!("expected a code of two letters such as `ua`, got `{value}`"),
        )
    };
    code.then(|| Some(value.to_lowercase())).ok_or_else(wrong)
}

fn within(value: Option<&str>) -> Result<Option<geodata::PlaceId>, ApiError> {
    let Some(value) = value else { return Ok(None) };
    let parsed: PlaceRef = value
        .parse()
        .map_err(|e: String| ApiError::invalid("within", e))?;
    match parsed.part {
        None => Ok(Some(parsed.place)),
        Some(_) => Err(ApiError::invalid(
            "within",
            format!("expected the id of an area, got that of a house `{value}`"),
        )),
    }
}

fn session(value: Option<&str>) -> Result<(), ApiError> {
    let long = value.is_some_and(|v| v.chars().count() > 100);
    if long {
        Err(ApiError::invalid(
            "session",
            "expected at most 100 characters",
        ))
    } else {
        Ok(())
    }
}

fn flag(field: &str, value: Option<&str>) -> Result<bool, ApiError> {
    match value {
        None | Some("0" | "false") => Ok(false),
        Some("1" | "true") => Ok(true),
        Some(other) => Err(ApiError::invalid(
            field,
            format!("expected 0 or 1, got `{other}`"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str) -> Result<SearchQuery, String> {
        let detail = |e: ApiError| e.problem().detail;
        let params: AutocompleteParams = read(Some(raw)).map_err(detail)?;
        params.check(&HeaderMap::new()).map_err(detail)
    }

    #[track_caller]
    fn refused(raw: &str, expect: &str) {
        let detail = check(raw).unwrap_err();
        assert!(detail.contains(expect), "{raw}: {detail}");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_value_and_what_is_allowed() {
        refused(
            "q=a&lat=95&lon=30",
            "`lat`: expected a number between -90 and 90, got `95`",
        );
        refused("q=a&lat=50", "`lon`: expected it beside `lat`");
        refused(
            "q=a&limit=-1",
            "`limit`: expected a whole number between 1 and 20, got `-1`",
        );
        refused("q=a&limit=21", "`limit`");
        refused("q=a&foo=1", "`foo`: unknown parameter `foo`");
        refused("q=a&q=b", "`q`: expected it once");
        refused("q=%ff", "`q`: expected percent-encoded UTF-8");
        refused("q=", "`q`: expected 1 to 200 characters, got 0");
        refused(&format!("q={}", "a".repeat(10_000)), "got 10000");
        refused("q=a&bbox=1,2,3", "`bbox`: expected `west,south,east,north`");
        refused("q=a&bbox=30,50,29,51", "`bbox`");
        refused("q=a&layers=street,foo", "`layers`: expected one of country");
        refused("q=a&within=xyz", "`within`: expected a place id");
        refused("q=a&debug=yes", "`debug`: expected 0 or 1");
        refused("q=a&lang=%D1%83", "`lang`");
    }

    #[test]
    fn what_is_right_is_kept() {
        let query = check(
            "q=%D1%85%D1%80+%D0%B5&lat=50.45&lon=30.5&lang=uk-UA,en&layers=street,house&limit=5",
        )
        .unwrap();
        assert_eq!(
            (query.text.as_str(), query.limit, query.languages.len()),
            ("хр е", 5, 2)
        );
        assert_eq!(query.layers, [Layer::Street, Layer::House]);
    }
}
