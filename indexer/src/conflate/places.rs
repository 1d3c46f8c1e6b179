//! POIs and stations: what remains of the named objects once settlements are taken out.

use super::areas::Settlements;
use super::draft::{Draft, World};
use crate::osm::{Harvest, RawPlace};
use geodata::admin::{Area, AreaLookup};
use geodata::{LanguageTag, Layer, Name, NameKind};
use rustc_hash::FxHashMap;
use synonyms::fold;

/// The same POI mapped twice (a point inside its building) lies this close, in metres.
const SAME_POI_M: f64 = 120.0;

/// Turns places into drafts.
pub(super) fn resolve(all: &mut Harvest, settlements: &Settlements, world: &mut World) {
    let airports = airports(all);
    let mut known: FxHashMap<(String, Box<str>), Vec<usize>> = FxHashMap::default();
    for place in std::mem::take(&mut all.places) {
        let (Some(category), Some(point)) = (place.category.clone(), place.geometry.point) else {
            continue;
        };
        let name = fold(place.names.first().map_or("", |n| &n.text));
        let same = known.entry((name.clone(), category.clone())).or_default();
        let twin = same
            .iter()
            .copied()
            .find(|n| !name.is_empty() && world.drafts[*n].point.distance_m(point) <= SAME_POI_M);
        match twin {
            Some(n) => join(&mut world.drafts[n], place),
            None => {
                same.push(world.drafts.len());
                let parents = settlements.parents_of(point);
                let mut draft = draft_of(place, category, parents, world);
                add_airport_names(&mut draft, &airports);
                world.drafts.push(draft);
            }
        }
    }
}

/// Names and outlines of airports.
fn airports(all: &Harvest) -> Vec<(Vec<Name>, Area)> {
    let airports = all
        .places
        .iter()
        .filter(|p| p.category.as_deref() == Some("aeroway=aerodrome"));
    airports
        .map(|p| {
            (
                p.names.clone(),
                Area {
                    rings: p.geometry.rings.clone(),
                },
            )
        })
        .collect()
}

/// «Термінал B» is asked for together with its airport's name: each name of the airport gives it one more.
fn add_airport_names(draft: &mut Draft, airports: &[(Vec<Name>, Area)]) {
    if !matches!(
        draft.category.as_deref(),
        Some("aeroway=terminal" | "aeroway=gate")
    ) {
        return;
    }
    let own = draft.name().to_owned();
    for (names, area) in airports {
        if AreaLookup::new(std::slice::from_ref(area))
            .containing(draft.point)
            .is_empty()
        {
            continue;
        }
        let main = names.iter().filter(|n| n.kind == NameKind::Main);
        draft.names.extend(main.map(|n| Name {
            kind: NameKind::Alternative,
            language: n.language,
            text: format!("{} {own}", n.text),
        }));
    }
}

fn draft_of(place: RawPlace, category: Box<str>, parents: Vec<u32>, world: &World) -> Draft {
    let subway = place
        .attributes
        .iter()
        .any(|(k, v)| &**k == "station" && &**v == "subway");
    let layer = if crate::osm::is_station(&category) || subway {
        Layer::Station
    } else {
        Layer::Poi
    };
    let point = place
        .geometry
        .point
        .unwrap_or(geodata::LonLat::clamped(0.0, 0.0));
    let mut names = place.names;
    let operator = place.attributes.iter().find(|(k, _)| &**k == "operator");
    if let Some((_, operator)) = operator.filter(|(_, o)| !names.iter().any(|n| *n.text == **o)) {
        names.push(Name {
            kind: NameKind::Brand,
            language: LanguageTag::NONE,
            text: operator.to_string(),
        });
    }
    let mut draft = Draft::new(layer, vec![place.source], names, point);
    draft.parents = parents;
    draft.radius_m = place.geometry.radius_m;
    draft.attributes = place.attributes;
    let text = |atom| Box::from(world.atoms.get(atom));
    for (key, atom) in [
        ("addr:street", place.address.street),
        ("addr:housenumber", place.address.number),
        ("addr:postcode", place.address.postcode),
    ] {
        if !atom.is_empty() {
            draft.attributes.push((key.into(), text(atom)));
        }
    }
    // A metro station is asked for as one, whatever else the map calls it.
    draft.category = Some(if subway {
        "station=subway".into()
    } else {
        category
    });
    draft
}

/// The same place mapped twice: the outline gives the extent, both give names and facts.
fn join(draft: &mut Draft, place: RawPlace) {
    draft.sources.push(place.source);
    draft.radius_m = draft.radius_m.max(place.geometry.radius_m);
    for name in place.names {
        if !draft.names.contains(&name) {
            draft.names.push(name);
        }
    }
    for (key, value) in place.attributes {
        if draft.attribute(&key).is_none() {
            draft.attributes.push((key, value));
        }
    }
}
