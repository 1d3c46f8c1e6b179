//! Ways and relations → houses, streets, places, areas, roads: each is located and goes where it belongs, or is counted.

use super::ground::WayGround;
use super::harvest::{Harvest, Relation, Wanted, Way, Ways};
use super::locate::{Located, LocatedPart, Locator, centre, radius_m};
use super::nodes::NodeStore;
use super::put::OnWays;
use super::raw::{Geometry, Interpolation, RawStreet, StreetClass, StreetMembers};
use super::rings::assemble_rings;
use super::roads::{self, RawRoad};
use crate::progress::Progress;
use crate::report::RejectReason;
use geodata::ground::{AreaKind, LineKind, Mark};
use geodata::{Atom, LonLat, OsmKind, SourceId};
use rustc_hash::{FxHashMap, FxHashSet};

/// Half the diagonal of a building that stands in a walker's way, in metres: around smaller ones the way is as long.
const MIN_BUILDING_M: u32 = 15;

/// Puts located ways and relations where they belong.
pub(super) struct Sorter<'a> {
    harvest: &'a mut Harvest,
    nodes: &'a NodeStore,
    /// Entrances by the row of their node, to find the building on whose outline they lie.
    doors: FxHashMap<u32, usize>,
    roads: Vec<RawRoad>,
    /// Rows of nodes that no car passes.
    closed_gates: FxHashSet<u32>,
}

impl<'a> Sorter<'a> {
    /// Sorts behind the nodes, some of which mean something to the ways that have them.
    pub(super) fn new(
        harvest: &'a mut Harvest,
        nodes: &'a NodeStore,
        on_ways: &OnWays,
    ) -> Sorter<'a> {
        let row = |id: &i64| u32::try_from(nodes.row(*id)?).ok();
        let door = |id: &i64| {
            let source = SourceId::osm(OsmKind::Node, *id);
            let doors = &harvest.entrances;
            let door = doors.binary_search_by_key(&source, |d| d.source).ok()?;
            Some((row(id)?, door))
        };
        Sorter {
            doors: on_ways.doors.iter().filter_map(door).collect(),
            closed_gates: on_ways.closed_gates.iter().filter_map(row).collect(),
            roads: Vec::new(),
            harvest,
            nodes,
        }
    }
}

