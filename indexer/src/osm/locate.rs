//! Ways → where they are: on all cores, by the coordinates of their nodes.

use super::harvest::{Wanted, Way};
use super::ids::PackedIds;
use super::nodes::NodeStore;
use crate::report::RejectReason;
use geo::{Centroid, Contains, InteriorPoint, LineString, Polygon};
use geodata::{Bbox, LonLat, OsmKind, Outlines, SourceId};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// Ways that are located on one core at a time.
const PART: usize = 1 << 9;

/// Tells where ways are.
pub(super) struct Locator<'a> {
    pub(super) nodes: &'a NodeStore,
    /// Entrances by the row of their node.
    pub(super) doors: &'a FxHashMap<u32, usize>,
    pub(super) refs: &'a PackedIds,
}

impl Locator<'_> {
    /// Locates ways on all cores, in order.
    pub(super) fn all(&self, ways: &[Way]) -> Vec<LocatedPart> {
        let parts = ways.par_chunks(PART).map(|part| self.part(part));
        parts.collect()
    }

    fn part(&self, ways: &[Way]) -> LocatedPart {
        let is_house = |way: &&Way| matches!(way.wanted, Wanted::House(_));
        let houses = ways.iter().filter(is_house).map(|way| way.refs.len() + 1);
        let mut outlines = Outlines::default();
        outlines.reserve(houses.clone().count(), houses.sum());
        let wanted = |w: &Way| !matches!(w.wanted, Wanted::Part) || w.ground.is_some();
        let located = ways.iter().map(|way| {
            let mut at = wanted(way).then(|| self.locate(way))?;
            if is_house(&way) {
                if let Some(point) = at.centre.filter(|_| at.closed) {
                    outlines.push(SourceId::osm(OsmKind::Way, way.id), point, &[&at.line]);
                }
                // Of a house that is nothing else nobody asks any more where its nodes are.
                if way.ground.is_none() {
                    (at.rows, at.line) = Default::default();
                }
            }
            Some(at)
        });
        LocatedPart {
            ways: located.collect(),
            outlines,
        }
    }

    fn locate(&self, way: &Way) -> Located {
        let (mut rows, mut line) = (
            Vec::with_capacity(way.refs.len()),
            Vec::with_capacity(way.refs.len()),
        );
        let (mut first, mut last) = (None, None);
        let refs = self.refs.get(way.refs).inspect(|id| {
            first.get_or_insert(*id);
            last = Some(*id);
        });
        for (row, point) in self.nodes.located(refs) {
            rows.push(row);
            line.push(point);
        }
        let lacks = match line.len() {
            0 | 1 => Some(RejectReason::MissingNodes),
            len => (len < way.refs.len()).then_some(RejectReason::SomeNodesMissing),
        };
        let closed = first == last && line.len() >= 4;
        let (addressed, pointed) = match &way.wanted {
            Wanted::Part => (false, false),
            Wanted::House(_) => (true, true),
            Wanted::Feature(f) => (
                f.address.is_some(),
                f.interpolation.is_none() && f.street.is_none(),
            ),
        };
        let area = way.ground.is_some_and(|g| g.area.is_some());
        let marked = way.ground.is_some_and(|g| g.mark.is_some());
        let mut doors = Vec::new();
        if (addressed || area) && !self.doors.is_empty() {
            doors.extend(rows.iter().filter_map(|r| self.doors.get(r).copied()));
        }
        let middle = (pointed || marked).then(|| centre(&line, closed));
        Located {
            doors,
            centre: middle.flatten(),
            radius_m: radius_m(&line),
            closed,
            lacks,
            rows,
            line,
        }
    }
}

/// Some ways, one after the other.
pub(super) struct LocatedPart {
    /// Where each is, as far as anything is to be known of it.
    pub(super) ways: Vec<Option<Located>>,
    /// Of those that are a house and nothing else.
    pub(super) outlines: Outlines,
}

/// Where a way is.
pub(super) struct Located {
    /// Rows of its nodes, as far as the file has them, and where those are.
    pub(super) rows: Vec<u32>,
    pub(super) line: Vec<LonLat>,
    /// What is said of it if the file lacks some of its nodes.
    pub(super) lacks: Option<RejectReason>,
    pub(super) closed: bool,
    pub(super) centre: Option<LonLat>,
    pub(super) radius_m: u32,
    /// The doors on its outline.
    pub(super) doors: Vec<usize>,
}

/// A point that stands for an outline: its centroid where that lies inside, else a point inside it near its middle; the
/// middle of an open line.
pub(super) fn centre(line: &[LonLat], closed: bool) -> Option<LonLat> {
    let middle = line.get(line.len() / 2).copied();
    if !closed {
        return middle;
    }
    let ring: LineString = line.iter().map(|p| (p.lon(), p.lat())).collect();
    let outline = Polygon::new(ring, Vec::new());
    // Most buildings are rectangles, whose centroid is found a good deal faster.
    let centroid = outline.centroid().filter(|c| outline.contains(c));
    let point = centroid.or_else(|| outline.interior_point());
    point.map(|p| LonLat::clamped(p.x(), p.y())).or(middle)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a distance on earth in metres fits"
)]
pub(super) fn radius_m(line: &[LonLat]) -> u32 {
    let Some(b) = Bbox::around(line.iter().copied()) else {
        return 0;
    };
    (LonLat::clamped(b.west, b.south).distance_m(LonLat::clamped(b.east, b.north)) / 2.0) as u32
}
