//! What lies on the ground between a door and a car: roads, paths, barriers, water, buildings, gates, stops.
//!
//! Lines and areas keep their points packed; a country has millions of them.

/// Roads: class, direction, what keeps cars from stopping.
mod road;

pub use road::{Flow, Road, RoadClass, RoadTrait};

use crate::{Atom, LonLat, SourceId};

/// What a line on the ground is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineKind {
    Road(Road),
    Path(Path),
    /// A fence, a wall, a hedge: nobody walks through it.
    Barrier,
    /// Tracks of a railway on the ground.
    Rail,
    /// Tracks of a tram: a car must not stop on them.
    Tram,
    /// A river, a canal, a stream, or the shore of standing water.
    Water,
}

/// How a way for walkers passes what is in its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Path {
    Plain,
    /// Over a carriageway, where walkers cross it.
    Crossing,
    /// Over a bridge or through a tunnel.
    Apart,
}

/// What an area on the ground is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AreaKind {
    Building,
    /// A terminal of an airport.
    Terminal,
    /// Grounds with several ways in: a school, a hospital, a mall, a station, an airport.
    Site,
}

/// What a point on the ground is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MarkKind {
    /// An opening in a barrier.
    Gate(Gate),
    /// Where walkers cross a carriageway or tracks.
    Crossing,
    Entrance(EntranceKind),
    TaxiStand,
    BusStop,
    /// Where carriageways meet.
    Junction,
}

/// What a door is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntranceKind {
    Main,
    /// Of one staircase of a block: «під'їзд».
    Staircase,
    Other,
    /// For goods, cars, staff or emergencies.
    Service,
    /// Of a subway or railway station.
    Station,
}

/// Who passes a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Gate {
    /// A bar across a road: «шлагбаум».
    pub boom: bool,
    /// Any car may pass.
    pub cars: bool,
    pub walkers: bool,
}

/// A point with its texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub kind: MarkKind,
    pub source: SourceId,
    pub point: LonLat,
    /// The number of an entrance or exit.
    pub reference: Atom,
    pub name: Atom,
}

const ROAD: u32 = 0;
const PATH: u32 = 1;
const BARRIER: u32 = 2;
const RAIL: u32 = 3;
const TRAM: u32 = 4;
const WATER: u32 = 5;
/// Bits of a line's code below those of its road or path.
const KIND_BITS: u32 = 3;

impl LineKind {
    /// The kind as a small number, for storing.
    pub fn code(self) -> u32 {
        let (kind, rest) = match self {
            LineKind::Road(road) => (ROAD, road.code()),
            LineKind::Path(Path::Plain) => (PATH, 0),
            LineKind::Path(Path::Crossing) => (PATH, 1),
            LineKind::Path(Path::Apart) => (PATH, 2),
            LineKind::Barrier => (BARRIER, 0),
            LineKind::Rail => (RAIL, 0),
            LineKind::Tram => (TRAM, 0),
            LineKind::Water => (WATER, 0),
        };
        rest << KIND_BITS | kind
    }

    /// The kind of a number; `None` for one that [`LineKind::code`] does not give.
    pub fn from_code(code: u32) -> Option<LineKind> {
        let rest = code >> KIND_BITS;
        Some(match (code & ((1 << KIND_BITS) - 1), rest) {
            (ROAD, _) => LineKind::Road(Road::from_code(rest)?),
            (PATH, 0) => LineKind::Path(Path::Plain),
            (PATH, 1) => LineKind::Path(Path::Crossing),
            (PATH, 2) => LineKind::Path(Path::Apart),
            (BARRIER, 0) => LineKind::Barrier,
            (RAIL, 0) => LineKind::Rail,
            (TRAM, 0) => LineKind::Tram,
            (WATER, 0) => LineKind::Water,
            _ => return None,
        })
    }
}

impl AreaKind {
    /// The kind as a small number, for storing.
    pub fn code(self) -> u32 {
        match self {
            AreaKind::Building => 0,
            AreaKind::Terminal => 1,
            AreaKind::Site => 2,
        }
    }

    /// The kind of a number; `None` for one that [`AreaKind::code`] does not give.
    pub fn from_code(code: u32) -> Option<AreaKind> {
        let all = [AreaKind::Building, AreaKind::Terminal, AreaKind::Site];
        all.into_iter().find(|kind| kind.code() == code)
    }
}

impl MarkKind {
    /// The kind as a small number, for storing.
    pub fn code(self) -> u32 {
        match self {
            MarkKind::Crossing => 0,
            MarkKind::TaxiStand => 1,
            MarkKind::BusStop => 2,
            MarkKind::Junction => 3,
            MarkKind::Entrance(EntranceKind::Main) => 4,
            MarkKind::Entrance(EntranceKind::Staircase) => 5,
            MarkKind::Entrance(EntranceKind::Other) => 6,
            MarkKind::Entrance(EntranceKind::Service) => 7,
            MarkKind::Entrance(EntranceKind::Station) => 8,
            MarkKind::Gate(gate) => {
                FIRST_GATE
                    + u32::from(gate.boom)
                    + 2 * u32::from(gate.cars)
                    + 4 * u32::from(gate.walkers)
            }
        }
    }

