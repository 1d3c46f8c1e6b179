//! The plain rule: what becomes of an edit, said without a word of the merge. It reads two lists of everything, of the map
//! as it was and as it is now, and takes one edit after the other.
//!
//! 1. A field that the map has not touched keeps its edit; one that has come to the same value absorbs it; one that went
//!    elsewhere is a conflict, in which the edit stays in force.
//! 2. Nothing is left to take away where the map has done it, or has made one of it and another; whoever is taken away and
//!    has changed meanwhile is a conflict.
//! 3. What edits create retires once the map has all of it.
//! 4. An edit whose target is gone waits for somebody, and changes nothing else instead.

use super::cartographers::Case;
use super::world::{House, Place, World};
use geodata::base::EditState;
use geodata::edits::{Edit, Operation, SAME_POINT_M};
use geodata::{Layer, LonLat, PlaceId, SourceId};
use serde_json::Value;
use std::collections::BTreeMap;

/// A place that is new on the map this near to one of its name that an edit creates is the same, in metres.
const SAME_NAME_M: f64 = 500.0;
const SAME_HOUSE_M: f64 = 150.0;

/// The map when the edits were made, and the map of the night.
pub(crate) struct Maps<'w> {
    pub(crate) was: &'w World,
    pub(crate) is: &'w World,
}

/// What becomes of an edit by the map alone, and `world` with the edit where it is in force.
pub(crate) fn settle(case: &Case, edit: &Edit, maps: &Maps, world: &mut World) -> EditState {
    let fate = fate(case, edit, maps);
    let (state, in_force) = match fate {
        Fate::Kept => (EditState::Approved, true),
        Fate::Absorbed => (EditState::Absorbed, false),
        Fate::Conflicted => (EditState::Conflicted, true),
        Fate::Gone => (EditState::Conflicted, false),
    };
    if in_force {
        apply(case, edit, maps, world);
    }
    state
}

enum Fate {
    Kept,
    Absorbed,
    Conflicted,
    Gone,
}

fn fate(case: &Case, edit: &Edit, maps: &Maps) -> Fate {
    let map = maps.is;
    match edit.operation {
        operation if operation.sets_fields() => match read_target(case, map) {
            None => Fate::Gone,
            Some(field) => compare(edit, &field),
        },
        Operation::Delete | Operation::Hide => match read_target(case, map) {
            None => Fate::Absorbed,
            Some(field) if edit.before.iter().all(|(k, v)| same(v, &field(k))) => Fate::Kept,
            Some(_) => Fate::Conflicted,
        },
        Operation::Merge => match (map.places.contains_key(&case.place()), into(edit, map)) {
            (false, _) => Fate::Absorbed,
            (true, None) => Fate::Gone,
            (true, Some(_)) => Fate::Kept,
        },
        Operation::AddSynonym => match map.resolve(case.place()) {
            None => Fate::Gone,
            Some(id) => {
                let wanted = text(edit, "synonym").to_lowercase();
                let mut names = map.places[&id].names.iter();
                let known = names.any(|(_, name)| name.to_lowercase() == wanted);
                if known { Fate::Absorbed } else { Fate::Kept }
            }
        },
        Operation::Split => match map.resolve(case.place()) {
            None => Fate::Gone,
            Some(street) if split_off(case, street, map).is_empty() => Fate::Absorbed,
            Some(_) => Fate::Kept,
        },
        Operation::CreateHouses => match map.resolve(case.place()) {
            None => Fate::Gone,
            Some(street) if missing(edit, street, map).is_empty() => Fate::Absorbed,
            Some(_) => Fate::Kept,
        },
        _ => match twin(edit, maps) {
            Some(id) if missing(edit, id, map).is_empty() => Fate::Absorbed,
            _ => Fate::Kept,
        },
    }
}

/// Three values per field: what the map had, what it has, what the edit wants.
fn compare(edit: &Edit, field: &dyn Fn(&str) -> Value) -> Fate {
    let theirs = |key: &String| field(key);
    let base = |key: &String| edit.before.get(key).cloned().unwrap_or(Value::Null);
    if edit.after.iter().all(|(k, ours)| same(&theirs(k), ours)) {
        return Fate::Absorbed;
    }
    let elsewhere =
        |(k, ours): (&String, &Value)| !same(&theirs(k), ours) && !same(&theirs(k), &base(k));
    if edit.after.iter().any(elsewhere) {
        Fate::Conflicted
    } else {
        Fate::Kept
    }
}

