//! One object's tags in owned form: what it is for us, before anything is located.

use super::raw::{Atom, Parity, RawAddress, StreetClass};
use super::strings::Key;
use super::tags::{self, REFERENCE_KEYS, Tags};
use geodata::Name;
use geodata::admin::layer_of_place;

/// What the tags of one object say, in owned form.
pub(super) struct Feature {
    pub(super) names: Vec<Name>,
    pub(super) address: Option<RawAddress>,
    pub(super) category: Option<Box<str>>,
    pub(super) place: Option<Box<str>>,
    pub(super) country: Option<Box<str>>,
    pub(super) attributes: Vec<(Box<str>, Box<str>)>,
    pub(super) entrance: Option<Entrance>,
    pub(super) wikidata: Atom,
    pub(super) street: Option<StreetClass>,
    pub(super) admin_level: Option<u8>,
    pub(super) boundary: bool,
    pub(super) interpolation: Option<Parity>,
    pub(super) area: bool,
    pub(super) bad_name: bool,
}

/// What a door's tags say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entrance {
    pub(super) kind: Atom,
    pub(super) reference: Atom,
    pub(super) flats: Atom,
}

impl Feature {
    /// Reads the tags of an object.
    pub(super) fn read(tags: Tags<'_>, relation: bool) -> Feature {
        let highway = tags.get("highway");
        let square = matches!(tags.get("place"), Some("square"));
        let names = tags::names(tags);
        let category =
            tags::category(tags).filter(|category| category.is_nameless() || !names.is_empty());
        let subway_entrance = tags
            .get("railway")
            .filter(|r| *r == "subway_entrance" || *r == "train_station_entrance");
        let street = if square {
            Some(StreetClass::Square)
        } else {
            highway.and_then(tags::street_class)
        };
        let bad = |value: &str| !value.is_empty() && !tags::is_name(value.trim());
        let kind = subway_entrance.or_else(|| tags.get("entrance").filter(|e| *e != "no"));
        let entrance = kind.map(|kind| Entrance {
            kind: tags.intern(kind),
            reference: tags.first_atom(&REFERENCE_KEYS),
            flats: tags.first_atom(&["addr:flats"]),
        });
        let mut feature = Feature {
            address: read_address(tags),
            street: street.filter(|_| !names.is_empty()),
            category: category.filter(|_| !square).map(|c| c.to_string().into()),
            place: tags
                .get("place")
                .filter(|p| layer_of_place(p).is_some() && !names.is_empty())
                .map(Into::into),
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
            .find_map(|k| tags.get(k))
            .map(|c| c.to_lowercase().into()),
            entrance,
            interpolation: tags
                .get("addr:interpolation")
                .and_then(|value| match value {
                    "odd" | "even" => Some(Parity::Alternate),
                    "all" => Some(Parity::All),
                    _ => None,
                }),
            wikidata: tags.first_atom(&["wikidata"]),
            area: tags.get("area") == Some("yes"),
            bad_name: tags.get_any("name").is_some_and(bad)
                && (highway.is_some() || category_is_named(tags)),
            attributes: Vec::new(),
            names,
        };
        // Nobody asks what a house is made of.
        if !feature.is_plain_house() {
            feature.attributes = tags::attributes(tags);
        }
        feature
    }

    /// Texts of another table are known by other numbers.
    pub(super) fn rename(&mut self, atoms: &[Atom]) {
        if let Some(address) = &mut self.address {
            address.rename(atoms);
        }
        if let Some(door) = &mut self.entrance {
            for atom in [&mut door.kind, &mut door.reference, &mut door.flats] {
                atom.rename(atoms);
            }
        }
        self.wikidata.rename(atoms);
    }

    /// Whether the object has a house number and is nothing else: most of a country's ways.
    pub(super) fn is_plain_house(&self) -> bool {
        let nothing_else = self.street.is_none()
            && self.category.is_none()
            && self.place.is_none()
            && !self.boundary
            && self.entrance.is_none()
            && self.interpolation.is_none()
            && !self.bad_name;
        self.address.is_some() && nothing_else
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

fn read_address(tags: Tags<'_>) -> Option<RawAddress> {
    tags.get_any("addr:housenumber")?;
    let mut address = RawAddress::default();
    let mut other_language = Atom::default();
    for tag in tags.that(Key::is_address) {
        match tag.key() {
            b"addr:housenumber" => address.number = tag.atom(),
            b"addr:street" => address.street = tag.atom(),
            b"addr:place" => address.place = tag.atom(),
            b"addr:hamlet" | b"addr:village" | b"addr:suburb" if address.place.is_empty() => {
                address.place = tag.atom();
            }
            b"addr:city" => address.city = tag.atom(),
            b"addr:postcode" => address.postcode = tag.atom(),
            b"addr:unit" => address.unit = tag.atom(),
            key if key.starts_with(b"addr:street:") => other_language = tag.atom(),
            _ => {}
        }
    }
    if address.street.is_empty() {
        address.street = other_language;
    }
    Some(address)
}
