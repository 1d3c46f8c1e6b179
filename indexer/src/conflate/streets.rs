//! Ways → streets: one place per name and settlement, also across gaps; its crossings; and the nearest street to a point.

use super::DEGREE_M;
use super::World;
use super::areas::Settlements;
use super::street_name::StreetNames;
use crate::osm::{RawStreet, StreetClass};
use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{RTree, RTreeBuilder, RTreeIndex};
use geodata::draft::Draft;
use geodata::{Bbox, Layer, LonLat, Name, NameKind, nearest_on_line};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// Ways of one name in one settlement that lie this close are one street, in metres.
const GAP_M: f64 = 1_000.0;
/// How many points of a line share a box of the spatial index.
const CHUNK: usize = 12;
/// Crossings of the same two streets that lie this close are one, in metres.
const SAME_CROSSING_M: f64 = 60.0;

/// Streets by name and by place.
pub(super) struct Streets {
    /// The names of streets and, as they come, those that houses name.
    pub(super) names: StreetNames,
    /// Groups of streets that share their words, by the words.
    groups: FxHashMap<String, u32>,
    named: Vec<Vec<NamedStreet>>,
    /// The first street's draft: all streets with ways lie behind each other.
    first: u32,
    /// Rows of the names of each street, and where those of each begin.
    rows: Vec<u32>,
    begins: Vec<u32>,
    tree: Option<RTree<f64>>,
    /// What each box of the tree holds: the street, its line, and the first point of the chunk.
    chunks: Vec<(u32, u32, u32)>,
}

/// A street under one of its names.
#[derive(Debug, Clone, Copy)]
pub(super) struct NamedStreet {
    pub(super) street: u32,
    /// The settlement it lies in.
    pub(super) settlement: Option<u32>,
    /// Its name's row in [`Streets::names`].
    pub(super) name: u32,
    /// Whether the name is the one of today in the local language.
    pub(super) main: bool,
    /// Its point, and how far it reaches from there.
    point: LonLat,
    radius_m: u32,
}

impl NamedStreet {
    /// Whether a point may be within a distance of the street.
    pub(super) fn may_be_near(&self, point: LonLat, within_m: f64) -> bool {
        let reach_m = f64::from(self.radius_m) + within_m;
        let north_m = (self.point.lat() - point.lat()).abs() * DEGREE_M;
        north_m <= reach_m && self.point.distance_m(point) <= reach_m
    }
}

