//! The three passes over one file.

use super::changes::{Changes, Standing};
use super::feature::Feature;
use super::ground::{self, NodeGround, WayGround};
use super::ids::{PackedIds, PackedList};
use super::nodes::{Cursor, NodeStore};
use super::pbf::{PbfFile, ReadError};
use super::put::OnWays;
use super::raw::{
    Atom, Atoms, Interpolation, RawAddress, RawArea, RawEntrance, RawHouse, RawPlace, RawStreet,
    StreetMembers,
};
use super::room::{Counts, Share, make_room};
use super::sort::Sorter;
use super::strings::Strings;
use super::tags::Tags;
use crate::progress::Progress;
use crate::report::Rejects;
use geodata::Outlines;
use geodata::ground::{Ground, LineKind};
use geodata::{LonLat, OsmKind};
use osmpbfreader::osmformat::relation::MemberType;
use osmpbfreader::osmformat::{Info, PrimitiveBlock};
use protobuf::MessageField;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::Path;

/// Lists of ways whose nodes are gathered on one core.
const LISTS_PER_CORE: usize = 4;

/// What one file holds that matters for a geocoder.
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
    /// Of houses, in parts, so that what is done with them is done on all cores.
    pub outlines: Vec<Outlines>,
    pub ground: Ground,
    pub rejects: Rejects,
    /// Objects looked at.
    pub read: u64,
}

/// What a node or a way is wanted for.
pub(super) enum Wanted {
    /// As part of another object, or for what it is on the ground.
    Part,
    /// A house number and nothing else: most of what a country has, so it takes no more than its address.
    House(RawAddress),
    Feature(Box<Feature>),
}

impl From<Feature> for Wanted {
    fn from(feature: Feature) -> Wanted {
        match feature.address.filter(|_| feature.is_plain_house()) {
            Some(address) => Wanted::House(address),
            None => Wanted::Feature(Box::new(feature)),
        }
    }
}

impl Wanted {
    /// Texts of another table are known by other numbers.
    fn rename(&mut self, atoms: &[Atom]) {
        match self {
            Wanted::Part => {}
            Wanted::House(address) => address.rename(atoms),
            Wanted::Feature(feature) => feature.rename(atoms),
        }
    }
}

pub(super) struct Way {
    pub(super) id: i64,
    pub(super) refs: PackedList,
    pub(super) wanted: Wanted,
    pub(super) ground: Option<WayGround>,
}

/// The ways of a file, in the order of their ids.
#[derive(Default)]
pub(super) struct Ways {
    /// As they came: each block is free as soon as its ways are where they belong.
    pub(super) blocks: Vec<Vec<Way>>,
    pub(super) refs: PackedIds,
}

impl Ways {
    /// Puts ways in order, should the file not have them so.
    fn sort(&mut self) {
        if self.blocks.iter().flatten().is_sorted_by_key(|way| way.id) {
            return;
        }
        let blocks = std::mem::take(&mut self.blocks);
        let len = blocks.iter().map(Vec::len).max().unwrap_or_default();
        let mut list: Vec<Way> = blocks.into_iter().flatten().collect();
        list.sort_by_key(|way| way.id);
        let mut rest = list.into_iter();
        while rest.len() > 0 {
            self.blocks.push(rest.by_ref().take(len).collect());
        }
    }

    /// A store for the nodes of all ways.
    fn nodes(&self) -> NodeStore {
        // Each core takes a few lists, so that it has something to do to the end.
        let lists = LISTS_PER_CORE * rayon::current_num_threads();
        let lists: Vec<&[Vec<Way>]> = self.blocks.chunks(self.blocks.len() / lists + 1).collect();
        NodeStore::for_ids(&lists, |blocks| {
            let ways = blocks.iter().flatten();
            ways.flat_map(|way| self.refs.get(way.refs))
        })
    }
}

pub(super) struct Relation {
    pub(super) id: i64,
    pub(super) kind: String,
    pub(super) feature: Feature,
    pub(super) ground: Option<WayGround>,
    /// (kind, id, role)
    pub(super) members: Vec<(OsmKind, i64, String)>,
}