impl Sorter<'_> {
    /// The row of a node that a way has.
    fn row(&self, id: i64) -> Option<u32> {
        u32::try_from(self.nodes.row(id)?).ok()
    }

    /// What a way is on the ground.
    fn on_ground(&mut self, source: SourceId, ground: WayGround, at: &Located) {
        let store = &mut self.harvest.ground;
        match ground.line {
            Some(LineKind::Road(road)) => {
                let nodes = at.rows.iter().zip(&at.line);
                self.roads.push(RawRoad {
                    source,
                    road,
                    nodes: nodes.map(|(row, point)| (*row, *point)).collect(),
                });
            }
            Some(kind) => store.lines.push(kind, source, &at.line),
            None => {}
        }
        let stands = |kind: &AreaKind| {
            let large = at.radius_m >= MIN_BUILDING_M || !at.doors.is_empty();
            at.closed && (*kind != AreaKind::Building || large)
        };
        if let Some(kind) = ground.area.filter(stands) {
            store.areas.push(kind, source, &at.line);
        }
        if let Some((kind, point)) = ground.mark.zip(at.centre) {
            store.marks.push(Mark {
                kind,
                source,
                point,
                reference: Atom::default(),
                name: Atom::default(),
            });
        }
    }

    /// Resolves what needs all roads.
    pub(super) fn finish(self) {
        let ground = &mut self.harvest.ground;
        let into = (&mut ground.lines, &mut ground.marks);
        roads::resolve(self.roads, &self.closed_gates, self.nodes.len(), into);
    }

    /// Sorts ways in their order, while those that follow are located.
    pub(super) fn ways(&mut self, ways: Ways, progress: &Progress) {
        let doors = std::mem::take(&mut self.doors);
        let locator = Locator {
            nodes: self.nodes,
            doors: &doors,
            refs: &ways.refs,
        };
        let total = ways.blocks.iter().map(|block| block.len() as u64).sum();
        let mut done = 0;
        let mut next = ways.blocks.into_iter().peekable();
        let mut located = next
            .peek()
            .map_or_else(Vec::new, |block| locator.all(block));
        while let Some(block) = next.next() {
            done += block.len() as u64;
            let following = next.peek();
            (_, located) = rayon::join(
                || self.block(block, located),
                || following.map_or_else(Vec::new, |block| locator.all(block)),
            );
            progress.at(done, total, "ways");
        }
        self.doors = doors;
    }

    /// Sorts ways that follow each other.
    fn block(&mut self, ways: Vec<Way>, located: Vec<LocatedPart>) {
        let mut ways = ways.into_iter();
        for part in located {
            if !part.outlines.is_empty() {
                self.harvest.outlines.push(part.outlines);
            }
            for (at, way) in part.ways.into_iter().zip(ways.by_ref()) {
                if let Some(at) = at {
                    self.way(way, at);
                }
            }
        }
    }

    fn way(&mut self, way: Way, at: Located) {
        let source = SourceId::osm(OsmKind::Way, way.id);
        if let Some(reason) = at.lacks {
            self.harvest.reject(reason, source);
            if reason == RejectReason::MissingNodes {
                return;
            }
        }
        if let Some(ground) = way.ground {
            self.on_ground(source, ground, &at);
        }
        let feature = match way.wanted {
            Wanted::Part => return,
            Wanted::House(address) => {
                self.claim(source, &at.doors);
                return self.harvest.house(source, address, at.centre);
            }
            Wanted::Feature(feature) => feature,
        };
        if let Some(parity) = feature.interpolation {
            let node = |row: &u32| SourceId::osm(OsmKind::Node, self.nodes.id(*row));
            return self.harvest.interpolations.push(Interpolation {
                source,
                parity,
                line: at.rows.iter().map(node).zip(at.line).collect(),
            });
        }
        if let Some(class) = feature.street {
            let class = if at.closed && feature.area {
                StreetClass::Square
            } else {
                class
            };
            let street = RawStreet {
                source,
                names: feature.names,
                class,
                line: at.line,
                nodes: at.rows.iter().map(|row| self.nodes.id(*row)).collect(),
                wikidata: feature.wikidata,
            };
            return self.harvest.streets.push(street);
        }
        self.claim(source, &at.doors);
        let rings = if at.closed { vec![at.line] } else { Vec::new() };
        let geometry = Geometry {
            point: at.centre,
            radius_m: at.radius_m,
            rings,
        };
        self.harvest.feature(source, *feature, geometry);
    }

    /// The doors on a building's outline are the building's.
    fn claim(&mut self, building: SourceId, doors: &[usize]) {
        for door in doors {
            self.harvest.entrances[*door].building = building;
        }
    }

    pub(super) fn relation(&mut self, relation: Relation, outlines: &FxHashMap<i64, Vec<i64>>) {
        let nodes = self.nodes;
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
                    self.harvest.reject(RejectReason::SomeRingsOpen, source);
                }
                rings
                    .iter()
                    .map(|r| nodes.line(r))
                    .filter(|r| r.len() >= 4)
                    .collect()
            }
            Err(_) => {
                self.harvest.reject(RejectReason::NoRing, source);
                Vec::new()
            }
        };
        if let Some(ground) = relation.ground {
            self.area_on_ground(source, ground, &rings);
        }
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
            let outline = outlines.get(&m.1).into_iter().flatten();
            let door = |id: &i64| self.doors.get(&self.row(*id)?).copied();
            let doors: Vec<usize> = outline.filter_map(door).collect();
            self.claim(source, &doors);
        }
        self.harvest.feature(source, relation.feature, geometry);
        if let Some(area) = self.harvest.areas.get_mut(rows) {
            area.nodes = standing;
        }
    }

    /// What a multipolygon is on the ground.
    fn area_on_ground(&mut self, source: SourceId, ground: WayGround, rings: &[Vec<LonLat>]) {
        let store = &mut self.harvest.ground;
        for ring in rings {
            if let Some(kind @ (LineKind::Water | LineKind::Barrier)) = ground.line {
                store.lines.push(kind, source, ring);
            }
            if let Some(kind) = ground.area {
                store.areas.push(kind, source, ring);
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
}
