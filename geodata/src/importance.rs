//! How much a place matters, from what the map says: 0 for the least, 1 for a capital.
//!
//! Own scale, monotone in what people would expect to matter: population of settlements, class, length and houses of
//! streets, kind and fame (`wikidata`) of POIs.

use crate::draft::Draft;
use crate::place::Layer;

/// How much a place matters, 0 to 1.
#[expect(clippy::cast_possible_truncation, reason = "a share between 0 and 1")]
pub fn importance(draft: &Draft) -> f32 {
    let share = match draft.layer {
        Layer::Country => 0.95,
        Layer::State => 0.75,
        Layer::County => 0.55,
        Layer::City | Layer::Locality => settlement(draft),
        Layer::District => 0.45,
        Layer::Street => street(draft),
        Layer::Station => station(draft),
        _ => poi(draft),
    };
    share.clamp(0.0, 1.0) as f32
}

fn settlement(draft: &Draft) -> f64 {
    let typical = match draft.attribute("place") {
        Some("city") => 300_000.0,
        Some("town") => 20_000.0,
        Some("village") => 800.0,
        Some("hamlet") => 60.0,
        _ if draft.layer == Layer::City => 20_000.0,
        _ => 300.0,
    };
    let digits = |text: &str| {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
            .parse::<f64>()
            .ok()
    };
    let population = draft
        .attribute("population")
        .and_then(digits)
        .filter(|p| *p > 0.0)
        .unwrap_or(typical);
    // 10 people 0.25, 1000 people 0.48, a million 0.83.
    0.13 + 0.117 * population.max(1.0).log10()
}

fn street(draft: &Draft) -> f64 {
    let length_km: f64 = draft
        .lines
        .iter()
        .flat_map(|l| l.windows(2))
        .map(|p| p[0].distance_m(p[1]))
        .sum::<f64>()
        / 1000.0;
    let houses = draft.houses.len() as f64;
    let famous = f64::from(u8::from(draft.attribute("wikidata").is_some()));
    0.08 + 0.22 * draft.weight
        + 0.05 * (1.0 + length_km).ln()
        + 0.025 * (1.0 + houses).ln()
        + 0.05 * famous
}

fn station(draft: &Draft) -> f64 {
    let kind = match draft.category.as_deref() {
        Some("railway=station" | "station=subway") => 0.5,
        Some("amenity=bus_station") => 0.42,
        _ => 0.3,
    };
    kind + fame(draft)
}

fn poi(draft: &Draft) -> f64 {
    let category = draft.category.as_deref().unwrap_or_default();
    let kind = match category {
        "aeroway=aerodrome" => 0.6,
        "aeroway=terminal" => 0.5,
        "shop=mall" | "amenity=university" | "amenity=hospital" | "leisure=stadium" => 0.4,
        "amenity=theatre"
        | "tourism=museum"
        | "tourism=hotel"
        | "amenity=marketplace"
        | "leisure=park"
        | "building=train_station" => 0.34,
        "shop=supermarket" | "amenity=cinema" | "amenity=clinic" | "amenity=townhall"
        | "amenity=courthouse" => 0.28,
        "highway=bus_stop" | "railway=tram_stop" => 0.12,
        "landuse=residential" => 0.3,
        _ if category.starts_with("building=")
            || category.starts_with("landuse=")
            || category.starts_with("natural=") =>
        {
            0.14
        }
        _ => 0.2,
    };
    let nameless = if draft.names.is_empty() { -0.08 } else { 0.0 };
    kind + fame(draft) + nameless
}

fn fame(draft: &Draft) -> f64 {
    if draft.attribute("wikidata").is_some() {
        0.08
    } else {
        0.0
    }
}
