//! Assigns places to areas while a snapshot is built: millions of points against tens of thousands of polygons.
//!
//! A raster tells which areas hold all that is around a point, and which have their border there. The edges of every area
//! are sorted into horizontal slabs, so that a country's border of 20,000 points costs as little as a village's.

use super::raster::Raster;
use crate::coord::{Bbox, LonLat, nearest_on_line};
use crate::snapshot::is_inside;
use rayon::prelude::*;

/// The rings of an area, outer and inner alike: a point is inside when it is inside an odd number of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Area {
    /// Each ends with the corner that it begins with.
    pub rings: Vec<Vec<LonLat>>,
}

impl Area {
    /// Whether a point lies inside.
    pub fn contains(&self, point: LonLat) -> bool {
        let around = |ring: &&Vec<LonLat>| is_inside(ring, point);
        self.rings.iter().filter(around).count() % 2 == 1
    }

    /// Metres from a point to the nearest border, from inside as from outside; infinite for an area without rings.
    pub fn border_m(&self, point: LonLat) -> f64 {
        let nearest = |ring: &Vec<LonLat>| nearest_on_line(ring, point).map(|(_, m)| m);
        let distances = self.rings.iter().filter_map(nearest);
        distances.fold(f64::INFINITY, f64::min)
    }

    /// The smallest box around it; `None` for an area without rings.
    pub fn bbox(&self) -> Option<Bbox> {
        Bbox::around(self.rings.iter().flatten().copied())
    }

    /// Metres from a point to the area: 0 inside.
    pub fn distance_m(&self, point: LonLat) -> f64 {
        if self.contains(point) {
            return 0.0;
        }
        self.border_m(point)
    }
}

/// Edges per slab, on average.
const EDGES_PER_SLAB: usize = 8;

/// Point-in-polygon over many areas.
pub struct AreaLookup {
    raster: Raster,
    slabs: Vec<Slabs>,
}

impl AreaLookup {
    /// Indexes areas; they are known by their position from then on.
    pub fn new(areas: &[Area]) -> AreaLookup {
        let slabs: Vec<Slabs> = areas.par_iter().map(Slabs::new).collect();
        let points = areas.iter().flat_map(|a| a.rings.iter().flatten());
        let mut raster = Raster::new(Bbox::around(points.copied()), areas.len());
        for (n, area) in areas.iter().enumerate() {
            let rings = area.rings.iter().map(Vec::as_slice);
            raster.add(n, rings, |point| slabs[n].contains(point));
        }
        AreaLookup { raster, slabs }
    }

    /// Positions of the areas that contain a point, ascending.
    pub fn containing(&self, point: LonLat) -> Vec<usize> {
        let mut found: Vec<usize> = self.those_containing(point, |_| true).collect();
        found.reverse();
        found
    }

    /// Positions of the `wanted` areas that contain a point, descending.
    pub fn those_containing(
        &self,
        point: LonLat,
        wanted: impl Fn(usize) -> bool,
    ) -> impl Iterator<Item = usize> {
        let around = self.raster.around(point).filter(move |(n, _)| wanted(*n));
        let inside = around.filter(move |(n, border)| !border || self.slabs[*n].contains(point));
        inside.map(|(n, _)| n)
    }

    /// Area in square degrees of the box around an area: orders nested areas well enough.
    pub fn extent(&self, area: usize) -> f64 {
        let b = self.slabs[area].bbox;
        (b.east - b.west) * (b.north - b.south)
    }
}

/// The edges of an area, by latitude.
struct Slabs {
    bbox: Bbox,
    height: f64,
    edges: Vec<Vec<(LonLat, LonLat)>>,
}

