//! Everything about one place, and the houses of a street.

use super::label::{Label, LabelPart, Labels};
use super::view::View;
use geodata::snapshot::{DocId, Snapshot};
use geodata::{Layer, LonLat, NameKind, PlaceRef, SourceId};
use std::collections::{BTreeMap, BTreeSet};
use synonyms::fold;

/// What is known of a place or of a part of it.
#[derive(Debug, Clone)]
pub struct PlaceDetails {
    pub id: PlaceRef,
    doc: DocId,
    pub layer: Layer,
    pub point: LonLat,
    pub label: Label,
    pub housenumber: Option<String>,
    pub postcode: Option<String>,
    pub category: Option<String>,
    pub names: Vec<PlaceName>,
    pub sources: Vec<SourceId>,
    pub attributes: BTreeMap<String, String>,
    pub houses: Option<usize>,
    pub crossings: Vec<String>,
    pub entrances: Vec<String>,
    pub importance: f32,
    pub popularity: u32,
}

/// One of a place's names.
#[derive(Debug, Clone)]
pub struct PlaceName {
    pub kind: NameKind,
    pub language: Option<String>,
    pub text: String,
}

/// A house of a street.
#[derive(Debug, Clone)]
pub struct ListedHouse {
    pub id: PlaceRef,
    pub number: String,
    pub point: LonLat,
    pub postcode: Option<String>,
    pub source: SourceId,
}

/// Describes what an id points at; `None` when there is no such thing.
pub fn describe_place(
    snapshot: &Snapshot,
    id: PlaceRef,
    languages: &[String],
) -> Option<PlaceDetails> {
    describe(snapshot, snapshot.find(id.place)?, id, languages)
}

/// Describes what is shown under an id; `None` when nothing is.
pub fn describe_shown(view: &View, id: PlaceRef, languages: &[String]) -> Option<PlaceDetails> {
    let (part, doc) = view.find(id.place)?;
    describe(view.snapshot(part), doc, id, languages)
}

fn describe(
    snapshot: &Snapshot,
    doc: DocId,
    id: PlaceRef,
    languages: &[String],
) -> Option<PlaceDetails> {
    let labels = Labels::new(snapshot, languages);
    let whole = describe_whole(snapshot, doc, &labels);
    if id.part.is_none() {
        return Some(whole);
    }
    describe_house(snapshot, id, &labels, &whole)
        .or_else(|| describe_exit(snapshot, id, &labels, &whole))
        .or_else(|| describe_crossing(snapshot, id, &labels, &whole))
}

fn describe_whole(snapshot: &Snapshot, doc: DocId, labels: &Labels<'_>) -> PlaceDetails {
    let place = snapshot.place(doc);
    let text = |id| Some(snapshot.text(id).to_owned()).filter(|t| !t.is_empty());
    let names = snapshot.names(doc).iter().map(|n| PlaceName {
        kind: NameKind::from_byte(n.kind),
        language: Some(n.language.to_string()).filter(|l| !l.is_empty()),
        text: snapshot.text(n.text).to_owned(),
    });
    let crossings: BTreeSet<String> = snapshot
        .crossings(doc)
        .iter()
        .map(|c| labels.name(c.street))
        .collect();
    let attributes = snapshot.attributes(doc).iter();
    let houses: BTreeSet<SourceId> = snapshot.houses(doc).iter().map(|h| h.source).collect();
    PlaceDetails {
        id: PlaceRef::whole(place.id),
        doc,
        layer: snapshot.layer(doc),
        point: place.point,
        label: labels.render(doc, LabelPart::Place),
        housenumber: snapshot
            .attribute(doc, "addr:housenumber")
            .map(str::to_owned),
        postcode: snapshot.attribute(doc, "addr:postcode").map(str::to_owned),
        category: text(place.category),
        names: names.collect(),
        sources: snapshot.sources(doc).to_vec(),
        attributes: attributes
            .map(|a| {
                (
                    snapshot.text(a.key).to_owned(),
                    snapshot.text(a.value).to_owned(),
                )
            })
            .collect(),
        houses: Some(houses.len()).filter(|n| *n > 0),
        crossings: crossings.into_iter().collect(),
        entrances: snapshot
            .exits(doc)
            .iter()
            .map(|e| snapshot.text(e.reference).to_owned())
            .collect(),
        importance: place.importance,
        popularity: place.popularity,
    }
}

