//! Outlines of houses, packed: a country has millions, of which few are kept.

use crate::snapshot::LINE_BREAK;
use crate::{LonLat, SourceId};

/// Outlines by the object they belong to.
#[derive(Debug, Default)]
pub struct Outlines {
    /// (object, its point, where its rings begin)
    houses: Vec<(SourceId, LonLat, u32)>,
    /// Rings, each ended by a [`LINE_BREAK`].
    points: Vec<LonLat>,
}

impl Outlines {
    /// Makes room for so many houses, and points of their rings with what ends them.
    pub fn reserve(&mut self, houses: usize, points: usize) {
        self.houses.reserve_exact(houses);
        self.points.reserve_exact(points);
    }

    /// Adds the rings of a house that stands at a point.
    pub fn push(&mut self, source: SourceId, point: LonLat, rings: &[&[LonLat]]) {
        let first = u32::try_from(self.points.len()).expect("fewer than 4 G points");
        self.houses.push((source, point, first));
        for ring in rings {
            self.points.extend_from_slice(ring);
            self.points.push(LINE_BREAK);
        }
    }

    pub fn len(&self) -> usize {
        self.houses.len()
    }

    pub fn is_empty(&self) -> bool {
        self.houses.is_empty()
    }

    /// An object, its point, and its rings, each ended by a [`LINE_BREAK`].
    pub fn get(&self, n: usize) -> (SourceId, LonLat, &[LonLat]) {
        let (source, point, first) = self.houses[n];
        let end = self.houses.get(n + 1).map(|h| h.2 as usize);
        let end = end.unwrap_or(self.points.len());
        (source, point, &self.points[first as usize..end])
    }

    /// Takes up the outlines of another file.
    pub fn append(&mut self, other: Outlines) {
        if self.is_empty() {
            *self = other;
            return;
        }
        let by = u32::try_from(self.points.len()).expect("fewer than 4 G points");
        let moved = other.houses.into_iter().map(|(s, p, n)| (s, p, n + by));
        self.houses.extend(moved);
        self.points.extend(other.points);
    }
}
