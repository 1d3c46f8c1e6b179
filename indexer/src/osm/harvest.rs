//! The three passes over one file: relations, ways, nodes.

use super::nodes::NodeStore;
use super::pbf::{PbfFile, ReadError};
use super::raw::{
    Atoms, Geometry, Interpolation, Parity, RawAddress, RawArea, RawEntrance, RawHouse, RawPlace,
    RawStreet, StreetClass, StreetMembers,
};
use super::rings::assemble_rings;
use super::tags::{self, Tags};
use crate::report::{RejectReason, Rejects};
use geo::{InteriorPoint, LineString, Polygon};
use geodata::admin::layer_of_place;
use geodata::{Bbox, LonLat, Name, OsmKind, SourceId};
use osmpbfreader::osmformat::PrimitiveBlock;
use osmpbfreader::osmformat::relation::MemberType;
use rustc_hash::{FxHashMap, FxHashSet};

/// What one file holds for a geocoder.
#[derive(Default)]
pub struct Harvest {
    pub atoms: Atoms,
    pub houses: Vec<RawHouse>,
    pub streets: Vec<RawStreet>,
    pub places: Vec<RawPlace>,
    pub areas: Vec<RawArea>,
    pub entrances: Vec<RawEntrance>,
    pub interpolations: Vec<Interpolation>,
    pub street_members: Vec<StreetMembers>,
    pub rejects: Rejects,
    /// Objects looked at.
    pub read: u64,
}

/// What the tags of one object say, in owned form.
struct Feature {
    names: Vec<Name>,
    address: Option<OwnedAddress>,
    category: Option<String>,
    place: Option<String>,
    street: Option<StreetClass>,
    admin_level: Option<u8>,
    boundary: bool,
    country: Option<String>,
    entrance: Option<String>,
    interpolation: Option<Parity>,
    attributes: Vec<(Box<str>, Box<str>)>,
    reference: Option<String>,
    flats: Option<String>,
    wikidata: Option<String>,
    area: bool,
    bad_name: bool,
}

#[derive(Default, Clone)]
struct OwnedAddress {
    number: String,
    street: String,
    place: String,
    city: String,
    postcode: String,
    unit: String,
}

struct Way {
    id: i64,
    refs: Vec<i64>,
    feature: Option<Box<Feature>>,
}

struct Relation {
    id: i64,
    kind: String,
    feature: Feature,
    /// (kind, id, role)
    members: Vec<(OsmKind, i64, String)>,
}

/// Reads one file.
///
/// # Errors
/// When a block cannot be read or decoded.
pub fn harvest(file: &PbfFile, progress: &mut dyn FnMut(&str)) -> Result<Harvest, ReadError> {
    let mut harvest = Harvest::default();
    progress("relations");
    let relations = read_relations(file, &mut harvest.read)?;
    let needed: FxHashSet<i64> = relations
        .iter()
        .flat_map(|r| &r.members)
        .filter(|m| m.0 == OsmKind::Way)
        .map(|m| m.1)
        .collect();
    progress("ways");
    let ways = read_ways(file, &needed, &mut harvest.read)?;
    progress("nodes");
    let ids = ways.iter().flat_map(|w| w.refs.iter().copied()).collect();
    let mut nodes = NodeStore::for_ids(ids);
    let tagged = read_nodes(file, &mut nodes, &mut harvest.read)?;
    progress("geometry");
    let mut sorter = Sorter {
        harvest: &mut harvest,
        doors: FxHashMap::default(),
    };
    for (id, point, feature) in tagged {
        sorter.node(id, point, feature);
    }
    let outlines: FxHashMap<i64, Vec<i64>> = ways
        .iter()
        .filter(|w| needed.contains(&w.id))
        .map(|w| (w.id, w.refs.clone()))
        .collect();
    for way in ways {
        sorter.way(way, &nodes);
    }
    for relation in relations {
        sorter.relation(relation, &outlines, &nodes);
    }
    Ok(harvest)
}