fn same(a: &Value, b: &Value) -> bool {
    match (read_point(a), read_point(b)) {
        (Some(a), Some(b)) => a.distance_m(b) <= SAME_POINT_M,
        _ => a == b,
    }
}

fn read_point(value: &Value) -> Option<LonLat> {
    let [lon, lat] = value.as_array()?.as_slice() else {
        return None;
    };
    LonLat::new(lon.as_f64()?, lat.as_f64()?).ok()
}

/// Gives the value of a field.
type Read<'w> = Box<dyn Fn(&str) -> Value + 'w>;

/// What the map says of an edit's own target, field by field.
fn read_target<'w>(case: &Case, map: &'w World) -> Option<Read<'w>> {
    if let Some(source) = case.source {
        let house = map.houses.get(&source)?.first()?;
        return Some(Box::new(|key| house.field(key)));
    }
    let place = map.places.get(&case.place())?;
    Some(Box::new(|key| place.field(key)))
}

fn text<'e>(edit: &'e Edit, key: &str) -> &'e str {
    edit.after[key].as_str().expect("a text")
}

fn into(edit: &Edit, map: &World) -> Option<PlaceId> {
    map.resolve(edit.place_in("into")?)
}

/// Houses of a split that the map still has on the street.
fn split_off(case: &Case, street: PlaceId, map: &World) -> Vec<SourceId> {
    let stays = |source: &&SourceId| {
        let found = map.houses.get(source);
        found.is_some_and(|on| on.iter().any(|h| h.street == street))
    };
    case.houses.iter().filter(stays).copied().collect()
}

/// Houses of an edit that the map has not on a street.
fn missing(edit: &Edit, street: PlaceId, map: &World) -> Vec<usize> {
    let houses = edit.new_houses().into_iter().enumerate();
    let has = |number: &str, point: LonLat| {
        let mut all = map.houses.iter().filter(|(source, _)| !source.is_edit());
        all.any(|(_, on)| {
            on.iter().any(|h| {
                let near = h.point.distance_m(point) <= SAME_HOUSE_M;
                h.street == street && h.number == number && near && !h.interpolated
            })
        })
    };
    houses
        .filter(|(_, h)| !has(&h.number, h.point))
        .map(|(n, _)| n)
        .collect()
}

/// The place that is new on the map and that an edit creates, too.
fn twin(edit: &Edit, maps: &Maps) -> Option<PlaceId> {
    let name = edit.after.get("name")?.as_str()?.to_lowercase();
    let point = edit.position()?;
    let street = edit.operation == Operation::CreateStreet;
    let alike = |place: &Place| {
        let mut names = place.names.iter();
        let kind = if street {
            place.layer == Layer::Street
        } else {
            is_thing(place.layer)
        };
        kind && names.next().is_some_and(|(_, n)| n.to_lowercase() == name)
    };
    let new = maps
        .is
        .places
        .iter()
        .filter(|(id, _)| !maps.was.places.contains_key(id));
    let near = new.filter(|(_, place)| alike(place));
    let near = near.map(|(id, place)| (place.point.distance_m(point), *id));
    let near = near.filter(|(distance_m, _)| *distance_m <= SAME_NAME_M);
    near.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, id)| id)
}

fn is_thing(layer: Layer) -> bool {
    !layer.is_area() && layer != Layer::Street
}

/// Does to the lists what an edit says.
fn apply(case: &Case, edit: &Edit, maps: &Maps, world: &mut World) {
    let map = maps.is;
    let on = case.target.and_then(|t| map.resolve(t.place));
    match edit.operation {
        Operation::Delete | Operation::Hide => remove(case, world),
        Operation::Merge => merge(case.place(), into(edit, map).expect("checked"), world),
        Operation::Split => {
            let (from, to) = (
                on.expect("checked"),
                edit.created_id().expect("a new street"),
            );
            create(to, edit, (Layer::Street, map.places[&from].point), world);
            for source in split_off(case, from, map) {
                rehouse(world, source, |h| {
                    h.street = if h.street == from { to } else { h.street }
                });
            }
        }
        Operation::AddSynonym => {
            let place = world.places.get_mut(&on.expect("checked")).expect("there");
            place
                .names
                .push(("alt_name".to_owned(), text(edit, "synonym").to_owned()));
        }
        Operation::CreateHouses => add_houses(edit, (on.expect("checked"), 0), map, world),
        Operation::CreateStreet => {
            let point = edit.position().expect("given by the test");
            let own = edit.created_id().expect("a new street");
            let street = twin(edit, maps).unwrap_or(own);
            if street == own {
                create(own, edit, (Layer::Street, point), world);
            }
            add_houses(edit, (street, 1), map, world);
        }
        Operation::CreatePlace => {
            let point = edit.position().expect("given by the test");
            let layer = text(edit, "layer").parse().expect("a layer");
            create(
                edit.created_id().expect("a new place"),
                edit,
                (layer, point),
                world,
            );
        }
        _ => set_fields(case, edit, world),
    }
}

