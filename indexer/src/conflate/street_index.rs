//! Streets by their names, and by where they are.

use super::street_name::StreetNames;
use super::{DEGREE_M, World, row};
use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{RTree, RTreeBuilder, RTreeIndex};
use geodata::draft::Draft;
use geodata::{Bbox, LonLat, NameKind, nearest_on_line};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// How many points of a line share a box of the spatial index.
const CHUNK: usize = 12;
/// So many streets of the same words are looked through one by one.
const FEW: usize = 32;

/// Streets by name and by place.
pub(super) struct Streets {
    /// The names of streets and, as they come, those that houses name.
    pub(super) names: StreetNames,
    /// Streets that share their words, by the first row of those in [`Streets::names`].
    named: FxHashMap<u32, SameWords>,
    /// The first street's draft: all streets with ways lie behind each other.
    first: u32,
    /// Rows of the names of each street, and where those of each begin.
    rows: Vec<u32>,
    begins: Vec<u32>,
    boxes: LineBoxes,
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

/// Streets of the same words.
#[derive(Default)]
pub(super) struct SameWords {
    /// By settlement.
    streets: Vec<NamedStreet>,
    /// Rows of `streets` from south to north, where there are many.
    northward: Vec<u32>,
    /// How far one of them reaches at most.
    radius_m: u32,
}

impl SameWords {
    /// Puts the streets in their order.
    fn sort(&mut self) {
        let streets = &mut self.streets;
        streets.sort_by_key(|s| (s.settlement, s.street));
        self.radius_m = streets.iter().map(|s| s.radius_m).max().unwrap_or(0);
        if streets.len() > FEW {
            self.northward = (0..row(streets.len())).collect();
            let lat = |n: &u32| streets[*n as usize].point.lat();
            self.northward.sort_by(|a, b| lat(a).total_cmp(&lat(b)));
        }
    }

    /// Those in a settlement.
    pub(super) fn in_settlement(&self, settlement: u32) -> &[NamedStreet] {
        let all = &self.streets;
        let from = all.partition_point(|s| s.settlement < Some(settlement));
        let to = all.partition_point(|s| s.settlement <= Some(settlement));
        &all[from..to]
    }

    /// Those that may be within a distance of a point, by settlement.
    pub(super) fn around(&self, point: LonLat, within_m: f64) -> Vec<&NamedStreet> {
        if self.northward.is_empty() {
            return self.streets.iter().collect();
        }
        let reach = (f64::from(self.radius_m) + within_m) / DEGREE_M;
        let lat = |n: u32| self.streets[n as usize].point.lat();
        let (south, north) = (point.lat() - reach, point.lat() + reach);
        let from = self.northward.partition_point(|n| lat(*n) < south);
        let rows = self.northward[from..].iter().copied();
        let mut rows: Vec<u32> = rows.take_while(|n| lat(*n) <= north).collect();
        rows.sort_unstable();
        rows.into_iter()
            .map(|n| &self.streets[n as usize])
            .collect()
    }
}

impl Streets {
    /// The streets of a world, the first of which is `first`.
    pub(super) fn index(world: &World, first: usize, names: StreetNames) -> Streets {
        let mut streets = Streets {
            names,
            named: FxHashMap::default(),
            first: row(first),
            rows: Vec::new(),
            begins: vec![0],
            boxes: LineBoxes::default(),
        };
        let drafts = &world.drafts.places[first..];
        let ((), boxes) = rayon::join(
            || {
                for (draft, n) in drafts.iter().zip(row(first)..) {
                    streets.add_names(draft, n, world);
                }
                let named: Vec<&mut SameWords> = streets.named.values_mut().collect();
                named.into_par_iter().for_each(SameWords::sort);
            },
            || LineBoxes::of(drafts, row(first)),
        );
        Streets { boxes, ..streets }
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
            let same_words = self.named.entry(self.names.same_words(read));
            let list = &mut same_words.or_default().streets;
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

    /// Streets under exactly the words of a name (status words aside), by its row in [`Streets::names`].
    pub(super) fn named(&self, name: u32) -> Option<&SameWords> {
        self.named.get(&self.names.same_words(name))
    }

    /// Streets within a distance of a point, the nearest first, with their distance in metres.
    pub(super) fn near(&self, point: LonLat, within_m: f64, world: &World) -> Vec<(u32, f64)> {
        self.boxes.near(point, within_m, world)
    }
}

/// Boxes around the lines of all streets.
#[derive(Default)]
struct LineBoxes {
    tree: Option<RTree<f64>>,
    /// What each box of the tree holds: the street, its line, and the first point of the chunk.
    chunks: Vec<(u32, u32, u32)>,
}

impl LineBoxes {
    /// Boxes of streets that are numbered from `first` on.
    fn of(drafts: &[Draft], first: u32) -> LineBoxes {
        let (mut boxes, mut chunks) = (Vec::new(), Vec::new());
        for (draft, n) in drafts.iter().zip(first..) {
            for (line, l) in draft.lines.iter().zip(0..) {
                for first in (0..line.len()).step_by(CHUNK) {
                    let end = (first + CHUNK + 1).min(line.len());
                    if let Some(b) = Bbox::around(line[first..end].iter().copied()) {
                        boxes.push(b);
                        chunks.push((n, l, row(first)));
                    }
                }
            }
        }
        let mut builder = RTreeBuilder::<f64>::new(row(boxes.len()));
        for b in &boxes {
            builder.add(b.west, b.south, b.east, b.north);
        }
        let tree = (!boxes.is_empty()).then(|| builder.finish::<HilbertSort>());
        LineBoxes { tree, chunks }
    }

    /// Streets within a distance of a point, the nearest first, with their distance in metres.
    fn near(&self, point: LonLat, within_m: f64, world: &World) -> Vec<(u32, f64)> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_may_be_near_are_around() {
        let street = |n: u32| NamedStreet {
            street: n,
            settlement: Some(n % 7),
            name: 0,
            main: true,
            point: LonLat::clamped(30.0, 50.0 + f64::from(n * 37 % 100) * 0.01),
            radius_m: 10 * n,
        };
        for count in [FEW, 3 * FEW] {
            let mut all = SameWords {
                streets: (0..row(count)).map(street).collect(),
                ..SameWords::default()
            };
            all.sort();
            for north in 0..100 {
                let point = LonLat::clamped(30.01, 50.0 + f64::from(north) * 0.01);
                let is_near = |s: &&NamedStreet| s.may_be_near(point, 3_000.0);
                let expect: Vec<u32> = all
                    .streets
                    .iter()
                    .filter(is_near)
                    .map(|s| s.street)
                    .collect();
                let around = all.around(point, 3_000.0);
                assert!(count == FEW || around.len() < count, "{north}");
                let near = around.into_iter().filter(is_near);
                assert_eq!(near.map(|s| s.street).collect::<Vec<_>>(), expect);
            }
        }
    }
}