/// A node with tags, if its place is on earth.
pub(super) struct TaggedNode {
    pub(super) id: i64,
    pub(super) point: Option<LonLat>,
    pub(super) wanted: Wanted,
    pub(super) ground: Option<NodeGround>,
}

/// Reads one file as some diffs leave it.
///
/// # Errors
/// When a block cannot be read or decoded.
pub fn harvest(
    file: &PbfFile,
    changes: &Changes,
    progress: &Progress,
) -> Result<Harvest, ReadError> {
    let name = file.path().file_name().map_or(Path::new(""), Path::new);
    let stage = |pass: &str| progress.stage(&format!("read {}: {pass}", name.display()));
    let mut passes = Passes {
        file,
        changes,
        progress,
        harvest: Harvest::default(),
    };
    stage("relations");
    let relations = passes.relations()?;
    let needed: FxHashSet<i64> = relations
        .iter()
        .flat_map(|r| &r.members)
        .filter(|m| m.0 == OsmKind::Way)
        .map(|m| m.1)
        .collect();
    stage("ways");
    let ways = passes.ways(&needed)?;
    stage("nodes");
    let nodes = ways.nodes();
    let after = make_room(&mut passes.harvest, &ways.blocks);
    let on_ways = passes.nodes(&nodes, after)?;
    stage("geometry");
    let mut harvest = passes.harvest;
    let parts = ways.blocks.par_iter().flatten_iter();
    let parts = parts.filter(|w| needed.contains(&w.id));
    let outlines = parts.map(|w| (w.id, ways.refs.get(w.refs).collect()));
    let outlines: FxHashMap<i64, Vec<i64>> = outlines.collect();
    let mut sorter = Sorter::new(&mut harvest, &nodes, &on_ways);
    sorter.ways(ways, progress);
    for relation in relations {
        sorter.relation(relation, &outlines);
    }
    sorter.finish();
    Ok(harvest)
}

/// What one block gives, with texts of its own.
struct Taken<T> {
    seen: u64,
    atoms: Atoms,
    items: Vec<T>,
    /// Objects that the block has in a newer state than the diffs.
    newer: Vec<i64>,
}

impl<T> Default for Taken<T> {
    fn default() -> Taken<T> {
        Taken {
            seen: 0,
            atoms: Atoms::default(),
            items: Vec::new(),
            newer: Vec::new(),
        }
    }
}

/// Which objects of a block count.
#[derive(Clone, Copy)]
enum Filter<'a> {
    /// Those of the extract that no diff touches.
    Extract(&'a Changes, OsmKind),
    /// Those of the diffs, unless the extract is newer.
    Diffs(&'a FxHashSet<i64>),
}

impl Filter<'_> {
    fn admits<T>(self, id: i64, version: Option<i32>, taken: &mut Taken<T>) -> bool {
        taken.seen += 1;
        match self {
            Filter::Extract(changes, kind) => match changes.replaces(kind, id, version) {
                Standing::Untouched => true,
                Standing::Replaced => false,
                Standing::Newer => {
                    taken.newer.push(id);
                    true
                }
            },
            Filter::Diffs(newer) => !newer.contains(&id),
        }
    }
}

fn version(info: &MessageField<Info>) -> Option<i32> {
    info.as_ref().filter(|i| i.has_version()).map(Info::version)
}

struct Passes<'a> {
    file: &'a PbfFile,
    changes: &'a Changes,
    progress: &'a Progress,
    harvest: Harvest,
}

/// How the objects of a block fit into the harvest.
struct Adoption<'a> {
    /// What the texts of the block are called.
    atoms: &'a [Atom],
    /// By how many bytes its references move.
    by: usize,
    share: Share,
}

