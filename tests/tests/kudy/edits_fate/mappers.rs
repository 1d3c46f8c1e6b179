//! What mappers do to a map: a diff of random changes to named streets, houses and shops, and of new ones.

use super::cartographers::{next, pick};
use osmpbfreader::{OsmObj, OsmPbfReader};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs::File;
use std::path::Path;

/// New objects have ids from here on.
const NEW_IDS: i64 = 13_000_000_000;

/// What becomes of a street, and of the addresses on it.
enum Street {
    Renamed(String),
    AlsoNamed(String),
    /// Taken out of the map, its addresses stay.
    Erased,
}

/// A diff in OSM's change format.
pub(crate) fn work(extract: &Path, seed: &mut u64) -> String {
    let file = File::open(extract).expect("an extract");
    let objects: Vec<OsmObj> = OsmPbfReader::new(file).iter().map(Result::unwrap).collect();
    let streets = streets(&objects, seed);
    let names: Vec<&str> = objects.iter().filter_map(street_name).collect();
    let mut diff = Diff {
        text: "<osmChange version=\"0.6\">".to_owned(),
        new: NEW_IDS,
    };
    for object in &objects {
        let tags: BTreeMap<String, String> = object
            .tags()
            .iter()
            .map(|(k, v)| (k.to_string(), v.to_string()))
            .collect();
        if let Some(name) = street_name(object) {
            match streets.get(name) {
                Some(Street::Renamed(to)) => diff.modify(object, &with(&tags, "name", to), 0.0),
                Some(Street::AlsoNamed(also)) => {
                    diff.modify(object, &with(&tags, "alt_name", also), 0.0)
                }
                Some(Street::Erased) => diff.delete(object),
                None if next(seed).is_multiple_of(80) => diff.new_street(object, &tags),
                None => {}
            }
        } else if let Some(number) = tags.get("addr:housenumber") {
            let other = names[pick(seed, names.len())];
            change_house(
                &mut diff,
                object,
                (&tags, number),
                (&streets, other, next(seed)),
            );
        } else if tags.contains_key("name")
            && (tags.contains_key("shop") || tags.contains_key("amenity"))
        {
            change_thing(&mut diff, object, &tags, next(seed));
        }
    }
    diff.text.push_str("</osmChange>");
    diff.text
}

fn street_name(object: &OsmObj) -> Option<&str> {
    let way = object.way()?;
    way.tags.get("highway")?;
    way.tags.get("name").map(|name| name.as_str())
}

/// What becomes of some of the streets; of those that are renamed some become another one.
fn streets(objects: &[OsmObj], seed: &mut u64) -> BTreeMap<String, Street> {
    let all: BTreeSet<&str> = objects.iter().filter_map(street_name).collect();
    let all: Vec<&str> = all.into_iter().collect();
    let mut changed = BTreeMap::new();
    for name in &all {
        let other = all[pick(seed, all.len())];
        let what = match next(seed) % 40 {
            0 | 1 => Street::Renamed(other.to_owned()),
            2 | 3 => Street::Renamed(format!("{name} Нова")),
            4 => Street::AlsoNamed(format!("{name} інакше")),
            5 => Street::Erased,
            _ => continue,
        };
        changed.insert((*name).to_owned(), what);
    }
    changed
}

fn change_house(
    diff: &mut Diff,
    object: &OsmObj,
    (tags, number): (&BTreeMap<String, String>, &str),
    (streets, other, random): (&BTreeMap<String, Street>, &str, u64),
) {
    if let Some(Street::Renamed(to)) = tags.get("addr:street").and_then(|s| streets.get(s)) {
        return diff.modify(object, &with(tags, "addr:street", to), 0.0);
    }
    match random % 50 {
        0 => diff.modify(
            object,
            &with(tags, "addr:housenumber", &format!("{number}Ю")),
            0.0,
        ),
        1 if object.is_node() => diff.modify(object, tags, 0.0003),
        2 => diff.modify(object, &with(tags, "addr:street", other), 0.0),
        3 => diff.modify(object, &with(tags, "addr:postcode", "54321"), 0.0),
        4 => diff.delete(object),
        5 => diff.beside(
            object,
            &with(tags, "addr:housenumber", &format!("{number}Н")),
        ),
        _ => {}
    }
}

