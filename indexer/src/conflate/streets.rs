//! Ways → streets: one place per name and settlement, also across gaps; and its crossings.

use super::areas::Settlements;
use super::street_index::Streets;
use super::street_name::StreetNames;
use super::{World, owners, row};
use crate::osm::{RawStreet, StreetClass};
use geodata::draft::Draft;
use geodata::{Bbox, Layer, LonLat, Name, nearest_on_line};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// Ways of one name in one settlement that lie this close are one street, in metres.
const GAP_M: f64 = 1_000.0;
/// Crossings of the same two streets that lie this close are one, in metres.
const SAME_CROSSING_M: f64 = 60.0;

/// Merges ways to streets and appends them to the world.
pub(super) fn resolve(
    ways: Vec<RawStreet>,
    settlements: &Settlements,
    world: &mut World,
) -> Streets {
    let mut names = StreetNames::default();
    let all_names = ways.par_iter().flat_map_iter(|way| &way.names);
    names.read_all(all_names.map(|name| name.text.as_str()));
    // Ways of one name in one settlement may be one street. A way without a name is none.
    let numbered = ways.par_iter().zip(0..row(ways.len()));
    let keys = numbered.filter_map(|(way, n)| {
        let name = names.known(&way.names.first()?.text)?;
        let settlement = settlements.settlement_of(way.line[way.line.len() / 2]);
        Some((settlement, names.alike(name), n))
    });
    let mut keys: Vec<(Option<u32>, u32, u32)> = keys.collect();
    keys.par_sort_unstable();
    let alike = keys.par_chunk_by(|a, b| (a.0, a.1) == (b.0, b.1));
    let mut groups: Vec<&[_]> = alike.collect();
    groups.par_sort_by_cached_key(|group| (group[0].0, names.get(group[0].1)));
    let way = |(_, _, n): &(_, _, u32)| &ways[*n as usize];
    let clusters: Vec<Vec<&RawStreet>> = groups
        .into_par_iter()
        .flat_map_iter(|group| cluster(group.iter().map(way).collect()))
        .collect();
    let first = world.drafts.places.len();
    let streets = clusters
        .par_iter()
        .zip(row(first)..row(first + clusters.len()));
    let nodes = streets.flat_map_iter(|(cluster, n)| {
        // Points of nodes are known only where no node of the way was missing.
        let whole = cluster.iter().filter(|w| w.nodes.len() == w.line.len());
        let located = whole.flat_map(|way| way.nodes.iter().zip(&way.line));
        located.map(move |(node, point)| (*node, n, *point))
    });
    let nodes: Vec<(i64, u32, LonLat)> = nodes.collect();
    let drafts: Vec<Draft> = clusters
        .into_par_iter()
        .map(|ways| draft_of(&ways, settlements, world))
        .collect();
    // Nobody has to wait for it.
    rayon::spawn(move || drop(ways));
    world.drafts.places.extend(drafts);
    find_crossings(nodes, world);
    Streets::index(world, first, names)
}

/// Splits the ways of one name into those that belong together.
fn cluster(ways: Vec<&RawStreet>) -> Vec<Vec<&RawStreet>> {
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
    // The lowest of a cluster is its root, and so comes first.
    let mut cluster_of = vec![0; ways.len()];
    let mut clusters: Vec<Vec<&RawStreet>> = Vec::new();
    for (n, way) in ways.into_iter().enumerate() {
        let root = root(&mut group, n);
        if root == n {
            cluster_of[n] = clusters.len();
            clusters.push(Vec::new());
        }
        clusters[cluster_of[root]].push(way);
    }
    clusters
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

fn draft_of(ways: &[&RawStreet], settlements: &Settlements, world: &World) -> Draft {
    let names = merge_names(ways);
    let class = ways
        .iter()
        .map(|w| w.class)
        .max()
        .unwrap_or(StreetClass::Residential);
    let square = ways.iter().any(|w| w.class == StreetClass::Square);
    let mut sources: Vec<_> = ways.iter().map(|w| w.source).collect();
    sources.sort_unstable();
    let lines: Vec<Vec<LonLat>> = ways.iter().map(|w| w.line.clone()).collect();
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
fn merge_names(ways: &[&RawStreet]) -> Vec<Name> {
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
    let shared = nodes
        .par_chunk_by(|a, b| a.0 == b.0)
        .filter(|at| at.len() > 1);
    let mut meetings: Vec<(u32, u32, LonLat)> = shared
        .flat_map_iter(|at_node| {
            at_node.iter().flat_map(move |(_, a, point)| {
                let others = at_node.iter().filter(move |(_, b, _)| b != a);
                others.map(move |(_, b, _)| (*a, *b, *point))
            })
        })
        .collect();
    // Those of each street keep the order of their nodes.
    meetings.par_sort_by_key(|(a, _, _)| *a);
    let owners = owners(&mut world.drafts.places, &meetings, |(a, _, _)| *a);
    owners.into_par_iter().for_each(|(draft, own)| {
        let known = &mut draft.crossings;
        for (_, b, point) in own {
            // Both carriageways of an avenue meet the same street: one crossing.
            let same = |(s, p): &(u32, LonLat)| s == b && p.distance_m(*point) < SAME_CROSSING_M;
            if !known.iter().any(same) {
                known.push((*b, *point));
            }
        }
        known.sort_unstable();
    });
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
