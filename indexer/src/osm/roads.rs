//! Which roads any car reaches, and where they meet.
//!
//! Roads are cut at gates that are closed to cars. Of each network that hangs together through such gates and closed
//! roads, the largest part with a street is where cars come from; small parts, and those without a street, are cut off:
//! yards behind a boom, the grounds of a factory.

use super::dense::Dense;
use geodata::ground::{LineKind, Mark, MarkKind, Road, RoadTrait, Shapes};
use geodata::{Atom, LonLat, SourceId};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

/// A part of a network that is as long as this, in metres, and has a street, is open even if a larger one lies behind a
/// gate: a town whose only bridge has a barrier.
const MIN_NETWORK_M: f64 = 2_000.0;
/// A network without a street that is shorter than this, in metres, is a remnant that no car reaches.
const MIN_YARD_M: f64 = 60.0;
/// Roads that meet in a junction, counted as arms.
const JUNCTION_ARMS: u8 = 3;

/// A road as it is mapped.
pub(super) struct RawRoad {
    pub(super) source: SourceId,
    pub(super) road: Road,
    /// Its nodes, numbered from zero over all roads.
    pub(super) nodes: Vec<(u32, LonLat)>,
}

/// Puts roads among the lines, cut at closed gates, and their junctions among the marks; `nodes` is how many numbers
/// there are.
pub(super) fn resolve(
    mut roads: Vec<RawRoad>,
    gates: &FxHashSet<u32>,
    nodes: usize,
    (lines, marks): (&mut Shapes<LineKind>, &mut Vec<Mark>),
) {
    let dense = renumber(&mut roads, nodes);
    let gates: FxHashSet<u32> = gates.iter().filter_map(|gate| dense.get(*gate)).collect();
    let (networks, junctions) = rayon::join(
        || Networks::new(&roads, &gates, dense.len()),
        || junctions(&roads, dense.len()),
    );
    let judged = roads.par_iter().flat_map_iter(|road| {
        pieces(road, &gates).map(|piece| {
            let kind = if networks.is_cut_off(road, piece) {
                road.road.with(RoadTrait::CutOff)
            } else {
                road.road
            };
            (kind, road.source, piece)
        })
    });
    let judged: Vec<_> = judged.collect();
    let mut points = Vec::new();
    for (kind, source, piece) in judged {
        points.clear();
        points.extend(piece.iter().map(|(_, point)| *point));
        lines.push(LineKind::Road(kind), source, &points);
    }
    marks.extend(junctions);
}

/// Numbers the nodes of roads anew: most nodes are those of buildings.
fn renumber(roads: &mut [RawRoad], nodes: usize) -> Dense {
    let used = roads.iter().flat_map(|road| &road.nodes);
    let dense = Dense::of(used.map(|(node, _)| *node), nodes);
    roads.par_iter_mut().for_each(|road| {
        for (node, _) in &mut road.nodes {
            *node = dense.get(*node).unwrap_or_default();
        }
    });
    dense
}

/// The parts of a road between closed gates, with the gates.
fn pieces<'a>(
    road: &'a RawRoad,
    gates: &FxHashSet<u32>,
) -> impl Iterator<Item = &'a [(u32, LonLat)]> {
    let nodes = &road.nodes;
    let inner = 1..nodes.len().saturating_sub(1);
    let mut cuts: Vec<usize> = inner.filter(|n| gates.contains(&nodes[*n].0)).collect();
    cuts.push(nodes.len().saturating_sub(1));
    let mut from = 0;
    cuts.into_iter().filter_map(move |to| {
        let piece = nodes.get(std::mem::replace(&mut from, to)..=to)?;
        (piece.len() > 1).then_some(piece)
    })
}

/// What hangs together for cars.
#[derive(Default, Clone, Copy)]
struct Part {
    length_m: f64,
    /// It has a road of the public network.
    street: bool,
}

impl Part {
    /// Parts with a street come before others, then the longer ones.
    fn rank(self) -> (bool, f64) {
        (self.street, self.length_m)
    }
}

/// The nodes of a piece that do not belong to a closed gate: what hangs together by them does so for cars.
fn crossed(piece: &[(u32, LonLat)], gates: &FxHashSet<u32>) -> impl Iterator<Item = u32> {
    let nodes = piece.iter().map(|(node, _)| *node);
    nodes.filter(|node| !gates.contains(node))
}