impl Passes<'_> {
    /// What every block of the file that can hold a kind of object brings, then those of the diffs, in order: `take` gets
    /// the objects of each. Returns the references of all.
    fn pass<T: Send>(
        &mut self,
        kind: OsmKind,
        read: impl Fn(&PrimitiveBlock, Filter<'_>) -> (Taken<T>, PackedIds) + Sync,
        mut take: impl FnMut(&mut Harvest, Vec<T>, Adoption<'_>),
    ) -> Result<PackedIds, ReadError> {
        let Passes {
            file,
            changes,
            progress,
            harvest,
        } = self;
        let mut refs = PackedIds::default();
        let mut newer = FxHashSet::default();
        let mut absorb = |(taken, its_refs): (Taken<T>, PackedIds), share: Share| {
            harvest.read += taken.seen;
            let atoms = &harvest.atoms.take_up(&taken.atoms);
            let by = refs.append(&its_refs, share);
            take(harvest, taken.items, Adoption { atoms, by, share });
            taken.newer
        };
        let of_extract = |block: &PrimitiveBlock| read(block, Filter::Extract(changes, kind));
        file.for_each_block(kind, of_extract, |taken, done, blocks| {
            newer.extend(absorb(taken, Share { done, of: blocks }));
            progress.at(done, blocks, "blocks");
        })?;
        if changes.touches(kind) {
            for block in changes.blocks(kind) {
                absorb(read(block, Filter::Diffs(&newer)), Share::ALL);
            }
        }
        Ok(refs)
    }

    fn relations(&mut self) -> Result<Vec<Relation>, ReadError> {
        let mut relations: Vec<Relation> = Vec::new();
        self.pass(OsmKind::Relation, read_relations, |_, mut block, at| {
            block.iter_mut().for_each(|r| r.feature.rename(at.atoms));
            relations.append(&mut block);
        })?;
        relations.sort_by_key(|r| r.id);
        Ok(relations)
    }

    fn ways(&mut self, needed: &FxHashSet<i64>) -> Result<Ways, ReadError> {
        let read = |block: &PrimitiveBlock, filter: Filter<'_>| read_ways(block, filter, needed);
        let mut ways = Ways::default();
        ways.refs = self.pass(OsmKind::Way, read, |_, mut block, at| {
            for way in &mut block {
                way.refs = way.refs.moved(at.by);
                way.wanted.rename(at.atoms);
            }
            // What a block is made from is used for the next one again, so what stays is moved away from it.
            let mut kept = Vec::with_capacity(block.len());
            kept.append(&mut block);
            ways.blocks.push(kept);
        })?;
        ways.sort();
        Ok(ways)
    }

    /// Sets the coordinates of the nodes of a store, and puts away those that are something themselves, beside which the
    /// harvest has to hold what comes `after` them.
    fn nodes(&mut self, nodes: &NodeStore, after: Counts) -> Result<OnWays, ReadError> {
        let mut on_ways = OnWays::default();
        let read = |block: &PrimitiveBlock, filter: Filter<'_>| read_nodes(block, filter, nodes);
        self.pass(OsmKind::Node, read, |harvest, block, at| {
            let counts = block.iter().map(|node| Counts::of(&node.wanted)).sum();
            at.share.make_room_in(harvest, counts, after);
            for mut node in block {
                node.wanted.rename(at.atoms);
                node.ground.iter_mut().for_each(|g| g.rename(at.atoms));
                harvest.node(node, &mut on_ways);
            }
        })?;
        self.harvest.sort();
        Ok(on_ways)
    }
}

fn read_relations(block: &PrimitiveBlock, filter: Filter<'_>) -> (Taken<Relation>, PackedIds) {
    let (mut taken, strings) = (Taken::default(), Strings::of(block));
    for relation in block.primitivegroup.iter().flat_map(|g| &g.relations) {
        if !filter.admits(relation.id(), version(&relation.info), &mut taken) {
            continue;
        }
        let tags = Tags::parallel(&strings, &relation.keys, &relation.vals);
        let kinds = [
            "boundary",
            "multipolygon",
            "associatedStreet",
            "street",
            "building",
            "site",
        ];
        let Some(kind) = tags.get("type").filter(|t| kinds.contains(t)) else {
            continue;
        };
        let feature = Feature::read(tags, true);
        let is_street = matches!(kind, "associatedStreet" | "street");
        let ground = ground::read_way(tags).filter(|_| kind != "boundary");
        let is_water = ground.is_some_and(|g| g.line == Some(LineKind::Water));
        if !is_street && !is_water && !feature.is_wanted() {
            continue;
        }
        let text = |n: i32| {
            let bytes = usize::try_from(n).ok().and_then(|n| strings.bytes(n));
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
        taken.items.push(Relation {
            id: relation.id(),
            kind: kind.to_owned(),
            feature,
            ground,
            members: members.collect(),
        });
    }
    taken.atoms = strings.into_atoms();
    (taken, PackedIds::default())
}

fn read_ways(
    block: &PrimitiveBlock,
    filter: Filter<'_>,
    needed: &FxHashSet<i64>,
) -> (Taken<Way>, PackedIds) {
    let (mut taken, mut refs) = (Taken::default(), PackedIds::default());
    let strings = Strings::of(block);
    for way in block.primitivegroup.iter().flat_map(|g| &g.ways) {
        if !filter.admits(way.id(), version(&way.info), &mut taken) {
            continue;
        }
        let tags = Tags::parallel(&strings, &way.keys, &way.vals);
        let feature = tags
            .may_matter()
            .then(|| Feature::read(tags, false))
            .filter(Feature::is_wanted);
        let ground = ground::read_way(tags);
        let wanted = match feature {
            Some(feature) => feature.into(),
            None if ground.is_some_and(WayGround::stands_alone) || needed.contains(&way.id()) => {
                Wanted::Part
            }
            None => continue,
        };
        taken.items.push(Way {
            id: way.id(),
            refs: refs.push(&way.refs),
            wanted,
            ground,
        });
    }
    taken.atoms = strings.into_atoms();
    (taken, refs)
}

fn read_nodes(
    block: &PrimitiveBlock,
    filter: Filter<'_>,
    store: &NodeStore,
) -> (Taken<TaggedNode>, PackedIds) {
    let (mut taken, strings) = (Taken::default(), Strings::of(block));
    let granularity = i64::from(block.granularity());
    let e7 = |offset: i64, value: i64| i32::try_from((offset + granularity * value) / 100).ok();
    let mut last = Cursor::default();
    let mut visit = |id: i64, version: Option<i32>, (lat, lon): (i64, i64), tags: Tags<'_>| {
        if !filter.admits(id, version, &mut taken) {
            return;
        }
        let (lat, lon) = (e7(block.lat_offset(), lat), e7(block.lon_offset(), lon));
        let point = lon
            .zip(lat)
            .and_then(|(lon, lat)| LonLat::from_e7(lon, lat));
        if let (Some(row), Some(point)) = (store.row_after(id, &mut last), point) {
            store.set(row, point);
        }
        if !tags.may_matter() {
            return;
        }
        let feature = Some(Feature::read(tags, false));
        let feature = feature.filter(Feature::is_wanted);
        let ground = ground::read_node(tags);
        if feature.is_some() || ground.is_some() {
            taken.items.push(TaggedNode {
                id,
                point,
                wanted: feature.map_or(Wanted::Part, Wanted::from),
                ground,
            });
        }
    };
    for group in &block.primitivegroup {
        for node in &group.nodes {
            let tags = Tags::parallel(&strings, &node.keys, &node.vals);
            visit(
                node.id(),
                version(&node.info),
                (node.lat(), node.lon()),
                tags,
            );
        }
        let (mut id, mut lat, mut lon, mut at) = (0, 0, 0, 0);
        let dense = &group.dense;
        let versions = dense.denseinfo.as_ref().map_or(&[][..], |i| &i.version);
        for (n, ((did, dlat), dlon)) in dense.id.iter().zip(&dense.lat).zip(&dense.lon).enumerate()
        {
            (id, lat, lon) = (id + did, lat + dlat, lon + dlon);
            let rest = dense.keys_vals.get(at..).unwrap_or_default();
            let end = rest
                .iter()
                .step_by(2)
                .position(|k| *k == 0)
                .map_or(rest.len(), |n| 2 * n);
            let tags = Tags::interleaved(&strings, &rest[..end.min(rest.len())]);
            visit(id, versions.get(n).copied(), (lat, lon), tags);
            at += end + 1;
        }
    }
    taken.atoms = strings.into_atoms();
    (taken, PackedIds::default())
}
