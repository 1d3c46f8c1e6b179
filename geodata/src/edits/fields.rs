//! What of a place or house can be edited, read from a draft and written to it.
//!
//! Fields are named as in OSM: `name`, `name:uk`, `old_name`, `category` (`amenity=cafe`), `position` (`[lon, lat]` in
//! degrees), and any other tag as an attribute; of a house `housenumber`, `postcode`, `position`, `street` (the id of
//! the place that it is found on). Several names of one kind are joined by `;`. No value is `null`.

use crate::coord::LonLat;
use crate::draft::{Draft, DraftHouse, Drafts};
use crate::names::{LanguageTag, Name, NameKind};
use crate::place::PlaceId;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Values by field.
pub type Fields = BTreeMap<String, Value>;

/// The longest text of a field.
pub const MAX_TEXT_CHARS: usize = 255;
/// Positions this near are one: mappers straighten outlines.
pub const SAME_POINT_M: f64 = 2.0;

const NAME_KINDS: [NameKind; 8] = [
    NameKind::Main,
    NameKind::Official,
    NameKind::Short,
    NameKind::Alternative,
    NameKind::Local,
    NameKind::International,
    NameKind::Old,
    NameKind::Brand,
];

/// What a name's field is called: `alt_name`, `name:uk`.
fn name_key(kind: NameKind, language: LanguageTag) -> String {
    if language == LanguageTag::NONE {
        kind.as_str().to_owned()
    } else {
        format!("{}:{language}", kind.as_str())
    }
}

/// The kind and language of a field that is a name.
fn read_name_key(key: &str) -> Option<(NameKind, LanguageTag)> {
    let (kind, language) = key.split_once(':').unwrap_or((key, ""));
    let kind = NAME_KINDS.into_iter().find(|k| k.as_str() == kind)?;
    if language.is_empty() {
        return Some((kind, LanguageTag::NONE)).filter(|_| !key.contains(':'));
    }
    Some((kind, LanguageTag::new(language)?))
}

/// Whether a field is a name.
pub fn is_name(key: &str) -> bool {
    read_name_key(key).is_some()
}

/// A position as a field.
pub(super) fn point_value(point: LonLat) -> Value {
    json!([point.lon(), point.lat()])
}

/// The position in a field.
pub(super) fn read_point(value: &Value) -> Option<LonLat> {
    let [lon, lat] = value.as_array()?.as_slice() else {
        return None;
    };
    LonLat::new(lon.as_f64()?, lat.as_f64()?).ok()
}

/// Whether two values of a field say the same; positions may lie [`SAME_POINT_M`] apart.
pub fn same_value(a: &Value, b: &Value) -> bool {
    match (read_point(a), read_point(b)) {
        (Some(a), Some(b)) => a.distance_m(b) <= SAME_POINT_M,
        _ => a == b,
    }
}

/// All fields of a place.
pub fn place_fields(draft: &Draft) -> Fields {
    let mut fields = Fields::new();
    for name in &draft.names {
        let key = name_key(name.kind, name.language);
        let known = fields.get(&key).and_then(Value::as_str);
        let all = known.map_or(name.text.clone(), |known| format!("{known};{}", name.text));
        fields.insert(key, Value::String(all));
    }
    for (key, value) in &draft.attributes {
        fields.insert((**key).to_owned(), json!(&**value));
    }
    if let Some(category) = &draft.category {
        fields.insert("category".to_owned(), json!(&**category));
    }
    fields.insert("position".to_owned(), point_value(draft.point));
    fields
}

/// All fields of a house of a street.
pub fn house_fields(drafts: &Drafts, street: PlaceId, house: &DraftHouse) -> Fields {
    let postcode = drafts.atoms.get(house.postcode);
    let fields = [
        ("housenumber", json!(drafts.atoms.get(house.number))),
        ("position", point_value(house.point)),
        (
            "postcode",
            if postcode.is_empty() {
                Value::Null
            } else {
                json!(postcode)
            },
        ),
        ("street", json!(street.to_string())),
    ];
    let named = fields.into_iter().map(|(k, v)| (k.to_owned(), v));
    named.filter(|(_, v)| !v.is_null()).collect()
}

