//! What `admin_level=*` and `place=*` mean: the same level is a district in one country and a municipality in another.
//!
//! Source of the levels: the OSM wiki's table "admin_level for all countries"; countries that are not listed here use
//! the reading that fits most of Europe.

use crate::place::Layer;

/// The tags of a boundary that decide its layer.
#[derive(Debug, Clone, Copy, Default)]
pub struct AreaTags<'a> {
    pub admin_level: Option<u8>,
    pub place: Option<&'a str>,
}

/// The layer of a boundary in a country (ISO 3166-1 alpha-2, lower case, empty when unknown); `None` when its level is
/// no area that people name.
pub fn layer_of_area(tags: AreaTags<'_>, country: &str) -> Option<Layer> {
    if let Some(layer) = tags.place.and_then(layer_of_place) {
        return Some(layer);
    }
    let level = tags.admin_level?;
    match (country, level) {
        (_, 2) => Some(Layer::Country),
        // Moldova's raions; a state elsewhere.
        ("md", 4) => Some(Layer::County),
        // Incorporated places.
        ("us" | "ca", 8) => Some(Layer::City),
        (_, 3 | 4) => Some(Layer::State),
        (_, 5..=7) => Some(Layer::County),
        (_, 8) => Some(Layer::Locality),
        (_, 9..=11) => Some(Layer::District),
        _ => None,
    }
}

/// The layer of a `place=*` value; `None` when nobody lives there or it is no place of its own.
pub fn layer_of_place(place: &str) -> Option<Layer> {
    match place {
        "country" => Some(Layer::Country),
        "state" | "region" | "province" => Some(Layer::State),
        "county" | "district" | "municipality" => Some(Layer::County),
        "city" | "town" => Some(Layer::City),
        "village" | "hamlet" | "isolated_dwelling" | "farm" | "allotments" => Some(Layer::Locality),
        "suburb" | "borough" | "quarter" | "neighbourhood" | "city_block" => Some(Layer::District),
        _ => None,
    }
}

/// How many reaches away a settlement without boundary still collects what lies in no other; a district's reach ends
/// where it ends.
pub const SETTLEMENT_STRETCH: f64 = 2.5;
/// How far the farthest settlement without boundary is looked for, in metres.
pub const MAX_COLLECTING_M: f64 = 20_000.0;

/// How far a settlement or district (`place=*`) without boundary reaches from its point, in metres.
pub fn reach_m(place: &str) -> f64 {
    match place {
        "city" => 7_000.0,
        "town" => 3_500.0,
        "village" => 1_600.0,
        _ if layer_of_place(place) == Some(Layer::District) => 1_200.0,
        _ => 700.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(country: &str, level: u8, place: Option<&str>, expect: Option<Layer>) {
        let tags = AreaTags {
            admin_level: Some(level),
            place,
        };
        assert_eq!(
            layer_of_area(tags, country),
            expect,
            "{country} {level} {place:?}"
        );
    }

    #[test]
    fn levels_read_by_country_and_place_tags_win() {
        check("ua", 4, None, Some(Layer::State));
        check("ua", 7, None, Some(Layer::County));
        check("ua", 8, Some("town"), Some(Layer::City));
        check("ua", 9, None, Some(Layer::District));
        check("md", 10, None, Some(Layer::District));
        check("md", 4, None, Some(Layer::County));
        check("li", 8, None, Some(Layer::Locality));
        check("", 2, None, Some(Layer::Country));
        check("ua", 13, None, None);
    }

    #[test]
    fn places_where_nobody_lives_are_no_layer() {
        assert_eq!(layer_of_place("locality"), None);
        assert_eq!(layer_of_place("island"), None);
        assert_eq!(layer_of_place("town"), Some(Layer::City));
    }
}
