//! The three passes over one file: relations, ways, nodes.

use super::feature::Feature;
use super::nodes::NodeStore;
use super::pbf::{PbfFile, ReadError};
use super::raw::{
    Atoms, Interpolation, RawArea, RawEntrance, RawHouse, RawPlace, RawStreet, StreetMembers,
};
use super::sort::Sorter;
use super::tags::Tags;
use crate::report::Rejects;
use geodata::{LonLat, OsmKind};
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

pub(super) struct Way {
    pub(super) id: i64,
    pub(super) refs: Vec<i64>,
    pub(super) feature: Option<Box<Feature>>,
}

pub(super) struct Relation {
    pub(super) id: i64,
    pub(super) kind: String,
    pub(super) feature: Feature,
    /// (kind, id, role)
    pub(super) members: Vec<(OsmKind, i64, String)>,
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