impl Slabs {
    fn new(area: &Area) -> Slabs {
        let bbox = area.bbox().unwrap_or(Bbox {
            west: 0.0,
            south: 0.0,
            east: 0.0,
            north: 0.0,
        });
        let count: usize = area.rings.iter().map(Vec::len).sum();
        let n = (count / EDGES_PER_SLAB).max(1);
        let height = ((bbox.north - bbox.south) / n as f64).max(f64::MIN_POSITIVE);
        let mut slabs = Slabs {
            bbox,
            height,
            edges: vec![Vec::new(); n],
        };
        for pair in area.rings.iter().flat_map(|r| r.windows(2)) {
            let (low, high) = (
                slabs.slab(pair[0].lat().min(pair[1].lat())),
                slabs.slab(pair[0].lat().max(pair[1].lat())),
            );
            for slab in &mut slabs.edges[low..=high] {
                slab.push((pair[0], pair[1]));
            }
        }
        slabs
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the slabs there are"
    )]
    fn slab(&self, lat: f64) -> usize {
        (((lat - self.bbox.south) / self.height).max(0.0) as usize).min(self.edges.len() - 1)
    }

    fn contains(&self, point: LonLat) -> bool {
        let (x, y) = (point.lon(), point.lat());
        let crosses = |(a, b): &&(LonLat, LonLat)| {
            (a.lat() > y) != (b.lat() > y)
                && x < (b.lon() - a.lon()) * (y - a.lat()) / (b.lat() - a.lat()) + a.lon()
        };
        self.edges[self.slab(y)].iter().filter(crosses).count() % 2 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn star(seed: &[f64]) -> Vec<LonLat> {
        let n = seed.len() as f64;
        let at = |(k, r): (usize, &f64)| {
            let angle = k as f64 / n * std::f64::consts::TAU;
            LonLat::clamped(30.0 + r * angle.cos(), 50.0 + r * angle.sin())
        };
        let mut ring: Vec<LonLat> = seed.iter().enumerate().map(at).collect();
        ring.push(ring[0]);
        ring
    }

    proptest! {
        #[test]
        fn slabs_agree_with_counting_every_edge(radii in prop::collection::vec(0.1..1.0, 3..60), x in 29.0..31.0, y in 49.0..51.0) {
            let ring = star(&radii);
            let point = LonLat::clamped(x, y);
            let lookup = AreaLookup::new(&[Area { rings: vec![ring.clone()] }]);
            prop_assert_eq!(!lookup.containing(point).is_empty(), is_inside(&ring, point));
        }

        #[test]
        fn nested_and_crossing_areas_are_found_wherever_the_point_is(
            stars in prop::collection::vec((29.0..31.0, 49.0..51.0, prop::collection::vec(0.01..1.0, 3..40)), 0..40),
            points in prop::collection::vec((28.5..31.5, 48.5..51.5), 40),
        ) {
            let moved = |(x, y, radii): &(f64, f64, Vec<f64>)| {
                let ring = star(radii).into_iter();
                ring.map(|p| LonLat::clamped(p.lon() + x - 30.0, p.lat() + y - 50.0)).collect()
            };
            let areas: Vec<Area> = stars.iter().map(|s| Area { rings: vec![moved(s)] }).collect();
            let lookup = AreaLookup::new(&areas);
            // Corners lie on the borders, and some of them on those of the raster.
            let corners = areas.iter().flat_map(|a| a.rings[0].iter().copied());
            let points = points.iter().map(|(x, y)| LonLat::clamped(*x, *y));
            for point in points.chain(corners) {
                let expect: Vec<usize> = (0..areas.len()).filter(|n| areas[*n].contains(point)).collect();
                prop_assert_eq!(lookup.containing(point), expect);
            }
        }
    }

    #[test]
    fn distances_are_to_the_border_and_holes_are_outside() {
        let square = |west: f64, south: f64, side: f64| {
            let (east, north) = (west + side, south + side);
            let corners = [(west, south), (east, south), (east, north), (west, north)];
            let ring = corners.iter().chain(&corners[..1]);
            ring.map(|(x, y)| LonLat::clamped(*x, *y)).collect()
        };
        let area = Area {
            rings: vec![square(30.0, 50.0, 0.01), square(30.004, 50.004, 0.002)],
        };
        let close = |found: f64, expect: f64| assert!((found - expect).abs() < 0.5, "{found}");
        let (inside, hole, south) = (
            LonLat::clamped(30.002, 50.002),
            LonLat::clamped(30.005, 50.0045),
            LonLat::clamped(30.005, 49.999),
        );
        assert!(area.contains(inside) && !area.contains(hole) && !area.contains(south));
        close(area.distance_m(inside), 0.0);
        close(area.border_m(inside), 142.9);
        close(area.distance_m(hole), 55.6);
        close(area.distance_m(south), 111.2);
        assert!(Area::default().border_m(inside).is_infinite());
    }
}