fn set_fields(case: &Case, edit: &Edit, world: &mut World) {
    for (key, value) in &edit.after {
        let text = value.as_str().unwrap_or_default().to_owned();
        if let Some(source) = case.source {
            rehouse(world, source, |house| match key.as_str() {
                "housenumber" => house.number.clone_from(&text),
                "postcode" => house.postcode.clone_from(&text),
                "street" => house.street = edit.place_in("street").expect("an id"),
                _ => house.point = read_point(value).expect("a point"),
            });
            continue;
        }
        let place = world.places.get_mut(&case.place()).expect("checked");
        set_field(place, key, value);
    }
}

fn set_field(place: &mut Place, key: &str, value: &Value) {
    let text = value.as_str().unwrap_or_default().to_owned();
    match key {
        "position" => place.point = read_point(value).expect("a point"),
        "category" => place.category = text,
        _ if geodata::edits::is_name(key) => {
            place.names.retain(|(k, _)| k != key);
            let texts = text.split(';').map(str::trim).filter(|t| !t.is_empty());
            place
                .names
                .extend(texts.map(|t| (key.to_owned(), t.to_owned())));
        }
        _ if value.is_null() => drop(place.attributes.remove(key)),
        _ => drop(place.attributes.insert(key.to_owned(), text)),
    }
}

fn create(id: PlaceId, edit: &Edit, (layer, point): (Layer, LonLat), world: &mut World) {
    let mut place = Place {
        layer,
        names: Vec::new(),
        attributes: BTreeMap::new(),
        category: String::new(),
        point,
    };
    let own = ["layer", "position", "houses", "lines", "within"];
    for (key, value) in edit
        .after
        .iter()
        .filter(|(k, _)| !own.contains(&k.as_str()))
    {
        set_field(&mut place, key, value);
    }
    world.places.insert(id, place);
}

fn add_houses(edit: &Edit, (street, first): (PlaceId, u16), map: &World, world: &mut World) {
    let houses = edit.new_houses();
    for n in missing(edit, street, map) {
        let part = first + u16::try_from(n).expect("few houses");
        let house = House {
            street,
            number: houses[n].number.clone(),
            point: houses[n].point,
            postcode: houses[n].postcode.clone(),
            interpolated: false,
        };
        let found = world.houses.entry(SourceId::edit(edit.number, part));
        found.or_default().insert(house);
    }
}

fn remove(case: &Case, world: &mut World) {
    match case.source {
        Some(source) => drop(world.houses.remove(&source)),
        None => {
            world.places.remove(&case.place());
            world.retain_houses(|house| house.street != case.place());
        }
    }
}

fn merge(from: PlaceId, to: PlaceId, world: &mut World) {
    let taken = world.places.remove(&from).expect("checked");
    let joined = world.places.get_mut(&to).expect("checked");
    for (key, text) in taken.names {
        if joined.names.iter().all(|(_, known)| *known != text) {
            let language = key.strip_prefix("name");
            let key = language.map_or(key.clone(), |language| format!("alt_name{language}"));
            joined.names.push((key, text));
        }
    }
    let sources: Vec<SourceId> = world.houses.keys().copied().collect();
    for source in sources {
        rehouse(world, source, |h| {
            h.street = if h.street == from { to } else { h.street }
        });
    }
}

fn rehouse(world: &mut World, source: SourceId, change: impl Fn(&mut House)) {
    if let Some(found) = world.houses.remove(&source) {
        let changed = found.into_iter().map(|mut house| {
            change(&mut house);
            house
        });
        let changed = changed.collect();
        world.houses.insert(source, changed);
    }
}