fn describe_house(
    snapshot: &Snapshot,
    id: PlaceRef,
    labels: &Labels<'_>,
    street: &PlaceDetails,
) -> Option<PlaceDetails> {
    let doc = street.doc;
    for (row, house) in snapshot.houses(doc).iter().enumerate() {
        let doors = snapshot.entrances(doc, row);
        let door = doors
            .iter()
            .find(|d| id.is_part(&format!("e:{}", d.source)));
        if door.is_none() && !id.is_house(house.source) {
            continue;
        }
        let number = snapshot.text(house.number);
        let reference =
            |e: &geodata::snapshot::EntranceRecord| snapshot.text(e.reference).to_owned();
        let mut details = PlaceDetails {
            id,
            doc,
            layer: Layer::House,
            point: house.point,
            label: labels.render(doc, LabelPart::House(number)),
            housenumber: Some(number.to_owned()),
            postcode: Some(snapshot.postcode(doc, row).to_owned()).filter(|p| !p.is_empty()),
            category: None,
            names: Vec::new(),
            sources: std::iter::once(house.source)
                .chain(snapshot.joined(house.source))
                .collect(),
            attributes: BTreeMap::new(),
            houses: None,
            crossings: Vec::new(),
            entrances: doors
                .iter()
                .map(reference)
                .filter(|r| !r.is_empty())
                .collect(),
            ..street.clone()
        };
        if let Some(door) = door {
            (details.layer, details.point, details.sources) =
                (Layer::Entrance, door.point, vec![door.source]);
            details.label = labels.render(doc, LabelPart::Door(&reference(door), number));
            details.entrances = Vec::new();
            for (key, value) in [("flats", door.flats), ("entrance", door.kind)] {
                let value = snapshot.text(value);
                if !value.is_empty() {
                    details.attributes.insert(key.to_owned(), value.to_owned());
                }
            }
        }
        return Some(details);
    }
    None
}

fn describe_exit(
    snapshot: &Snapshot,
    id: PlaceRef,
    labels: &Labels<'_>,
    station: &PlaceDetails,
) -> Option<PlaceDetails> {
    let doc = station.doc;
    let exit = snapshot
        .exits(doc)
        .iter()
        .find(|e| id.is_part(&format!("x:{}", e.source)))?;
    Some(PlaceDetails {
        id,
        doc,
        layer: Layer::Entrance,
        point: exit.point,
        label: labels.render(doc, LabelPart::Door(snapshot.text(exit.reference), "")),
        sources: vec![exit.source],
        entrances: Vec::new(),
        ..station.clone()
    })
}

fn describe_crossing(
    snapshot: &Snapshot,
    id: PlaceRef,
    labels: &Labels<'_>,
    street: &PlaceDetails,
) -> Option<PlaceDetails> {
    let doc = street.doc;
    let is_asked =
        |street: DocId| id.is_part(&format!("c:{}", PlaceRef::whole(snapshot.place(street).id)));
    let crossing = snapshot
        .crossings(doc)
        .iter()
        .find(|c| is_asked(c.street))?;
    Some(PlaceDetails {
        id,
        doc,
        layer: Layer::Intersection,
        point: crossing.point,
        label: labels.render(doc, LabelPart::Crossing(crossing.street)),
        houses: None,
        crossings: Vec::new(),
        ..street.clone()
    })
}

/// Houses of a place whose number begins with a text, each once, by number; `None` when there is no such place.
pub fn list_houses(view: &View, id: PlaceRef, prefix: &str) -> Option<Vec<ListedHouse>> {
    let (part, doc) = view.find(id.place).filter(|_| id.part.is_none())?;
    let snapshot = view.snapshot(part);
    let prefix: String = fold(prefix)
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == '/')
        .collect();
    let mut seen = BTreeSet::new();
    let mut listed = Vec::new();
    for (row, house) in snapshot.houses(doc).iter().enumerate() {
        let canonical = house.housenumber().to_string();
        let number = snapshot.text(house.number);
        if (canonical.starts_with(&prefix) || fold(number).starts_with(&prefix))
            && seen.insert(house.source)
        {
            listed.push(ListedHouse {
                id: PlaceRef::house(id.place, house.source),
                number: number.to_owned(),
                point: house.point,
                postcode: Some(snapshot.postcode(doc, row).to_owned()).filter(|p| !p.is_empty()),
                source: house.source,
            });
        }
    }
    Some(listed)
}