/// Merges ways to streets and appends them to the world.
pub(super) fn resolve(
    ways: Vec<RawStreet>,
    settlements: &Settlements,
    world: &mut World,
) -> Streets {
    let mut names = StreetNames::default();
    let all_names = ways.par_iter().flat_map_iter(|way| &way.names);
    names.read_all(all_names.map(|name| name.text.as_str()));
    // Ways of one name in one settlement may be one street.
    let mut groups: FxHashMap<(Option<u32>, u32), Vec<RawStreet>> = FxHashMap::default();
    let homes: Vec<Option<u32>> = ways
        .par_iter()
        .map(|way| settlements.settlement_of(way.line[way.line.len() / 2]))
        .collect();
    for (way, settlement) in ways.into_iter().zip(homes) {
        let row = names.read(way.names.first().map_or("", |n| &n.text));
        let group = groups.entry((settlement, names.alike(row)));
        group.or_default().push(way);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.par_sort_by_cached_key(|((settlement, row), _)| (*settlement, names.get(*row)));
    let clusters: Vec<Vec<RawStreet>> = groups
        .into_par_iter()
        .flat_map_iter(|(_, ways)| cluster(ways))
        .collect();
    let first = world.drafts.places.len();
    let mut nodes: Vec<(i64, u32, LonLat)> = Vec::new();
    for (cluster, n) in clusters.iter().zip(row(first)..) {
        // Points of nodes are known only where no node of the way was missing.
        for way in cluster.iter().filter(|w| w.nodes.len() == w.line.len()) {
            let located = way.nodes.iter().zip(&way.line);
            nodes.extend(located.map(|(node, point)| (*node, n, *point)));
        }
    }
    let drafts: Vec<Draft> = clusters
        .into_par_iter()
        .map(|ways| draft_of(ways, settlements, world))
        .collect();
    world.drafts.places.extend(drafts);
    find_crossings(nodes, world);
    Streets::index(world, first, names)
}

fn row(n: usize) -> u32 {
    u32::try_from(n).expect("fewer than 4 G places")
}

/// Splits the ways of one name into those that belong together.
fn cluster(ways: Vec<RawStreet>) -> Vec<Vec<RawStreet>> {
    let mut group: Vec<usize> = (0..ways.len()).collect();
    let boxes: Vec<Option<Bbox>> = ways
        .iter()
        .map(|w| Bbox::around(w.line.iter().copied()))
        .collect();
    for a in 0..ways.len() {
        for b in a + 1..ways.len() {
            let (root_a, root_b) = (root(&mut group, a), root(&mut group, b));
            let related = !ways[a].wikidata.is_empty() && ways[a].wikidata == ways[b].wikidata;
            if root_a != root_b
                && (related
                    || may_touch(boxes[a], boxes[b]) && are_near(&ways[a].line, &ways[b].line))
            {
                group[root_b.max(root_a)] = root_a.min(root_b);
            }
        }
    }
    let mut clusters: Vec<(usize, Vec<RawStreet>)> = Vec::new();
    for (n, way) in ways.into_iter().enumerate() {
        let root = root(&mut group, n);
        match clusters.iter_mut().find(|(r, _)| *r == root) {
            Some((_, cluster)) => cluster.push(way),
            None => clusters.push((root, vec![way])),
        }
    }
    clusters.into_iter().map(|(_, cluster)| cluster).collect()
}

fn root(group: &mut [usize], mut n: usize) -> usize {
    while group[n] != n {
        group[n] = group[group[n]];
        n = group[n];
    }
    n
}

fn may_touch(a: Option<Bbox>, b: Option<Bbox>) -> bool {
    let (Some(a), Some(b)) = (a, b) else {
        return false;
    };
    let lat = GAP_M / 111_000.0;
    let lon = lat / a.south.to_radians().cos().max(0.05);
    a.west - lon <= b.east
        && b.west - lon <= a.east
        && a.south - lat <= b.north
        && b.south - lat <= a.north
}

fn are_near(a: &[LonLat], b: &[LonLat]) -> bool {
    let ends = [a[0], a[a.len() - 1], a[a.len() / 2]];
    let near =
        |line: &[LonLat], p: LonLat| nearest_on_line(line, p).is_some_and(|(_, d)| d <= GAP_M);
    ends.iter().any(|p| near(b, *p)) || [b[0], b[b.len() - 1]].iter().any(|p| near(a, *p))
}

fn draft_of(ways: Vec<RawStreet>, settlements: &Settlements, world: &World) -> Draft {
    let names = merge_names(&ways);
    let class = ways
        .iter()
        .map(|w| w.class)
        .max()
        .unwrap_or(StreetClass::Residential);
    let square = ways.iter().any(|w| w.class == StreetClass::Square);
    let mut sources: Vec<_> = ways.iter().map(|w| w.source).collect();
    sources.sort_unstable();
    let lines: Vec<Vec<LonLat>> = ways.into_iter().map(|w| w.line).collect();
    let point = label_point(&lines, square);
    let mut draft = Draft::new(Layer::Street, sources, names, point);
    draft.parents = settlements.parents_of(point);
    // Districts of a settlement that the street only ends in are none of its label.
    draft
        .parents
        .retain(|p| world.drafts.places[*p as usize].layer.is_area());
    draft.radius_m = radius_m(&lines, point);
    draft.weight = class_weight(class);
    draft.lines = lines;
    draft
}

/// Names of all ways; the local name that most ways carry comes first.
fn merge_names(ways: &[RawStreet]) -> Vec<Name> {
    let mut counts: FxHashMap<&Name, usize> = FxHashMap::default();
    for name in ways.iter().flat_map(|w| &w.names) {
        *counts.entry(name).or_default() += 1;
    }
    let mut names: Vec<(&Name, usize)> = counts.into_iter().collect();
    names.sort_by(|(a, n), (b, m)| {
        (a.kind, a.language)
            .cmp(&(b.kind, b.language))
            .then(m.cmp(n))
            .then(a.text.cmp(&b.text))
    });
    names.into_iter().map(|(name, _)| name.clone()).collect()
}

/// A point on the street, near the middle of it; the middle itself of a square.
fn label_point(lines: &[Vec<LonLat>], square: bool) -> LonLat {
    let count = lines.iter().map(Vec::len).sum::<usize>().max(1) as f64;
    let sum = lines
        .iter()
        .flatten()
        .fold((0.0, 0.0), |(x, y), p| (x + p.lon(), y + p.lat()));
    let centre = LonLat::clamped(sum.0 / count, sum.1 / count);
    if square {
        return centre;
    }
    let nearest = lines
        .iter()
        .filter_map(|l| nearest_on_line(l, centre))
        .min_by(|a, b| a.1.total_cmp(&b.1));
    nearest.map_or(centre, |(point, _)| point)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a distance on earth in metres fits"
)]
pub(super) fn radius_m(lines: &[Vec<LonLat>], point: LonLat) -> u32 {
    lines
        .iter()
        .flatten()
        .map(|p| p.distance_m(point))
        .fold(0.0, f64::max) as u32
}

fn class_weight(class: StreetClass) -> f64 {
    match class {
        StreetClass::Path => 0.1,
        StreetClass::Service => 0.2,
        StreetClass::Residential => 0.35,
        StreetClass::Tertiary => 0.55,
        StreetClass::Square => 0.7,
        StreetClass::Secondary => 0.75,
        StreetClass::Primary => 0.9,
        StreetClass::Trunk => 0.8,
    }
}

