//! POIs and stations: what remains of the named objects once settlements are taken out.

use super::World;
use super::areas::Settlements;
use crate::grid::Grid;
use crate::osm::{Atoms, Harvest, RawPlace};
use geodata::admin::Area;
use geodata::draft::Draft;
use geodata::{LanguageTag, Layer, Name, NameKind};
use rayon::prelude::*;
use rustc_hash::FxBuildHasher;
use std::hash::BuildHasher;
use synonyms::{dictionary, fold};

/// The same POI mapped twice (a point inside its building) lies this close, in metres.
const SAME_POI_M: f64 = 120.0;
/// Places that are read on all cores while those before are compared.
const BATCH: usize = 1 << 14;

/// Turns places into drafts.
pub(super) fn resolve(all: &mut Harvest, settlements: &Settlements, world: &mut World) {
    let airports = airports(all);
    let mut places = std::mem::take(&mut all.places).into_iter();
    let (atoms, drafts) = (&world.drafts.atoms, &mut world.drafts.places);
    let mut known: Grid<(u64, usize)> = Grid::new(SAME_POI_M);
    let mut put = |(key, draft): (Option<u64>, Draft)| {
        let same = |key: u64| {
            let near = known.around(draft.point).filter(|(k, _)| *k == key);
            let mut near = near.map(|(_, n)| *n);
            near.find(|n| drafts[*n].point.distance_m(draft.point) <= SAME_POI_M)
        };
        if let Some(n) = key.and_then(same) {
            return join(&mut drafts[n], draft);
        }
        if let Some(key) = key {
            known.insert(draft.point, (key, drafts.len()));
        }
        drafts.push(draft);
    };
    let mut made = Vec::new();
    loop {
        let batch: Vec<RawPlace> = places.by_ref().take(BATCH).collect();
        let last = batch.is_empty();
        let make = |place| {
            let (key, mut draft) = draft_of(place, settlements, atoms)?;
            add_airport_names(&mut draft, &airports);
            Some((key, draft))
        };
        let (_, next) = rayon::join(
            || made.drain(..).for_each(&mut put),
            || batch.into_par_iter().filter_map(make).collect(),
        );
        made = next;
        if last {
            break;
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
        if !area.contains(draft.point) {
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

/// The operator of a place, and what people call it and the brands among its names beside that.
fn brands(place: &RawPlace) -> Vec<Name> {
    let operator = place.attributes.iter().find(|(k, _)| &**k == "operator");
    let operator = operator.map(|(_, operator)| &**operator);
    let operator = operator.filter(|operator| place.names.iter().all(|n| n.text != *operator));
    let kinds = [NameKind::Main, NameKind::Brand];
    let names = place.names.iter().filter(|n| kinds.contains(&n.kind));
    let names = names.map(|n| n.text.as_str()).chain(operator);
    let others = names.flat_map(|name| dictionary().brand_names(name));
    let mut others: Vec<&str> = others.copied().collect();
    others.sort_unstable();
    others.dedup();
    let named = |text: &str| Name {
        kind: NameKind::Brand,
        language: LanguageTag::NONE,
        text: text.to_owned(),
    };
    operator.into_iter().chain(others).map(named).collect()
}

/// A place's draft, if it has a category and a point, and what the same place would share, if it has a name.
fn draft_of(
    place: RawPlace,
    settlements: &Settlements,
    atoms: &Atoms,
) -> Option<(Option<u64>, Draft)> {
    let point = place.geometry.point?;
    let brands = brands(&place);
    let category = place.category?;
    let name = fold(place.names.first().map_or("", |n| &n.text));
    let key = (!name.is_empty()).then(|| FxBuildHasher.hash_one((name, Some(&*category))));
    let subway = place
        .attributes
        .iter()
        .any(|(k, v)| &**k == "station" && &**v == "subway");
    let layer = if crate::osm::is_station(&category) || subway {
        Layer::Station
    } else {
        Layer::Poi
    };
    let mut names = place.names;
    names.extend(brands);
    let mut draft = Draft::new(layer, vec![place.source], names, point);
    draft.parents = settlements.parents_of(point);
    draft.radius_m = place.geometry.radius_m;
    draft.attributes = place.attributes;
    let text = |atom| Box::from(atoms.get(atom));
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
    Some((key, draft))
}

/// The same place mapped twice: the outline gives the extent, both give names and facts.
fn join(draft: &mut Draft, other: Draft) {
    draft.sources.extend(other.sources);
    draft.radius_m = draft.radius_m.max(other.radius_m);
    for name in other.names {
        if !draft.names.contains(&name) {
            draft.names.push(name);
        }
    }
    for (key, value) in other.attributes {
        if draft.attribute(&key).is_none() {
            draft.attributes.push((key, value));
        }
    }
}