    /// The kind of a number; `None` for one that [`MarkKind::code`] does not give.
    pub fn from_code(code: u32) -> Option<MarkKind> {
        Some(match code {
            0 => MarkKind::Crossing,
            1 => MarkKind::TaxiStand,
            2 => MarkKind::BusStop,
            3 => MarkKind::Junction,
            4 => MarkKind::Entrance(EntranceKind::Main),
            5 => MarkKind::Entrance(EntranceKind::Staircase),
            6 => MarkKind::Entrance(EntranceKind::Other),
            7 => MarkKind::Entrance(EntranceKind::Service),
            8 => MarkKind::Entrance(EntranceKind::Station),
            FIRST_GATE..=LAST_GATE => {
                let bits = code - FIRST_GATE;
                MarkKind::Gate(Gate {
                    boom: bits & 1 != 0,
                    cars: bits & 2 != 0,
                    walkers: bits & 4 != 0,
                })
            }
            _ => return None,
        })
    }
}

const FIRST_GATE: u32 = 16;
const LAST_GATE: u32 = FIRST_GATE + 7;

/// Lines or areas of one kind of thing, packed.
#[derive(Debug)]
pub struct Shapes<K> {
    /// (kind, object, where its points end)
    heads: Vec<(K, SourceId, u32)>,
    points: Vec<LonLat>,
}

impl<K> Default for Shapes<K> {
    fn default() -> Shapes<K> {
        Shapes {
            heads: Vec::new(),
            points: Vec::new(),
        }
    }
}

impl<K: Copy> Shapes<K> {
    /// Makes room for so many shapes and their points.
    pub fn reserve(&mut self, shapes: usize, points: usize) {
        self.heads.reserve_exact(shapes);
        self.points.reserve_exact(points);
    }

    /// Adds a shape.
    pub fn push(&mut self, kind: K, source: SourceId, line: &[LonLat]) {
        self.points.extend_from_slice(line);
        let end = u32::try_from(self.points.len()).expect("fewer than 4 G points");
        self.heads.push((kind, source, end));
    }

    pub fn len(&self) -> usize {
        self.heads.len()
    }

    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// Kind, object and points of a shape.
    ///
    /// # Panics
    /// When `n` is not below [`Shapes::len`].
    pub fn get(&self, n: usize) -> (K, SourceId, &[LonLat]) {
        let (kind, source, end) = self.heads[n];
        let before = n.checked_sub(1).map_or(0, |n| self.heads[n].2);
        (kind, source, &self.points[before as usize..end as usize])
    }

    /// All shapes, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (K, SourceId, &[LonLat])> {
        (0..self.len()).map(|n| self.get(n))
    }

    /// Takes up the shapes of another file whose objects are admitted.
    pub fn append(&mut self, other: Shapes<K>, admits: impl Fn(SourceId) -> bool) {
        if self.is_empty() && other.heads.iter().all(|h| admits(h.1)) {
            *self = other;
            return;
        }
        for (kind, source, line) in other.iter().filter(|(_, source, _)| admits(*source)) {
            self.push(kind, source, line);
        }
    }
}

/// Everything on the ground.
#[derive(Debug, Default)]
pub struct Ground {
    pub lines: Shapes<LineKind>,
    pub areas: Shapes<AreaKind>,
    pub marks: Vec<Mark>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_for_one_kind() {
        let lines: Vec<LineKind> = (0..1 << 16).filter_map(LineKind::from_code).collect();
        assert!(lines.len() > 100);
        for (code, kind) in (0..1 << 16).filter_map(|c| Some((c, LineKind::from_code(c)?))) {
            assert_eq!(kind.code(), code, "{kind:?}");
        }
        for (code, kind) in (0..99).filter_map(|c| Some((c, MarkKind::from_code(c)?))) {
            assert_eq!(kind.code(), code, "{kind:?}");
        }
        for (code, kind) in (0..99).filter_map(|c| Some((c, AreaKind::from_code(c)?))) {
            assert_eq!(kind.code(), code, "{kind:?}");
        }
    }

    #[test]
    fn shapes_come_back_and_join() {
        let line = |n: u32| -> Vec<LonLat> {
            (0..n)
                .map(|k| LonLat::clamped(f64::from(k), f64::from(n)))
                .collect()
        };
        let way = |n| SourceId::osm(crate::OsmKind::Way, n);
        let mut shapes = Shapes::default();
        shapes.push(AreaKind::Site, way(1), &line(3));
        shapes.push(AreaKind::Building, way(2), &line(0));
        let mut other = Shapes::default();
        other.push(AreaKind::Terminal, way(3), &line(5));
        other.push(AreaKind::Site, way(1), &line(4));
        shapes.append(other, |source| source != way(1));
        let all: Vec<_> = shapes.iter().map(|(k, s, l)| (k, s, l.to_vec())).collect();
        assert_eq!(
            all,
            [
                (AreaKind::Site, way(1), line(3)),
                (AreaKind::Building, way(2), line(0)),
                (AreaKind::Terminal, way(3), line(5)),
            ]
        );
    }
}
