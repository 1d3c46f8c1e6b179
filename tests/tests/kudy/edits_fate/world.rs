//! A snapshot as plain lists: what is known of every place, and where every house is found.

use geodata::snapshot::{DocId, Snapshot};
use geodata::{LanguageTag, Layer, LonLat, NameKind, PlaceId, SourceId};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A house as it is found on one street.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct House {
    pub(crate) street: PlaceId,
    pub(crate) number: String,
    pub(crate) point: LonLat,
    pub(crate) postcode: String,
    /// Whether somebody only computed that it has to be there.
    pub(crate) interpolated: bool,
}

impl House {
    pub(crate) fn field(&self, name: &str) -> Value {
        match name {
            "housenumber" => json!(self.number),
            "position" => json!([self.point.lon(), self.point.lat()]),
            "street" => json!(self.street.to_string()),
            "postcode" if !self.postcode.is_empty() => json!(self.postcode),
            _ => Value::Null,
        }
    }
}

/// A place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place {
    pub(crate) layer: Layer,
    /// Under keys such as `name:uk`, in their order.
    pub(crate) names: Vec<(String, String)>,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) category: String,
    pub(crate) point: LonLat,
}

impl Place {
    pub(crate) fn field(&self, name: &str) -> Value {
        let names = self.names.iter().filter(|(key, _)| key == name);
        let names: Vec<&str> = names.map(|(_, text)| text.as_str()).collect();
        match name {
            "position" => json!([self.point.lon(), self.point.lat()]),
            "category" if self.category.is_empty() => Value::Null,
            "category" => json!(self.category),
            // `brand` is both.
            _ => match self.attributes.get(name) {
                Some(value) => json!(value),
                None if names.is_empty() => Value::Null,
                None => json!(names.join(";")),
            },
        }
    }

    /// Every field that has a value.
    pub(crate) fn fields(&self) -> Value {
        let names = self.names.iter().map(|(key, _)| key.as_str());
        let keys = names
            .chain(self.attributes.keys().map(String::as_str))
            .chain(["position", "category"]);
        let fields = keys.map(|key| (key.to_owned(), self.field(key)));
        fields
            .filter(|(_, v)| !v.is_null())
            .collect::<Map<_, _>>()
            .into()
    }

    /// What can be compared: names in any order, and no point of a street, which its lines decide.
    pub(crate) fn plain(&self) -> impl PartialEq + std::fmt::Debug {
        let names: BTreeSet<_> = self.names.iter().cloned().collect();
        let point = Some(self.point).filter(|_| self.layer != Layer::Street);
        let (attributes, category) = (self.attributes.clone(), self.category.clone());
        (self.layer, names, attributes, category, point)
    }
}

/// A snapshot, place by place and house by house.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    pub(crate) places: BTreeMap<PlaceId, Place>,
    /// By the object that they come from.
    pub(crate) houses: BTreeMap<SourceId, BTreeSet<House>>,
    /// What took the place of those that are gone, as far as somebody knows.
    pub(crate) successors: BTreeMap<PlaceId, PlaceId>,
}

impl World {
    pub(crate) fn of(snapshot: &Snapshot) -> World {
        let mut world = World::default();
        for doc in 0..DocId::try_from(snapshot.len()).expect("few places") {
            let id = snapshot.place(doc).id;
            world.places.insert(id, place(snapshot, doc));
            for (n, house) in snapshot.houses(doc).iter().enumerate() {
                world.houses.entry(house.source).or_default().insert(House {
                    street: id,
                    number: snapshot.text(house.number).to_owned(),
                    point: house.point,
                    postcode: snapshot.postcode(doc, n).to_owned(),
                    interpolated: house.is_interpolated(),
                });
            }
        }
        let retired = snapshot.retired().iter();
        world.successors = retired
            .filter_map(|r| Some((r.gone()?, r.successor()?)))
            .filter(|(gone, _)| gone.part.is_none())
            .map(|(gone, to)| (gone.place, to.place))
            .collect();
        world
    }

    /// Where a place is now, or what took its place.
    pub(crate) fn resolve(&self, id: PlaceId) -> Option<PlaceId> {
        let mut at = id;
        while !self.places.contains_key(&at) {
            at = *self.successors.get(&at)?;
        }
        Some(at)
    }

    /// A house that is found on one street only, under one number.
    pub(crate) fn house(&self, source: SourceId) -> Option<&House> {
        let found = self.houses.get(&source)?;
        found.first().filter(|_| found.len() == 1)
    }

    /// Keeps houses only where they are wanted.
    pub(crate) fn retain_houses(&mut self, wanted: impl Fn(&House) -> bool) {
        self.houses
            .values_mut()
            .for_each(|found| found.retain(&wanted));
        self.houses.retain(|_, found| !found.is_empty());
    }
}

fn place(snapshot: &Snapshot, doc: DocId) -> Place {
    let record = snapshot.place(doc);
    let name = |n: &geodata::snapshot::NameRecord| {
        let kind = NameKind::from_byte(n.kind).as_str();
        let key = match n.language {
            LanguageTag::NONE => kind.to_owned(),
            language => format!("{kind}:{language}"),
        };
        (key, snapshot.text(n.text).to_owned())
    };
    let attributes = snapshot.attributes(doc).iter();
    Place {
        layer: snapshot.layer(doc),
        names: snapshot.names(doc).iter().map(name).collect(),
        attributes: attributes
            .map(|a| {
                let (key, value) = (snapshot.text(a.key), snapshot.text(a.value));
                (key.to_owned(), value.to_owned())
            })
            .collect(),
        category: snapshot.text(record.category).to_owned(),
        point: record.point,
    }
}