fn read_relations(file: &PbfFile, read: &mut u64) -> Result<Vec<Relation>, ReadError> {
    let mut relations = Vec::new();
    let decode = |block: &PrimitiveBlock| {
        let mut found = Vec::new();
        let mut seen = 0;
        for relation in block.primitivegroup.iter().flat_map(|g| &g.relations) {
            seen += 1;
            let tags = Tags::parallel(block, &relation.keys, &relation.vals);
            let Some(kind) = tags.get("type").filter(|t| {
                matches!(
                    *t,
                    "boundary"
                        | "multipolygon"
                        | "associatedStreet"
                        | "street"
                        | "building"
                        | "site"
                )
            }) else {
                continue;
            };
            let feature = Feature::read(tags, true);
            let is_street = matches!(kind, "associatedStreet" | "street");
            if !is_street && !feature.is_wanted() {
                continue;
            }
            let text = |n: i32| {
                let bytes = usize::try_from(n)
                    .ok()
                    .and_then(|n| block.stringtable.s.get(n));
                bytes.map_or(String::new(), |b| String::from_utf8_lossy(b).into_owned())
            };
            let mut id = 0;
            let members = relation
                .memids
                .iter()
                .zip(&relation.types)
                .zip(&relation.roles_sid)
                .map(|((delta, kind), role)| {
                    id += delta;
                    let kind = match kind.enum_value_or_default() {
                        MemberType::NODE => OsmKind::Node,
                        MemberType::WAY => OsmKind::Way,
                        MemberType::RELATION => OsmKind::Relation,
                    };
                    (kind, id, text(*role))
                });
            found.push(Relation {
                id: relation.id(),
                kind: kind.to_owned(),
                feature,
                members: members.collect(),
            });
        }
        (seen, found)
    };
    file.for_each_block(OsmKind::Relation, decode, |(seen, found)| {
        *read += seen;
        relations.extend(found);
    })?;
    relations.sort_by_key(|r| r.id);
    Ok(relations)
}

fn read_ways(
    file: &PbfFile,
    needed: &FxHashSet<i64>,
    read: &mut u64,
) -> Result<Vec<Way>, ReadError> {
    let mut ways = Vec::new();
    let decode = |block: &PrimitiveBlock| {
        let mut found = Vec::new();
        let mut seen = 0;
        for way in block.primitivegroup.iter().flat_map(|g| &g.ways) {
            seen += 1;
            let tags = Tags::parallel(block, &way.keys, &way.vals);
            let feature = if tags.is_empty() {
                None
            } else {
                Some(Feature::read(tags, false)).filter(Feature::is_wanted)
            };
            if feature.is_none() && !needed.contains(&way.id()) {
                continue;
            }
            let mut at = 0;
            let refs = way.refs.iter().map(|delta| {
                at += delta;
                at
            });
            found.push(Way {
                id: way.id(),
                refs: refs.collect(),
                feature: feature.map(Box::new),
            });
        }
        (seen, found)
    };
    file.for_each_block(OsmKind::Way, decode, |(seen, found)| {
        *read += seen;
        ways.extend(found);
    })?;
    ways.sort_by_key(|w| w.id);
    Ok(ways)
}

type TaggedNode = (i64, Option<LonLat>, Feature);

fn read_nodes(
    file: &PbfFile,
    nodes: &mut NodeStore,
    read: &mut u64,
) -> Result<Vec<TaggedNode>, ReadError> {
    let mut tagged = Vec::new();
    let mut located: Vec<(usize, LonLat)> = Vec::new();
    {
        let store = &*nodes;
        let decode = |block: &PrimitiveBlock| decode_nodes(block, store);
        file.for_each_block(OsmKind::Node, decode, |(seen, places, found)| {
            *read += seen;
            located.extend(places);
            tagged.extend(found);
        })?;
    }
    for (row, point) in located {
        nodes.set(row, point);
    }
    tagged.sort_by_key(|(id, _, _)| *id);
    Ok(tagged)
}

fn decode_nodes(
    block: &PrimitiveBlock,
    store: &NodeStore,
) -> (u64, Vec<(usize, LonLat)>, Vec<TaggedNode>) {
    let (mut seen, mut places, mut found) = (0, Vec::new(), Vec::new());
    let granularity = i64::from(block.granularity());
    let e7 = |offset: i64, value: i64| i32::try_from((offset + granularity * value) / 100).ok();
    let mut visit = |id: i64, lat: i64, lon: i64, tags: Tags<'_>| {
        seen += 1;
        let (lat, lon) = (e7(block.lat_offset(), lat), e7(block.lon_offset(), lon));
        let point = lon
            .zip(lat)
            .and_then(|(lon, lat)| LonLat::from_e7(lon, lat));
        if let (Some(row), Some(point)) = (store.row(id), point) {
            places.push((row, point));
        }
        if !tags.is_empty() {
            let feature = Feature::read(tags, false);
            if feature.is_wanted() {
                found.push((id, point, feature));
            }
        }
    };
    for group in &block.primitivegroup {
        for node in &group.nodes {
            visit(
                node.id(),
                node.lat(),
                node.lon(),
                Tags::parallel(block, &node.keys, &node.vals),
            );
        }
        let (mut id, mut lat, mut lon, mut at) = (0, 0, 0, 0);
        let dense = &group.dense;
        for ((did, dlat), dlon) in dense.id.iter().zip(&dense.lat).zip(&dense.lon) {
            (id, lat, lon) = (id + did, lat + dlat, lon + dlon);
            let rest = dense.keys_vals.get(at..).unwrap_or_default();
            let end = rest
                .iter()
                .step_by(2)
                .position(|k| *k == 0)
                .map_or(rest.len(), |n| 2 * n);
            visit(
                id,
                lat,
                lon,
                Tags::interleaved(block, &rest[..end.min(rest.len())]),
            );
            at += end + 1;
        }
    }
    (seen, places, found)
}