struct Networks<'a> {
    gates: &'a FxHashSet<u32>,
    /// Through open roads only.
    open: Sets,
    parts: FxHashMap<u32, Part>,
    /// The parts that cars come from.
    main: FxHashSet<u32>,
}

impl<'a> Networks<'a> {
    fn new(roads: &[RawRoad], gates: &'a FxHashSet<u32>, nodes: usize) -> Networks<'a> {
        let is_open = |road: &&RawRoad| !road.road.is(RoadTrait::Closed);
        let mut open = Sets::new(nodes);
        // Through everything.
        let mut whole = Sets::new(nodes);
        rayon::join(
            || {
                for road in roads.iter().filter(is_open) {
                    pieces(road, gates).for_each(|piece| open.join_all(crossed(piece, gates)));
                }
            },
            || {
                for road in roads {
                    whole.join_all(road.nodes.iter().map(|(node, _)| *node));
                }
            },
        );
        let measured = roads.par_iter().filter(is_open).flat_map_iter(|road| {
            pieces(road, gates).filter_map(|piece| {
                let node = crossed(piece, gates).next()?;
                let steps = piece.windows(2).map(|w| w[0].1.distance_m(w[1].1));
                let part = Part {
                    length_m: steps.sum(),
                    street: road.road.class.is_street(),
                };
                Some((open.find(node), part))
            })
        });
        let measured: Vec<(u32, Part)> = measured.collect();
        let mut parts: FxHashMap<u32, Part> = FxHashMap::default();
        for (root, piece) in measured {
            let part = parts.entry(root).or_default();
            part.length_m += piece.length_m;
            part.street |= piece.street;
        }
        let mut best: FxHashMap<u32, u32> = FxHashMap::default();
        let mut roots: Vec<u32> = parts.keys().copied().collect();
        roots.sort_unstable();
        for root in roots {
            let known = best.entry(whole.find(root)).or_insert(root);
            let rank = |root: &u32| parts.get(root).copied().unwrap_or_default().rank();
            if rank(&root) > rank(known) {
                *known = root;
            }
        }
        Networks {
            gates,
            open,
            parts,
            main: best.into_values().collect(),
        }
    }

    fn is_cut_off(&self, road: &RawRoad, piece: &[(u32, LonLat)]) -> bool {
        if road.road.is(RoadTrait::Closed) {
            return false;
        }
        let Some(node) = crossed(piece, self.gates).next() else {
            // From one closed gate to the next.
            return true;
        };
        let root = self.open.find(node);
        let part = self.parts.get(&root).copied().unwrap_or_default();
        if self.main.contains(&root) {
            return !part.street && part.length_m < MIN_YARD_M;
        }
        !part.street || part.length_m < MIN_NETWORK_M
    }
}

/// Nodes where streets meet.
fn junctions(roads: &[RawRoad], nodes: usize) -> Vec<Mark> {
    let mut arms = vec![0_u8; nodes];
    let streets = || roads.iter().filter(|r| r.road.class.is_street());
    for road in streets() {
        let last = road.nodes.len().saturating_sub(1);
        for (n, (node, _)) in road.nodes.iter().enumerate() {
            let arms = &mut arms[*node as usize];
            *arms = arms.saturating_add(if n == 0 || n == last { 1 } else { 2 });
        }
    }
    let mut marks = Vec::new();
    for (node, point) in streets().flat_map(|r| &r.nodes) {
        if std::mem::take(&mut arms[*node as usize]) >= JUNCTION_ARMS {
            marks.push(Mark {
                kind: MarkKind::Junction,
                source: SourceId::NONE,
                point: *point,
                reference: Atom::default(),
                name: Atom::default(),
            });
        }
    }
    marks
}

/// Which nodes hang together: disjoint sets with halved paths.
struct Sets(Vec<u32>);

impl Sets {
    fn new(nodes: usize) -> Sets {
        let nodes = u32::try_from(nodes).expect("fewer than 4 G nodes");
        Sets((0..nodes).collect())
    }