/// Streets that share a node cross or meet there.
fn find_crossings(mut nodes: Vec<(i64, u32, LonLat)>, world: &mut World) {
    nodes.par_sort_unstable();
    nodes.dedup();
    for at_node in nodes.chunk_by(|a, b| a.0 == b.0).filter(|c| c.len() > 1) {
        for (_, a, point) in at_node {
            for (_, b, _) in at_node.iter().filter(|(_, b, _)| b != a) {
                let known = &mut world.drafts.places[*a as usize].crossings;
                // Both carriageways of an avenue meet the same street: one crossing.
                if !known
                    .iter()
                    .any(|(s, p)| s == b && p.distance_m(*point) < SAME_CROSSING_M)
                {
                    known.push((*b, *point));
                }
            }
        }
    }
    for draft in &mut world.drafts.places {
        draft.crossings.sort_unstable();
    }
}

impl Streets {
    fn index(world: &World, first: usize, names: StreetNames) -> Streets {
        let mut streets = Streets {
            names,
            groups: FxHashMap::default(),
            named: Vec::new(),
            first: row(first),
            rows: Vec::new(),
            begins: vec![0],
            tree: None,
            chunks: Vec::new(),
        };
        let mut boxes = Vec::new();
        for (draft, n) in world.drafts.places[first..].iter().zip(row(first)..) {
            streets.add_names(draft, n, world);
            for (line, l) in draft.lines.iter().zip(0..) {
                for first in (0..line.len()).step_by(CHUNK) {
                    let end = (first + CHUNK + 1).min(line.len());
                    if let Some(b) = Bbox::around(line[first..end].iter().copied()) {
                        boxes.push(b);
                        streets.chunks.push((n, l, row(first)));
                    }
                }
            }
        }
        let mut builder = RTreeBuilder::<f64>::new(row(boxes.len()));
        for b in &boxes {
            builder.add(b.west, b.south, b.east, b.north);
        }
        streets.tree = (!boxes.is_empty()).then(|| builder.finish::<HilbertSort>());
        for list in &mut streets.named {
            list.sort_by_key(|s| (s.settlement, s.street));
        }
        streets
    }

    fn add_names(&mut self, draft: &Draft, n: u32, world: &World) {
        let settlement = draft
            .parents
            .iter()
            .copied()
            .find(|p| world.drafts.places[*p as usize].layer.is_settlement());
        let names = draft.names.iter().enumerate();
        for (m, name) in names.filter(|(_, n)| n.kind != NameKind::Brand) {
            let read = self.names.read(&name.text);
            self.rows.push(read);
            let main = m == 0
                || name.kind == NameKind::Main && name.language == geodata::LanguageTag::NONE;
            let next = row(self.named.len());
            let words = &self.names.get(read).words;
            let group = match self.groups.get(words) {
                Some(group) => *group,
                None => {
                    self.groups.insert(words.clone(), next);
                    self.named.push(Vec::new());
                    next
                }
            };
            let list = &mut self.named[group as usize];
            // A street's names come one after the other.
            match list.last_mut().filter(|s| s.street == n) {
                Some(known) => known.main |= main,
                None => list.push(NamedStreet {
                    street: n,
                    settlement,
                    name: read,
                    main,
                    point: draft.point,
                    radius_m: draft.radius_m,
                }),
            }
        }
        self.begins.push(row(self.rows.len()));
    }

    /// Rows of the names of a street with ways.
    pub(super) fn names_of(&self, street: u32) -> &[u32] {
        let n = (street - self.first) as usize;
        &self.rows[self.begins[n] as usize..self.begins[n + 1] as usize]
    }

    /// Streets under exactly these words (status words aside), by settlement.
    pub(super) fn named(&self, words: &str) -> &[NamedStreet] {
        let group = self.groups.get(words);
        group.map_or(&[], |g| &self.named[*g as usize])
    }

    /// Streets within a distance of a point, the nearest first, with their distance in metres.
    pub(super) fn near(&self, point: LonLat, within_m: f64, world: &World) -> Vec<(u32, f64)> {
        let Some(tree) = &self.tree else {
            return Vec::new();
        };
        let lat = within_m / 111_000.0;
        let lon = lat / point.lat().to_radians().cos().max(0.05);
        let (x, y) = (point.lon(), point.lat());
        let mut best: FxHashMap<u32, f64> = FxHashMap::default();
        for n in tree.search(x - lon, y - lat, x + lon, y + lat) {
            let (street, line, first) = self.chunks[n as usize];
            let line = &world.drafts.places[street as usize].lines[line as usize];
            let first = first as usize;
            let chunk = &line[first..(first + CHUNK + 1).min(line.len())];
            let distance = nearest_on_line(chunk, point).map_or(f64::INFINITY, |(_, d)| d);
            if distance <= within_m {
                let known = best.entry(street).or_insert(f64::INFINITY);
                *known = known.min(distance);
            }
        }
        let mut near: Vec<(u32, f64)> = best.into_iter().collect();
        near.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        near
    }
}

/// Distance in metres from a point to a street, by its lines or, where it has none, by its houses' middle.
pub(super) fn distance_to(draft: &Draft, point: LonLat) -> f64 {
    let lines = draft
        .lines
        .iter()
        .filter_map(|l| nearest_on_line(l, point))
        .map(|(_, d)| d);
    lines
        .min_by(f64::total_cmp)
        .unwrap_or_else(|| (draft.point.distance_m(point) - f64::from(draft.radius_m)).max(0.0))
}
