//! The shapes of answers: GeoJSON feature collections after GeocodeJSON 0.1.0.

use crate::search::{Found, Near, SearchQuery, View};
use geodata::LonLat;
use geodata::snapshot::{AreaNames, Snapshot};
use serde::{Serialize, Serializer};
use std::sync::Arc;
use utoipa::ToSchema;

/// Who made the data, and under which licence it may be used.
pub const ATTRIBUTION: &str = "© OpenStreetMap contributors";
const LICENCE: &str = "ODbL-1.0";

/// A list of results.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeatureCollection {
    /// Always `FeatureCollection`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub features: Vec<Feature>,
    /// The areas that the asked point lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ShownAreas>)]
    pub areas: Option<Areas>,
    pub geocoding: Geocoding,
}

/// What was asked, and whose data answered.
#[derive(Debug, Serialize, ToSchema)]
pub struct Geocoding {
    pub version: &'static str,
    pub attribution: &'static str,
    pub licence: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// The snapshot that answered.
    pub snapshot: String,
}

/// One result.
#[derive(Debug, Serialize, ToSchema)]
pub struct Feature {
    /// Always `Feature`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub geometry: Point,
    pub properties: Properties,
}

/// A point: `[lon, lat]` in degrees.
#[derive(Debug, Serialize, ToSchema)]
pub struct Point {
    /// Always `Point`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub coordinates: [f64; 2],
}

impl Point {
    pub fn new(point: LonLat) -> Point {
        Point {
            kind: "Point",
            coordinates: [point.lon(), point.lat()],
        }
    }
}

/// What is known of a result.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Properties {
    /// Stable; for `/v1/places/{id}`.
    pub id: String,
    pub layer: &'static str,
    pub name: String,
    /// The line to show.
    pub label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub housenumber: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    #[serde(flatten)]
    #[schema(value_type = ShownAreas)]
    pub areas: Areas,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
    /// How honest the answer to a house is: `exact`, `entrance`, `suffix_missing`, `interpolated` or `street_only`.
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    pub state: Option<&'static str>,
    /// How far the house may be from the point, in metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncertainty_m: Option<u32>,
    /// The old name by which it was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formerly: Option<String>,
    /// Ranges `[start, end)` in characters of `label` that the query matched.
    pub matched: Vec<[usize; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// The OSM object, `n123`, `w55` or `r7`, or the row of an address list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub osm: Option<String>,
    /// When it is open, as tagged in OSM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opening_hours: Option<String>,
    /// Whether it is open at the asked time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<bool>,
    /// Distance from the focus point, or the asked one, in metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance_m: Option<u32>,
    /// Direction from the asked point, in degrees clockwise from north, 0 to 359; absent when the result is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bearing_deg: Option<u32>,
    /// How well the text fits, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// With `debug=1`: the score, and each rule's part of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Vec<String>>,
}

/// The areas around a result: their names are shared by all that lie in them.
#[derive(Debug, Default)]
pub struct Areas(Arc<AreaNames>);

/// The areas around a result.
#[derive(Serialize, ToSchema)]
#[serde(remote = "AreaNames")]
#[schema(as = Areas)]
pub(crate) struct ShownAreas {
    #[serde(skip_serializing_if = "Option::is_none")]
    district: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    county: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    countrycode: Option<String>,
}

impl Serialize for Areas {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ShownAreas::serialize(&self.0, serializer)
    }
}

impl From<Arc<AreaNames>> for Areas {
    fn from(names: Arc<AreaNames>) -> Areas {
        Areas(names)
    }
}

/// Renders the results of a query.
pub fn render_collection(
    view: &View,
    query: &SearchQuery,
    results: Vec<Found>,
) -> FeatureCollection {
    let features = results
        .into_iter()
        .map(|f| render_feature(view.snapshot(f.part), query.debug, f));
    let mut collection = collection(view, features.collect());
    collection.geocoding.query = Some(query.text.clone());
    collection
}

/// Renders places near a point; `areas` are those that the point lies in.
pub fn render_near(view: &View, results: Vec<Near>, areas: Option<AreaNames>) -> FeatureCollection {
    let features = results.into_iter().map(|near| {
        let mut feature = render_feature(view.snapshot(near.found.part), false, near.found);
        let properties = &mut feature.properties;
        // A full circle is north again.
        properties.bearing_deg = near.bearing_deg.map(|b| whole(b) % 360);
        properties.opening_hours = near.opening_hours;
        properties.open = near.open;
        properties.confidence = None;
        feature
    });
    FeatureCollection {
        areas: areas.map(|names| Areas::from(Arc::new(names))),
        ..collection(view, features.collect())
    }
}

fn collection(view: &View, features: Vec<Feature>) -> FeatureCollection {
    FeatureCollection {
        kind: "FeatureCollection",
        features,
        areas: None,
        geocoding: geocoding(view),
    }
}

/// Whose data answers, out of which snapshot.
pub(crate) fn geocoding(view: &View) -> Geocoding {
    Geocoding {
        version: "0.1.0",
        attribution: ATTRIBUTION,
        licence: LICENCE,
        query: None,
        snapshot: view.published().manifest().name.clone(),
    }
}

fn render_feature(snapshot: &Snapshot, debug: bool, found: Found) -> Feature {
    let category = snapshot.text(snapshot.place(found.doc).category);
    let is_house = found.housenumber.is_some();
    let own = |text: &str| Some(text.to_owned()).filter(|t| !t.is_empty() && !is_house);
    let why = found
        .why
        .iter()
        .map(|r| format!("{} {:+.3}: {}", r.rule, r.part, r.why))
        .collect();
    let rounded = |v: f32| (f64::from(v) * 1000.0).round() / 1000.0;
    let source = Some(found.source).filter(|s| !s.is_none());
    Feature {
        kind: "Feature",
        geometry: Point::new(found.point),
        properties: Properties {
            id: found.id.to_string(),
            layer: found.layer.as_str(),
            name: found.label.name,
            label: found.label.text,
            housenumber: found.housenumber,
            street: found.label.street,
            areas: Areas::from(found.label.areas),
            postcode: found.postcode,
            state: found.state.map(|s| s.as_str()),
            uncertainty_m: found.state.map(|_| whole(found.uncertainty_m)),
            formerly: found.formerly,
            matched: found.matched.into_iter().map(|(a, b)| [a, b]).collect(),
            category: own(category),
            brand: snapshot.attribute(found.doc, "brand").and_then(own),
            osm: source.map(|s| s.to_string()),
            opening_hours: None,
            open: None,
            distance_m: found.distance_m.map(whole),
            bearing_deg: None,
            confidence: Some(rounded(found.confidence)),
            score: debug.then(|| rounded(found.score)),
            why: debug.then_some(why),
        },
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a distance on earth in metres fits, and so does an angle"
)]
fn whole(value: f64) -> u32 {
    value.max(0.0).round() as u32
}