    fn find(&self, mut node: u32) -> u32 {
        while self.0[node as usize] != node {
            node = self.0[node as usize];
        }
        node
    }

    /// Each node hangs together with the one before.
    fn join_all(&mut self, nodes: impl Iterator<Item = u32>) {
        let mut before = None;
        for node in nodes {
            if let Some(before) = before.replace(node) {
                self.join(before, node);
            }
        }
    }

    /// The smaller node stands for both.
    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.halve(a), self.halve(b));
        self.0[a.max(b) as usize] = a.min(b);
    }

    fn halve(&mut self, mut node: u32) -> u32 {
        while self.0[node as usize] != node {
            let above = self.0[node as usize];
            self.0[node as usize] = self.0[above as usize];
            node = above;
        }
        node
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geodata::OsmKind;
    use geodata::ground::{Flow, RoadClass};

    /// Roads given as `class nodes…`; nodes stand 100 m apart by their number. Returns which pieces are open.
    #[track_caller]
    fn check(roads: &[(RoadClass, bool, &[u32])], gates: &[u32], expect: &[&str], meet: usize) {
        let at = |n: u32| LonLat::clamped(30.0, 50.0 + 0.000_9 * f64::from(n));
        let raw: Vec<RawRoad> = (1..)
            .zip(roads)
            .map(|(id, (class, closed, line))| {
                let road = Road::new(*class, Flow::Both);
                RawRoad {
                    source: SourceId::osm(OsmKind::Way, id),
                    road: if *closed {
                        road.with(RoadTrait::Closed)
                    } else {
                        road
                    },
                    nodes: line.iter().map(|n| (*n, at(*n))).collect(),
                }
            })
            .collect();
        let (mut lines, mut marks) = (Shapes::default(), Vec::new());
        let gates = gates.iter().copied().collect();
        resolve(raw, &gates, 100, (&mut lines, &mut marks));
        let found: Vec<String> = lines
            .iter()
            .map(|(kind, source, points)| {
                let LineKind::Road(road) = kind else {
                    panic!("a road")
                };
                let state = if road.is_open() { "open" } else { "shut" };
                format!("{source} {} {state}", points.len())
            })
            .collect();
        assert_eq!(found, expect);
        assert_eq!(marks.len(), meet, "junctions");
    }

    #[test]
    fn a_yard_behind_a_closed_gate_is_cut_off() {
        use RoadClass::{Driveway, Residential};
        check(
            &[
                (Residential, false, &[1, 2, 3]),
                (Driveway, false, &[2, 10, 11]),
                (Driveway, false, &[12, 11, 13]),
            ],
            &[10],
            &["w1 3 open", "w2 2 open", "w2 2 shut", "w3 3 shut"],
            0,
        );
    }

    #[test]
    fn a_yard_behind_a_closed_road_is_cut_off_and_an_open_one_is_not() {
        use RoadClass::{Driveway, Residential, Service};
        check(
            &[
                (Residential, false, &[1, 2, 3]),
                (Service, true, &[2, 10]),
                (Driveway, false, &[10, 11]),
                (Driveway, false, &[3, 20, 21]),
            ],
            &[],
            &["w1 3 open", "w2 2 shut", "w3 2 shut", "w4 3 open"],
            0,
        );
    }

    #[test]
    fn large_networks_on_both_sides_of_a_gate_are_open() {
        use RoadClass::{Residential, Tertiary};
        let (here, there): (Vec<u32>, Vec<u32>) = ((1..40).collect(), (50..80).collect());
        check(
            &[
                (Residential, false, &here),
                (Tertiary, false, &there),
                (Residential, false, &[39, 45, 50]),
            ],
            &[45],
            &["w1 39 open", "w2 30 open", "w3 2 open", "w3 2 open"],
            0,
        );
    }

    #[test]
    fn a_road_of_its_own_is_open_and_streets_that_meet_make_a_junction() {
        use RoadClass::{Residential, Service};
        check(
            &[
                (Service, false, &[1, 2]),
                (Residential, false, &[5, 6, 7]),
                (Residential, false, &[6, 8]),
                (Service, false, &[7, 9]),
            ],
            &[],
            &["w1 2 open", "w2 3 open", "w3 2 open", "w4 2 open"],
            1,
        );
    }
}