fn change_thing(diff: &mut Diff, object: &OsmObj, tags: &BTreeMap<String, String>, random: u64) {
    let name = &tags["name"];
    match random % 24 {
        0 => diff.modify(object, &with(tags, "name", &format!("{name} Плюс")), 0.0),
        1 => diff.modify(object, &with(tags, "shop", "outpost"), 0.0),
        2 => diff.modify(object, &with(tags, "opening_hours", "24/7"), 0.0),
        3 if object.is_node() => diff.modify(object, tags, 0.0003),
        4 => diff.modify(
            object,
            &with(tags, "alt_name", &format!("{name} інакше")),
            0.0,
        ),
        5 => diff.delete(object),
        6 => diff.beside(object, &with(tags, "name", &format!("{name} Нова"))),
        _ => {}
    }
}

fn with(tags: &BTreeMap<String, String>, key: &str, value: &str) -> BTreeMap<String, String> {
    let mut tags = tags.clone();
    tags.insert(key.to_owned(), value.to_owned());
    tags
}

struct Diff {
    text: String,
    new: i64,
}

impl Diff {
    fn modify(&mut self, object: &OsmObj, tags: &BTreeMap<String, String>, north: f64) {
        let (head, body, kind) = match object {
            OsmObj::Node(n) => {
                let at = format!("lon=\"{}\" lat=\"{}\"", n.lon(), n.lat() + north);
                (
                    format!("node id=\"{}\" version=\"999\" {at}", n.id.0),
                    String::new(),
                    "node",
                )
            }
            OsmObj::Way(w) => (
                format!("way id=\"{}\" version=\"999\"", w.id.0),
                refs(w),
                "way",
            ),
            OsmObj::Relation(_) => return,
        };
        let tags = write_tags(tags);
        self.write(&format!("<modify><{head}>{body}{tags}</{kind}></modify>"));
    }

    fn delete(&mut self, object: &OsmObj) {
        let (kind, id) = match object {
            OsmObj::Node(n) => ("node", n.id.0),
            OsmObj::Way(w) => ("way", w.id.0),
            OsmObj::Relation(_) => return,
        };
        self.write(&format!(
            "<delete><{kind} id=\"{id}\" version=\"999\"/></delete>"
        ));
    }

    /// A node like this one, some metres off.
    fn beside(&mut self, object: &OsmObj, tags: &BTreeMap<String, String>) {
        let Some(node) = object.node() else { return };
        self.new += 1;
        let (id, lon, lat) = (self.new, node.lon() + 0.0002, node.lat());
        let tags = write_tags(tags);
        self.write(&format!(
            "<create><node id=\"{id}\" version=\"1\" lon=\"{lon}\" lat=\"{lat}\">{tags}</node></create>"
        ));
    }

    /// A street of another name along the same nodes.
    fn new_street(&mut self, object: &OsmObj, tags: &BTreeMap<String, String>) {
        let Some(way) = object.way() else { return };
        self.new += 1;
        let (id, refs) = (self.new, refs(way));
        let tags = write_tags(&with(tags, "name", &format!("вулиця Щойно {id}")));
        self.write(&format!(
            "<create><way id=\"{id}\" version=\"1\">{refs}{tags}</way></create>"
        ));
    }

    fn write(&mut self, text: &str) {
        self.text
            .write_str(text)
            .expect("a string takes everything");
    }
}

fn refs(way: &osmpbfreader::Way) -> String {
    way.nodes
        .iter()
        .map(|n| format!("<nd ref=\"{}\"/>", n.0))
        .collect()
}

fn write_tags(tags: &BTreeMap<String, String>) -> String {
    let escape = |text: &str| {
        text.replace('&', "&amp;")
            .replace('"', "&quot;")
            .replace('<', "&lt;")
    };
    tags.iter()
        .map(|(k, v)| format!("<tag k=\"{}\" v=\"{}\"/>", escape(k), escape(v)))
        .collect()
}