impl Feature {
    fn read(tags: Tags<'_>, relation: bool) -> Feature {
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
    fn is_wanted(&self) -> bool {
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

/// Puts located features where they belong.
struct Sorter<'a> {
    harvest: &'a mut Harvest,
    /// Entrance nodes → their row, to find the building on whose outline they lie.
    doors: FxHashMap<i64, usize>,
}

impl Sorter<'_> {
    fn reject(&mut self, reason: RejectReason, source: SourceId) {
        self.harvest.rejects.add(reason, &source.to_string());
    }

    fn node(&mut self, id: i64, point: Option<LonLat>, feature: Feature) {
        let source = SourceId::osm(OsmKind::Node, id);
        let Some(point) = point else {
            return self.reject(RejectReason::OutsideWorld, source);
        };
        if point == LonLat::clamped(0.0, 0.0) {
            return self.reject(RejectReason::NullIsland, source);
        }
        if let Some(kind) = &feature.entrance {
            let atoms = &mut self.harvest.atoms;
            let entrance = RawEntrance {
                source,
                point,
                kind: atoms.intern(kind),
                reference: atoms.intern(feature.reference.as_deref().unwrap_or_default()),
                flats: atoms.intern(feature.flats.as_deref().unwrap_or_default()),
                building: SourceId::NONE,
                address: feature
                    .address
                    .as_ref()
                    .map(|a| intern(atoms, a))
                    .unwrap_or_default(),
                names: feature.names.clone(),
            };
            self.doors.insert(id, self.harvest.entrances.len());
            self.harvest.entrances.push(entrance);
            if feature.category.is_none() {
                return;
            }
        }
        self.feature(
            source,
            feature,
            Geometry {
                point: Some(point),
                radius_m: 0,
                rings: Vec::new(),
            },
        );
    }

    fn way(&mut self, way: Way, nodes: &NodeStore) {
        let Some(feature) = way.feature else { return };
        let source = SourceId::osm(OsmKind::Way, way.id);
        let line = nodes.line(&way.refs);
        if line.len() < 2 {
            return self.reject(RejectReason::MissingNodes, source);
        }
        if line.len() < way.refs.len() {
            self.reject(RejectReason::SomeNodesMissing, source);
        }
        if let Some(parity) = feature.interpolation {
            let with_point =
                |id: &i64| Some((SourceId::osm(OsmKind::Node, *id), nodes.point(*id)?));
            let line = way.refs.iter().filter_map(with_point).collect();
            return self.harvest.interpolations.push(Interpolation {
                source,
                parity,
                line,
            });
        }
        let closed = way.refs.first() == way.refs.last() && line.len() >= 4;
        if let Some(class) = feature.street {
            let wikidata = self
                .harvest
                .atoms
                .intern(feature.wikidata.as_deref().unwrap_or_default());
            let class = if closed && feature.area {
                StreetClass::Square
            } else {
                class
            };
            let street = RawStreet {
                source,
                names: feature.names,
                class,
                line,
                nodes: way.refs,
                wikidata,
            };
            return self.harvest.streets.push(street);
        }
        if feature.address.is_some() {
            for node in &way.refs {
                if let Some(door) = self.doors.get(node) {
                    self.harvest.entrances[*door].building = source;
                }
            }
        }
        let rings = if closed {
            vec![line.clone()]
        } else {
            Vec::new()
        };
        let geometry = Geometry {
            point: centre(&line, closed),
            radius_m: radius_m(&line),
            rings,
        };
        self.feature(source, *feature, geometry);
    }

    fn relation(
        &mut self,
        relation: Relation,
        outlines: &FxHashMap<i64, Vec<i64>>,
        nodes: &NodeStore,
    ) {
        let source = SourceId::osm(OsmKind::Relation, relation.id);
        if matches!(relation.kind.as_str(), "associatedStreet" | "street") {
            return self.street_members(relation);
        }
        let ways: Vec<&[i64]> = relation
            .members
            .iter()
            .filter(|m| {
                m.0 == OsmKind::Way
                    && !matches!(m.2.as_str(), "label" | "admin_centre" | "subarea" | "part")
            })
            .filter_map(|m| outlines.get(&m.1).map(Vec::as_slice))
            .collect();
        let rings = match assemble_rings(&ways) {
            Ok((rings, left_over)) => {
                if left_over {
                    self.reject(RejectReason::SomeRingsOpen, source);
                }
                rings
                    .iter()
                    .map(|r| nodes.line(r))
                    .filter(|r| r.len() >= 4)
                    .collect()
            }
            Err(_) => {
                self.reject(RejectReason::NoRing, source);
                Vec::new()
            }
        };
        let largest = rings.iter().max_by_key(|r| radius_m(r)).cloned();
        let any_line = || ways.iter().map(|w| nodes.line(w)).find(|l| !l.is_empty());
        let Some(line) = largest.or_else(any_line) else {
            return;
        };
        let geometry = Geometry {
            point: centre(&line, true),
            radius_m: radius_m(&line),
            rings,
        };
        let members = relation.members.iter();
        let standing: Vec<SourceId> = members
            .filter(|m| m.0 == OsmKind::Node && matches!(m.2.as_str(), "admin_centre" | "label"))
            .map(|m| SourceId::osm(OsmKind::Node, m.1))
            .collect();
        let rows = self.harvest.areas.len();
        for m in relation
            .members
            .iter()
            .filter(|m| m.0 == OsmKind::Way && relation.feature.address.is_some())
        {
            self.claim_doors(
                source,
                outlines.get(&m.1).map(Vec::as_slice).unwrap_or_default(),
            );
        }
        self.feature(source, relation.feature, geometry);
        if let Some(area) = self.harvest.areas.get_mut(rows) {
            area.nodes = standing;
        }
    }

    fn claim_doors(&mut self, building: SourceId, nodes: &[i64]) {
        for node in nodes {
            if let Some(door) = self.doors.get(node) {
                self.harvest.entrances[*door].building = building;
            }
        }
    }

    fn street_members(&mut self, relation: Relation) {
        let of = |roles: &[&str]| {
            let members = relation
                .members
                .iter()
                .filter(|m| roles.contains(&m.2.as_str()));
            members.map(|m| SourceId::osm(m.0, m.1)).collect()
        };
        let name = relation
            .feature
            .names
            .first()
            .map_or("", |n| n.text.as_str());
        let (houses, streets) = (of(&["house", "address", "addr:houselink"]), of(&["street"]));
        let name = self.harvest.atoms.intern(name);
        self.harvest.street_members.push(StreetMembers {
            name,
            houses,
            streets,
        });
    }

    /// Any located feature that is not a street: a house, a place, an area, or several of these.
    fn feature(&mut self, source: SourceId, feature: Feature, geometry: Geometry) {
        let Some(point) = geometry.point else {
            return self.reject(RejectReason::MissingNodes, source);
        };
        if feature.bad_name && feature.names.is_empty() {
            self.reject(RejectReason::BadName, source);
        }
        let address = feature
            .address
            .as_ref()
            .map(|a| intern(&mut self.harvest.atoms, a));
        if let Some(address) = address {
            self.harvest.houses.push(RawHouse {
                source,
                address,
                point,
                interpolated: false,
            });
        }
        let is_area = feature.boundary || feature.place.is_some() && !geometry.rings.is_empty();
        if feature.category.is_none() && feature.place.is_none() && !feature.boundary {
            return;
        }
        let place = RawPlace {
            source,
            names: feature.names,
            category: feature.category.map(Into::into),
            place: feature.place.map(Into::into),
            address: address.unwrap_or_default(),
            attributes: feature.attributes,
            geometry,
        };
        if is_area {
            let country = feature.country.map(Into::into);
            self.harvest.areas.push(RawArea {
                place,
                admin_level: feature.admin_level,
                country,
                nodes: Vec::new(),
            });
        } else {
            self.harvest.places.push(place);
        }
    }
}

fn intern(atoms: &mut Atoms, address: &OwnedAddress) -> RawAddress {
    RawAddress {
        number: atoms.intern(&address.number),
        street: atoms.intern(&address.street),
        place: atoms.intern(&address.place),
        city: atoms.intern(&address.city),
        postcode: atoms.intern(&address.postcode),
        unit: atoms.intern(&address.unit),
    }
}

/// A point that stands for an outline: one inside it, near its middle; the middle of an open line.
fn centre(line: &[LonLat], closed: bool) -> Option<LonLat> {
    let middle = line.get(line.len() / 2).copied();
    if !closed {
        return middle;
    }
    let ring: LineString = line.iter().map(|p| (p.lon(), p.lat())).collect();
    let point = Polygon::new(ring, Vec::new()).interior_point();
    point.map(|p| LonLat::clamped(p.x(), p.y())).or(middle)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a distance on earth in metres fits"
)]
fn radius_m(line: &[LonLat]) -> u32 {
    let Some(b) = Bbox::around(line.iter().copied()) else {
        return 0;
    };
    (LonLat::clamped(b.west, b.south).distance_m(LonLat::clamped(b.east, b.north)) / 2.0) as u32
}
