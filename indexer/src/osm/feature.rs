//! One object's tags in owned form: what it is for us, before anything is located.

use super::raw::{Parity, StreetClass};
use super::tags::{self, Tags};
use geodata::Name;
use geodata::admin::layer_of_place;

/// What the tags of one object say, in owned form.
pub(super) struct Feature {
    pub(super) names: Vec<Name>,
    pub(super) address: Option<OwnedAddress>,
    pub(super) category: Option<String>,
    pub(super) place: Option<String>,
    pub(super) street: Option<StreetClass>,
    pub(super) admin_level: Option<u8>,
    pub(super) boundary: bool,
    pub(super) country: Option<String>,
    pub(super) entrance: Option<String>,
    pub(super) interpolation: Option<Parity>,
    pub(super) attributes: Vec<(Box<str>, Box<str>)>,
    pub(super) reference: Option<String>,
    pub(super) flats: Option<String>,
    pub(super) wikidata: Option<String>,
    pub(super) area: bool,
    pub(super) bad_name: bool,
}

#[derive(Default, Clone)]
pub(super) struct OwnedAddress {
    pub(super) number: String,
    pub(super) street: String,
    pub(super) place: String,
    pub(super) city: String,
    pub(super) postcode: String,
    pub(super) unit: String,
}

impl Feature {
    pub(super) fn read(tags: Tags<'_>, relation: bool) -> Feature {
        let get = |key: &str| tags.get(key).map(str::to_owned);
        let highway = tags.get("highway");
        let square = matches!(tags.get("place"), Some("square"));
        let names = tags::names(tags);
        let category = tags::category(tags)
            .filter(|(_, nameless)| *nameless || !names.is_empty())
            .map(|(c, _)| c);
        let subway_entrance = tags
            .get("railway")
            .filter(|r| *r == "subway_entrance" || *r == "train_station_entrance");
        let street = if square {
            Some(StreetClass::Square)
        } else {
            highway.and_then(tags::street_class)
        };
        let bad = |value: &str| !value.is_empty() && !tags::is_name(value.trim());
        Feature {
            address: read_address(tags),
            street: street.filter(|_| !names.is_empty()),
            category: category.filter(|_| !square),
            place: get("place").filter(|p| layer_of_place(p).is_some() && !names.is_empty()),
            admin_level: tags.get("admin_level").and_then(|l| l.parse().ok()),
            boundary: relation
                && matches!(tags.get("boundary"), Some("administrative" | "place"))
                && !names.is_empty(),
            country: [
                "ISO3166-1:alpha2",
                "ISO3166-1",
                "country_code_iso3166_1_alpha_2",
            ]
            .iter()
            .find_map(|k| get(k))
            .map(|c| c.to_lowercase()),
            entrance: subway_entrance
                .map(str::to_owned)
                .or_else(|| get("entrance").filter(|e| e != "no")),
            interpolation: tags
                .get("addr:interpolation")
                .and_then(|value| match value {
                    "odd" | "even" => Some(Parity::Alternate),
                    "all" => Some(Parity::All),
                    _ => None,
                }),
            reference: get("ref").or_else(|| get("addr:unit")),
            flats: get("addr:flats"),
            wikidata: get("wikidata"),
            area: tags.get("area") == Some("yes"),
            bad_name: tags.iter().any(|(k, v)| k == "name" && bad(v))
                && (highway.is_some() || category_is_named(tags)),
            attributes: tags::attributes(tags),
            names,
        }
    }

    /// Whether the object is of any use.
    pub(super) fn is_wanted(&self) -> bool {
        self.address.is_some()
            || self.street.is_some()
            || self.category.is_some()
            || self.place.is_some()
            || self.boundary
            || self.entrance.is_some()
            || self.interpolation.is_some()
            || self.bad_name
    }
}

fn category_is_named(tags: Tags<'_>) -> bool {
    tags.get("place").is_some() || tags::category(tags).is_some()
}

fn read_address(tags: Tags<'_>) -> Option<OwnedAddress> {
    let mut address = OwnedAddress::default();
    let (mut numbered, mut other_language) = (false, None);
    for (key, value) in tags.iter().filter(|(k, _)| k.starts_with("addr:")) {
        let value = value.trim();
        match key {
            "addr:housenumber" => {
                numbered = true;
                value.clone_into(&mut address.number);
            }
            "addr:street" => value.clone_into(&mut address.street),
            "addr:place" | "addr:hamlet" | "addr:village" | "addr:suburb"
                if address.place.is_empty() || key == "addr:place" =>
            {
                value.clone_into(&mut address.place);
            }
            "addr:city" => value.clone_into(&mut address.city),
            "addr:postcode" => value.clone_into(&mut address.postcode),
            "addr:unit" => value.clone_into(&mut address.unit),
            _ if key.starts_with("addr:street:") => other_language = Some(value),
            _ => {}
        }
    }
    if address.street.is_empty() {
        other_language
            .unwrap_or_default()
            .clone_into(&mut address.street);
    }
    numbered.then_some(address)
}