/// Gives a field of a place another value; `null` takes it away.
pub(super) fn set_place_field(draft: &mut Draft, key: &str, value: &Value) {
    let text = value.as_str();
    match (key, read_name_key(key)) {
        ("position", _) => {
            if let Some(point) = read_point(value) {
                move_place(draft, point);
            }
        }
        ("category", _) => draft.category = text.map(Into::into),
        (_, Some((kind, language))) => set_names(draft, (kind, language), text.unwrap_or("")),
        _ => {
            let at = draft.attributes.iter().position(|(k, _)| &**k == key);
            match (at, text) {
                (Some(at), Some(text)) => draft.attributes[at].1 = text.into(),
                (Some(at), None) => {
                    draft.attributes.remove(at);
                }
                (None, Some(text)) => draft.attributes.push((key.into(), text.into())),
                (None, None) => {}
            }
        }
    }
}

/// A place that moves takes its doors' and lines' positions from the map as before: only its own point is edited.
fn move_place(draft: &mut Draft, point: LonLat) {
    draft.point = point;
}

/// Replaces the names of a kind and language; the first name stays the local main one.
fn set_names(draft: &mut Draft, (kind, language): (NameKind, LanguageTag), text: &str) {
    let at = draft
        .names
        .iter()
        .position(|n| n.kind == kind && n.language == language);
    draft
        .names
        .retain(|n| n.kind != kind || n.language != language);
    let texts = text.split(';').map(str::trim).filter(|t| !t.is_empty());
    let names = texts.map(|text| Name {
        kind,
        language,
        text: text.to_owned(),
    });
    let main = kind == NameKind::Main && language == LanguageTag::NONE;
    let at = if main {
        0
    } else {
        at.unwrap_or(draft.names.len()).min(draft.names.len())
    };
    draft.names.splice(at..at, names);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Layer;
    use crate::source::SourceId;

    fn street() -> Draft {
        let name = |kind, language: &str, text: &str| Name {
            kind,
            language: LanguageTag::new(language).unwrap_or(LanguageTag::NONE),
            text: text.to_owned(),
        };
        let names = vec![
            name(NameKind::Main, "", "вулиця Миру"),
            name(NameKind::Main, "uk", "вулиця Миру"),
            name(NameKind::Alternative, "", "Миру"),
            name(NameKind::Alternative, "", "Мирова"),
        ];
        let point = LonLat::new(30.5, 50.4).unwrap();
        Draft::new(Layer::Street, vec![SourceId::NONE], names, point)
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut draft = street();
        for (key, value) in [
            ("name", json!("вулиця Лесі Українки")),
            ("old_name", json!("вулиця Миру;вулиця Леніна")),
            ("opening_hours", json!("24/7")),
            ("category", json!("highway=residential")),
            ("position", json!([30.5001, 50.4001])),
        ] {
            set_place_field(&mut draft, key, &value);
            assert_eq!(place_fields(&draft).get(key), Some(&value), "{key}");
        }
        assert_eq!(draft.name(), "вулиця Лесі Українки");
        assert_eq!(place_fields(&draft)["alt_name"], json!("Миру;Мирова"));
        set_place_field(&mut draft, "alt_name", &Value::Null);
        assert_eq!(place_fields(&draft).get("alt_name"), None);
    }

    #[test]
    fn positions_are_the_same_within_two_metres() {
        assert!(same_value(&json!([30.5, 50.4]), &json!([30.500_01, 50.4])));
        assert!(!same_value(&json!([30.5, 50.4]), &json!([30.501, 50.4])));
    }

    #[test]
    fn a_field_is_a_name_by_its_kind_and_language() {
        for name in ["name", "name:uk", "old_name", "alt_name:zh", "brand"] {
            assert!(is_name(name), "{name}");
        }
        for other in ["names", "name:", "name:українська", "opening_hours"] {
            assert!(!is_name(other), "{other}");
        }
    }
}
